"""What a register adds up to: kinds of sessions, counts of enrolments, totals of marks, and a school's closed days.

Integers throughout; rates are the views' business.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from consumers.attendance.codes import ADDED, PLANNED_CLOSURE, QUIET_AT_WEEKENDS, CodeBook, Counts, Kind
from consumers.attendance.grid import IS_WEEKEND, SLOTS, BoolArray, Grid, IntArray, KindArray

_KINDS: Final = len(Kind)
_HALVES: Final = 2


def kinds_of(marks: IntArray, texts: Sequence[str], *, grid: Grid, book: CodeBook) -> KindArray:
    """What every session of a register counts as, on its day; one that no file covers is in no count."""
    starts = [grid.first_day, *book.turning_days(grid.first_day, grid.day(SLOTS - 1))]
    meanings = np.array(
        [_meanings(texts, day, book=book, weekend=at_end) for day in starts for at_end in (False, True)], dtype=np.uint8
    )
    epochs = np.searchsorted([grid.slot(day) for day in starts], np.arange(SLOTS), side="right") - 1
    rows = (epochs * 2 + IS_WEEKEND).astype(np.int32) * len(texts)
    kinds: KindArray = meanings.ravel()[rows + marks]
    return kinds


def counts_of(kinds: KindArray) -> list[Counts]:
    """The counts of every line."""
    lines = kinds.shape[0]
    bins = kinds + np.arange(lines, dtype=np.int32)[:, None] * _KINDS
    tallies = np.bincount(bins.ravel(), minlength=lines * _KINDS).reshape(lines, _KINDS)
    return [Counts(*line) for line in added_up(tallies).tolist()]


def added_up(tallies: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Numbers of sessions by kind as the fields of `Counts`, line by line."""
    return tallies @ ADDED


def mark_totals(marks: IntArray, kinds: KindArray, *, texts: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many counted sessions have each mark, mornings and afternoons."""
    halves = np.arange(SLOTS, dtype=np.int32) % _HALVES
    counted = (marks * _HALVES + halves)[kinds != Kind.IN_NO_COUNT]
    totals = np.bincount(counted, minlength=len(texts) * _HALVES).reshape(-1, _HALVES).tolist()
    return {text: (am, pm) for text, (am, pm) in sorted(zip(texts, totals, strict=True)) if am or pm}


def covered_days(marks: IntArray, grid: Grid) -> list[date]:
    """The Mondays to Fridays on which some enrolment has a covered session."""
    covered = (marks != 0).any(axis=0)
    return _school_days(covered[::_HALVES] | covered[1::_HALVES], grid)


def closed_days(marks: IntArray, texts: Sequence[str], *, grid: Grid) -> list[date]:
    """The Mondays to Fridays on which every enrolment with a covered session has a planned closure all day."""
    if PLANNED_CLOSURE not in texts:
        return []
    am, pm = marks[:, ::_HALVES], marks[:, 1::_HALVES]
    closure = texts.index(PLANNED_CLOSURE)
    closed = (am == closure) & (pm == closure)
    covered = (am | pm) != 0
    return _school_days(closed.any(axis=0) & (closed == covered).all(axis=0), grid)


def _meanings(texts: Sequence[str], day: date, *, book: CodeBook, weekend: bool) -> list[int]:
    marks = texts[1:]
    return [
        Kind.IN_NO_COUNT,
        *(Kind.IN_NO_COUNT if weekend and mark in QUIET_AT_WEEKENDS else book.kind(mark, day) for mark in marks),
    ]


def _school_days(days: BoolArray, grid: Grid) -> list[date]:
    return [grid.day(day * _HALVES) for day in np.flatnonzero(days & ~IS_WEEKEND[::_HALVES]).tolist()]
