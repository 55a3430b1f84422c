"""The registers of a school in one academic year as matrices: enrolments by sessions.

A cell holds the number of its mark's text, 0 where no file covers the session, and the delivery that it comes from.
Knows nothing of what marks mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from consumers.attendance.grid import (
    SCHOOL_SESSIONS_A_WEEK,
    SESSIONS_A_WEEK,
    SLOTS,
    BoolArray,
    IntArray,
)
from consumers.runtime.errors import PoisonError

NOT_COVERED: Final = " "
"""How a session that no file covers is written among marks: number 0 of every list of texts."""
SEPARATOR: Final = "\t"
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

    def part(self, lines: IntArray) -> Register:
        """Some of its lines."""
        return Register(self.marks[lines], self.seqs[lines])


@dataclass(frozen=True, slots=True)
class Stretches:
    """Runs of marks, each on a line and from a slot on: rows of a file, or what is kept of enrolments."""

    lines: IntArray
    first_slots: IntArray
    lengths: IntArray
    weekdays_only: BoolArray

    def cells(self) -> tuple[IntArray, IntArray]:
        """The line and the slot of every mark, in order.

        Raises:
            PoisonError: a mark stands outside the academic year.

        """
        first = np.where(self.weekdays_only, _from_monday(self.first_slots), self.first_slots)
        within = _counted_from_zero(self.lengths)
        slots = np.repeat(first, self.lengths) + within
        if self.weekdays_only.any():
            into_week = np.repeat(np.where(self.weekdays_only, first % SESSIONS_A_WEEK, -SLOTS), self.lengths)
            slots += np.maximum((into_week + within) // SCHOOL_SESSIONS_A_WEEK, 0) * _WEEKEND_SESSIONS
        if slots.size and not 0 <= slots.min() <= slots.max() < SLOTS:
            raise PoisonError("session_outside_year", "A row's marks leave its academic year: the producer is at fault")
        return np.repeat(self.lines, self.lengths), slots


def numbered(kept: pl.Series, delivered: pl.Series) -> tuple[list[str], IntArray, IntArray]:
    """The distinct marks of both, that of an uncovered session first, and both as numbers of them.

    Raises:
        PoisonError: a delivered mark that the kept form cannot hold.

    """
    new = delivered.unique().to_list()
    if any(mark == NOT_COVERED or SEPARATOR in mark for mark in new):
        raise PoisonError("mark_not_clean", "A mark is a blank or holds a tab: the producer is at fault")
    texts = [NOT_COVERED, *sorted({*kept.unique().to_list(), *new} - {NOT_COVERED})]
    kind = pl.Enum(texts)
    first, second = (marks.cast(kind).to_physical().cast(pl.Int32).to_numpy() for marks in (kept, delivered))
    return texts, first, second


def _counted_from_zero(lengths: IntArray) -> IntArray:
    """0, 1, 2 ... for each length."""
    ends = np.cumsum(lengths, dtype=np.int32)
    total = int(ends[-1]) if ends.size else 0
    return np.arange(total, dtype=np.int32) - np.repeat(ends - lengths, lengths)


def _from_monday(slots: IntArray) -> IntArray:
    """Each slot, or for one on a weekend the Monday morning after it."""
    into_week = slots % SESSIONS_A_WEEK
    return np.where(into_week < SCHOOL_SESSIONS_A_WEEK, slots, slots - into_week + SESSIONS_A_WEEK).astype(np.int32)
