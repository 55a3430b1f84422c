"""Counts and totals of registers."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from consumers.attendance import counting
from consumers.attendance.codes import CodeBook, Counts
from consumers.attendance.grid import SLOTS, Grid, IntArray
from consumers.attendance.register import NOT_COVERED
from schemas.codes import AttendanceCode, attendance_codes
from tests.unit.consumers.attendance.test_codes import code

GRID: Final = Grid.of(2025)


def line(texts: list[str], first: date, *marks: str) -> IntArray:
    """A register of one line with these marks from a day on."""
    register = np.zeros((1, SLOTS), dtype=np.int32)
    slot = GRID.slot(first)
    register[0, slot : slot + len(marks)] = [texts.index(mark) for mark in marks]
    return register


def counts(first: date, *marks: str, codes: tuple[AttendanceCode, ...] | None = None) -> Counts:
    """The counts of one line."""
    texts = [NOT_COVERED, *sorted(set(marks))]
    book = CodeBook(codes or attendance_codes())
    return counting.counts_of(counting.kinds_of(line(texts, first, *marks), texts, grid=GRID, book=book))[0]


def test_a_mark_that_is_no_code_is_never_absence() -> None:
    """It stands in a count of its own, outside what was possible."""
    assert Counts(possible=1, attended=1, unknown_mark=2) == counts(date(2025, 9, 8), "ILL", "/", "1")


def test_on_weekends_fillers_are_in_no_count() -> None:
    """`-`, blank and `#` on a Saturday or Sunday say nothing; other marks count as on any day."""
    assert Counts(possible=2, attended=2, no_mark=1) == counts(date(2025, 9, 12), "-", "/", "#", "", "/", "-")


def test_a_week_across_a_change_of_the_table_counts_each_day_by_its_own() -> None:
    """A code that becomes authorised absence on Wednesday."""
    wednesday = date(2025, 9, 10)
    codes = (code(), code(valid_from=wednesday, category="AA", attended=False))

    assert Counts(possible=6, attended=4, authorised=2) == counts(date(2025, 9, 8), *"AAAAAA", codes=codes)


def test_totals_of_marks_tell_mornings_from_afternoons() -> None:
    """By position, not by the slash; fillers of a weekend are not among them."""
    texts = [NOT_COVERED, "#", "/"]
    marks = line(texts, date(2025, 9, 11), "/", "/", "/", "#", "#", "#")
    kinds = counting.kinds_of(marks, texts, grid=GRID, book=CodeBook(attendance_codes()))

    assert counting.mark_totals(marks, kinds, texts=texts) == {"#": (0, 1), "/": (2, 1)}


def test_a_day_is_closed_when_every_pupil_with_a_session_has_a_closure_all_day() -> None:
    """Pupils that no file covers do not matter; half a day is not enough, and a weekend is never closed."""
    texts = [NOT_COVERED, "#", "/"]
    thursday = date(2025, 9, 11)
    marks = np.concatenate([
        line(texts, thursday, "#", "#", "#", "#", "#", "#"),
        line(texts, thursday, "#", "#", "#", "/"),
        line(texts, thursday),
    ])  # fmt: skip

    assert [thursday] == counting.closed_days(marks, texts, grid=GRID)
    assert [thursday, date(2025, 9, 12)] == counting.covered_days(marks, GRID)
