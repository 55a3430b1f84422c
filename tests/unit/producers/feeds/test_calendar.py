"""The council's calendar."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from producers.feeds.findings import Finding
from producers.feeds.parsing import Parsed
from schemas.codec import columns
from tests.support.csv_files import SCHOOL, Row, calendar_row, context, parsed

COUNCIL = context("council")


def _parsed(tmp_path: Path, *rows: Row) -> Parsed:
    return parsed(tmp_path, rows, COUNCIL)


def test_a_blank_school_is_the_whole_county(tmp_path: Path) -> None:
    """And a number is that school."""
    result = _parsed(tmp_path, calendar_row(), calendar_row(DfE_No="830/9996", Kind="inset"))

    assert result.rows.rows() == [
        (1, None, date(2026, 9, 3), date(2026, 10, 23), "TERM"),
        (2, SCHOOL, date(2026, 9, 3), date(2026, 10, 23), "INSET"),
    ]
    assert dict(result.rows.schema) == {n: k for n, k in columns("CalendarDays").items() if n != "delivery_seq"}


def test_a_blank_last_day_is_the_first(tmp_path: Path) -> None:
    """A single day needs one date."""
    assert _parsed(tmp_path, calendar_row(To="")).rows["date_to"].to_list() == [date(2026, 9, 3)]


@pytest.mark.parametrize(("to", "rule"), [("2026-09-02", "V26_END_BEFORE_START"), ("2026-09-31", "V12_NO_SUCH_DAY")])
def test_a_last_day_that_cannot_be_is_read_as_missing(tmp_path: Path, to: str, rule: str) -> None:
    """The first day stands."""
    result = _parsed(tmp_path, calendar_row(To=to))

    assert result.rows["date_to"].to_list() == [date(2026, 9, 3)]
    assert [Finding(1, "To", rule)] == list(result.warnings)


@pytest.mark.parametrize(("kind", "rule"), [("", "REQUIRED_CELL"), ("PARTY", "V28_KIND")])
def test_a_row_needs_its_kind(tmp_path: Path, kind: str, rule: str) -> None:
    """TERM, HOLIDAY, INSET or CLOSED."""
    result = _parsed(tmp_path, calendar_row(), calendar_row(Kind=kind))

    assert [Finding(2, "Kind", rule)] == list(result.rejected)


@pytest.mark.parametrize("number", ["830999", "9996", "N/A"])
def test_a_broken_school_number_never_closes_the_county(tmp_path: Path, number: str) -> None:
    """Read as missing it would speak for every school."""
    result = _parsed(tmp_path, calendar_row(), calendar_row(DfE_No=number, Kind="CLOSED"))

    assert [found.row for found in result.rejected] == [2]
    assert result.rows["row"].to_list() == [1]
