"""The sessions of enrolments as the table keeps them, short texts a line, and their way to and from a register.

Texts, because a year of marks is then one small value to read, to write and to send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from consumers.attendance.codes import LETTERS
from consumers.attendance.grid import SESSIONS_A_WEEK, SLOTS, WEEKS, Grid, IntArray, KindArray
from consumers.attendance.register import SEPARATOR, Register, Stretches

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


def marks_of(held: Sequence[Sessions]) -> tuple[pl.Series, IntArray]:
    """The marks of all, run together, and how many are whose."""
    marks = pl.Series([sessions.marks for sessions in held], dtype=pl.String).str.split(SEPARATOR)
    empty = np.array([sessions.first_week is None for sessions in held], dtype=np.bool_)
    lengths = np.where(empty, 0, marks.list.len().to_numpy()).astype(np.int32)
    return marks.filter(pl.Series(~empty)).explode(), lengths


def put(register: Register, held: Sequence[Sessions], marks: tuple[IntArray, IntArray], grid: Grid) -> None:
    """Lay kept sessions on the first lines of a blank register; `marks` are the numbers for `marks_of`."""
    numbers, lengths = marks
    first_slots = [0 if sessions.first_week is None else grid.slot(sessions.first_week) for sessions in held]
    lines = np.arange(len(held), dtype=np.int32)
    never = np.zeros(len(held), dtype=np.bool_)
    register.marks[Stretches(lines, np.array(first_slots, dtype=np.int32), lengths, never).cells()] = numbers
    register.seqs[register.marks != 0] = _seqs(held)


def taken(register: Register, kinds: KindArray, texts: Sequence[str], grid: Grid) -> list[Sessions]:
    """Every line of a register as sessions to keep."""
    weeks = (register.marks != 0).reshape(-1, WEEKS, SESSIONS_A_WEEK).any(axis=2)
    first = weeks.argmax(axis=1).tolist()
    last = (WEEKS - 1 - weeks[:, ::-1].argmax(axis=1)).tolist()
    words = np.array(texts, dtype=object)
    letters = _LETTERS[kinds].tobytes().decode("ascii")
    return [
        Sessions(
            first_week=grid.week_start(begin * SESSIONS_A_WEEK),
            last_week=grid.week_start(end * SESSIONS_A_WEEK),
            marks=SEPARATOR.join(words[register.marks[line, _sessions(begin, end)]].tolist()),
            kinds=letters[line * SLOTS :][_sessions(begin, end)],
            seqs=seqs,
        )
        if seqs
        else Sessions()
        for line, (begin, end, seqs) in enumerate(zip(first, last, _runs(register), strict=True))
    ]


def _sessions(first_week: int, last_week: int) -> slice:
    return slice(first_week * SESSIONS_A_WEEK, (last_week + 1) * SESSIONS_A_WEEK)


def _seqs(held: Sequence[Sessions]) -> IntArray:
    """The delivery of every covered session of all, in order."""
    runs = " ".join(sessions.seqs for sessions in held).replace("x", " ")
    pairs = np.array(runs.split(), dtype=np.int32).reshape(-1, 2)
    return np.repeat(pairs[:, 1], pairs[:, 0])


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
