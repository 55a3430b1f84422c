"""Counts and totals of registers, against figures that the Department for Education published."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from consumers.attendance import counting
from consumers.attendance.codes import CodeBook, Counts
from consumers.attendance.grid import IS_WEEKEND, SLOTS, Grid, IntArray
from consumers.attendance.register import NOT_COVERED
from schemas.codes import AttendanceCode, attendance_codes
from tests.unit.consumers.attendance.test_codes import code

PUBLISHED: Final = Path(__file__).with_name("dfe_2025_26_year_to_date.tsv")
MARKS: Final = {"present_am": "/", "present_pm": "\\"}
GRID: Final = Grid.of(2025)
PUPILS_A_PIECE: Final = 500
IN_NO_LISTED_MARK: Final = {"Derbys_Secondary": 2, "Derbys_Total": 2}
"""Authorised sessions of the publication that stand in none of its marks."""


def published(column: str) -> dict[str, Decimal]:
    """One column of the year-to-date table."""
    with PUBLISHED.open(newline="") as lines:
        return {row["measure"]: Decimal(row[column]) for row in csv.DictReader(lines, delimiter="\t")}


def registers(totals: dict[str, int]) -> Iterator[tuple[IntArray, list[str]]]:
    """Registers whose Monday-to-Friday sessions hold so many of each mark, a piece at a time."""
    texts = [NOT_COVERED, *totals]
    numbers = np.repeat(np.arange(1, len(texts), dtype=np.int32), list(totals.values()))
    cells = np.tile(~IS_WEEKEND, PUPILS_A_PIECE)
    for start in range(0, len(numbers), int(cells.sum())):
        piece = numbers[start : start + int(cells.sum())]
        marks = np.zeros(PUPILS_A_PIECE * SLOTS, dtype=np.int32)
        marks[np.flatnonzero(cells)[: len(piece)]] = piece
        yield marks.reshape(-1, SLOTS), texts


@cache
def counted_column(column: str) -> dict[str, int]:
    """The counts of registers with as many of each mark as a column states."""
    table = published(column)
    names = list(table)[: list(table).index("N") + 1]
    book = CodeBook(attendance_codes())
    sums = dict.fromkeys(Counts.__dataclass_fields__, 0)
    for marks, texts in registers({MARKS.get(name, name): int(table[name]) for name in names}):
        for counts in counting.counts_of(counting.kinds_of(marks, texts, grid=GRID, book=book)):
            for name in sums:
                sums[name] += getattr(counts, name)
    return sums


def percentage(part: int, whole: int) -> Decimal:
    """A rate to four decimals."""
    return (Decimal(100 * part) / whole).quantize(Decimal("0.0001"))


@pytest.mark.parametrize("column", ["Derbys_Primary", "Derbys_Secondary", "Derbys_Special", "Derbys_Total"])
def test_the_published_table_comes_out_to_the_last_session(column: str) -> None:
    """The marks of a column, counted, give every figure that the Department derived from them."""
    table = published(column)
    short = IN_NO_LISTED_MARK.get(column, 0)

    sums = counted_column(column)

    assert table["overall_attendance"] == sums["attended"]
    assert table["authorised_absence"] == sums["authorised"] + short
    assert table["unauthorised_absence"] == sums["unauthorised"]
    assert table["possible_sessions"] == sums["possible"] + short
    assert table["late_sessions"] == sums["late_before"] + sums["late_after"]


@pytest.mark.parametrize("column", ["Derbys_Primary", "Derbys_Secondary", "Derbys_Special", "Derbys_Total"])
def test_the_published_rates_come_out_to_four_decimals(column: str) -> None:
    """Sum over sum, once the sessions that stand in no listed mark are added."""
    table = published(column)
    short = IN_NO_LISTED_MARK.get(column, 0)

    sums = counted_column(column)

    possible, authorised = sums["possible"] + short, sums["authorised"] + short
    assert table["attendance_pct"] == percentage(sums["attended"], possible)
    assert table["overall_absence_pct"] == percentage(authorised + sums["unauthorised"], possible)
    assert table["authorised_pct"] == percentage(authorised, possible)
    assert table["unauthorised_pct"] == percentage(sums["unauthorised"], possible)


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
