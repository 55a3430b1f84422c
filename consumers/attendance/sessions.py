"""The sessions of enrolments as the table keeps them, short texts a line, and their way to and from a register.

Texts, because a year of marks is then one small value to read, to write, and to compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from consumers.attendance.codes import LETTERS
from consumers.attendance.grid import SESSIONS_A_WEEK, SLOTS, Grid, IntArray, KindArray
from consumers.attendance.register import Register, numbered

SEPARATOR: Final = "\t"
_LETTERS: Final = np.frombuffer(LETTERS, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of one enrolment, in whole weeks; all empty for one without a covered session.

    Attributes:
        first_week: the Monday of the first week with a covered session: the day of the first mark.
        last_week: the Monday of the last such week.
        marks: one text for each session, separated by tabs.
        kinds: one letter for each, what it counts as.
        seqs: how many covered sessions, in order, come from which delivery: `390x39`, runs separated by blanks.

    """

    first_week: date | None = None
    last_week: date | None = None
    marks: str = ""
    kinds: str = ""
    seqs: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one line in words, and the slots that they fill: whole weeks."""

    slots: slice
    text: str

    def go_on_from(self, kept: Sessions, grid: Grid) -> bool:
        """Whether they repeat everything that is kept, unchanged, and perhaps add weeks."""
        if kept.first_week is None or self.slots.start != grid.slot(kept.first_week):
            return False
        follows = self.text[len(kept.marks) : len(kept.marks) + 1]
        return self.text.startswith(kept.marks) and follows in {"", SEPARATOR}


def in_words(marks: IntArray, texts: Sequence[str]) -> list[Marks]:
    """Every line of a register in words; an empty slice for one without a covered session."""
    covered = marks != 0
    first = covered.argmax(axis=1) // SESSIONS_A_WEEK * SESSIONS_A_WEEK
    last = SLOTS - covered[:, ::-1].argmax(axis=1) // SESSIONS_A_WEEK * SESSIONS_A_WEEK
    last[~covered.any(axis=1)] = 0
    words = np.array([f"{text}{SEPARATOR}".encode() for text in texts])  # each filled up with zeros to the longest
    lines = zip(marks, first.tolist(), last.tolist(), strict=True)
    return [
        Marks(slice(begin, end), words[line[begin:end]].tobytes().translate(None, b"\0")[:-1].decode())
        for line, begin, end in lines
    ]


def lay_out(kept: Mapping[int, Sessions], register: Register, *, texts: Sequence[str], grid: Grid) -> Sequence[str]:
    """Put what is kept on these lines of a blank register: the texts known, with those of its marks after them."""
    if not kept:
        return texts
    in_order = sorted(kept.items())  # as the cells of a register are met
    begun = [(line, sessions, sessions.first_week) for line, sessions in in_order if sessions.first_week]
    marks = pl.Series([sessions.marks for _, sessions, _ in begun], dtype=pl.String).str.split(SEPARATOR)
    known, numbers = numbered(marks.explode(empty_as_null=False), texts)
    start = 0
    for (line, _, first_week), length in zip(begun, marks.list.len().to_list(), strict=True):
        slot = grid.slot(first_week)
        register.marks[line, slot : slot + length] = numbers[start : start + length]
        start += length
    runs = " ".join(sessions.seqs for _, sessions, _ in begun).replace("x", " ")
    pairs = np.array(runs.split(), dtype=np.int32).reshape(-1, 2)
    register.seqs[register.marks != 0] = np.repeat(pairs[:, 1], pairs[:, 0])
    return known


def kept(register: Register, kinds: KindArray, *, words: Sequence[Marks], grid: Grid) -> list[Sessions]:
    """Every line of a register as sessions to keep; `words` are its marks."""
    letters = _LETTERS[kinds].tobytes().decode("ascii")
    return [
        Sessions(
            first_week=grid.day(marks.slots.start),
            last_week=grid.day(marks.slots.stop - SESSIONS_A_WEEK),
            marks=marks.text,
            kinds=letters[line * SLOTS + marks.slots.start : line * SLOTS + marks.slots.stop],
            seqs=seqs,
        )
        if seqs
        else Sessions()
        for line, (marks, seqs) in enumerate(zip(words, _runs(register), strict=True))
    ]


def _runs(register: Register) -> list[str]:
    """The deliveries of each line's covered sessions, in order, as runs."""
    covered = register.marks != 0
    seqs = register.seqs[covered]
    line_starts = np.concatenate(([0], np.cumsum(covered.sum(axis=1))))
    begins = np.ones(seqs.size, dtype=np.bool_)
    begins[1:] = seqs[1:] != seqs[:-1]
    begins[line_starts[line_starts < seqs.size]] = True
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=seqs.size).tolist()
    runs = [f"{length}x{seq}" for length, seq in zip(lengths, seqs[starts].tolist(), strict=True)]
    return [" ".join(runs[first:end]) for first, end in pairwise(np.searchsorted(starts, line_starts).tolist())]
