"""The registers of a school in one academic year as matrices: enrolments by sessions.

A cell holds the number of its mark's text, 0 where no file covers the session, and the delivery that it comes from.
Knows nothing of what marks mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from consumers.attendance.grid import SCHOOL_SESSIONS_A_WEEK, SESSIONS_A_WEEK, SLOTS, BoolArray, IntArray
from consumers.runtime.errors import PoisonError

NOT_COVERED: Final = " "
"""How a session that no file covers is written among marks: number 0 of every list of texts."""
_WEEKEND_SESSIONS: Final = SESSIONS_A_WEEK - SCHOOL_SESSIONS_A_WEEK


@dataclass(frozen=True, slots=True)
class Register:
    """Marks and the deliveries they come from, one line an enrolment."""

    marks: IntArray
    seqs: IntArray

    @classmethod
    def blank(cls, lines: int) -> Register:
        """A register in which nothing is covered."""
        return cls(np.zeros((lines, SLOTS), dtype=np.int32), np.zeros((lines, SLOTS), dtype=np.int32))

    def fold(self, old: int, new: int) -> None:
        """Move one line's sessions into another's: the greater delivery counts, the other's own at a tie."""
        newer = self.seqs[old] > self.seqs[new]
        for cells in (self.marks, self.seqs):
            cells[new, newer] = cells[old, newer]
            cells[old] = 0

    def overlaid(self, delivered: IntArray, delivery_seq: int) -> tuple[Register, BoolArray]:
        """The register after a delivery, and the cells in which that corrects the mark of an earlier one."""
        taken = (delivered != 0) & (self.seqs < delivery_seq)
        corrected = taken & (self.marks != 0) & (self.marks != delivered)
        marks = np.where(taken, delivered, self.marks)
        return Register(marks, np.where(taken, np.int32(delivery_seq), self.seqs)), corrected

    def part(self, lines: slice) -> Register:
        """Some of its lines."""
        return Register(self.marks[lines], self.seqs[lines])


@dataclass(frozen=True, slots=True)
class Stretches:
    """Runs of marks, each on a line and from a slot on: the rows of a file. `weekdays_only`: they skip weekends."""

    lines: IntArray
    first_slots: IntArray
    lengths: IntArray
    weekdays_only: BoolArray

    def part(self, rows: slice) -> Stretches:
        """Some of the runs."""
        return Stretches(self.lines[rows], self.first_slots[rows], self.lengths[rows], self.weekdays_only[rows])

    def lay_out(self, numbers: IntArray, marks: IntArray, *, end: int) -> None:
        """Put the numbers of all marks, run together, into the cells of a register; those from slot `end` on nowhere.

        Raises:
            PoisonError: a mark stands outside the academic year.

        """
        starts = (np.cumsum(self.lengths) - self.lengths).astype(np.int32)
        for length in np.unique(self.lengths).tolist():
            rows = np.flatnonzero(self.lengths == length)
            within = np.arange(length, dtype=np.int32)
            slots = self._slots(rows, within)
            covered = slots < end
            cells = (self.lines[rows] * SLOTS)[:, None] + slots
            values = numbers[starts[rows][:, None] + within]
            if covered.all():
                marks.put(cells, values)
            else:
                marks.put(cells[covered], values[covered])

    def _slots(self, rows: npt.NDArray[np.intp], within: IntArray) -> IntArray:
        first = self.first_slots[rows][:, None]
        slots: IntArray = first + within
        if self.weekdays_only.any():
            monday = _from_monday(first)
            weekends = (monday % SESSIONS_A_WEEK + within) // SCHOOL_SESSIONS_A_WEEK
            slots = np.where(self.weekdays_only[rows][:, None], monday + within + weekends * _WEEKEND_SESSIONS, slots)
        if slots.size and not 0 <= slots.min() <= slots.max() < SLOTS:
            raise PoisonError("session_outside_year", "A row's marks leave its academic year: the producer is at fault")
        return slots


def numbered(marks: pl.Series, known: Sequence[str]) -> tuple[Sequence[str], IntArray]:
    """The texts known with those of the marks that are new after them, and every mark as the number of its text."""
    texts, numbers = known, marks.cast(pl.Enum(known), strict=False)
    if numbers.null_count():
        texts = [*known, *sorted(set(marks.unique().to_list()).difference(known))]
        numbers = marks.cast(pl.Enum(texts))
    return texts, numbers.to_physical().cast(pl.Int32).to_numpy()


def _from_monday(slots: IntArray) -> IntArray:
    """Each slot, or for one on a weekend the Monday morning after it."""
    into_week = slots % SESSIONS_A_WEEK
    return np.where(into_week < SCHOOL_SESSIONS_A_WEEK, slots, slots - into_week + SESSIONS_A_WEEK)
