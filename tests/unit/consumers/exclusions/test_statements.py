"""What one file says of each suspension."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest

from consumers.exclusions.statements import FiledRow, Key, Statement, statements
from tests.support.suspensions import MONDAY, UPN, filed_row, filing


def said(*rows: FiledRow) -> Statement:
    """The one statement that the rows of a file make."""
    (statement,) = statements(filing(*rows).rows).values()
    return statement


def test_rows_with_several_reasons_are_one() -> None:
    """Rows equal but for reason and action code are one suspension with all of them; the line shown is the first."""
    statement = said(
        filed_row(reasons=("VA",), description="Verbal abuse", action_code="B"),
        filed_row(reasons=("DB",), description="Disruption", action_code="A"),
    )

    assert Key(UPN, MONDAY, "SUSP") == statement.key
    assert (
        statement.version.reason,
        statement.version.description,
        statement.version.action_code,
        statement.row,
    ) == ("DB;VA", "Verbal abuse;Disruption", "B;A", 1)


def test_same_row_twice_has_effect_once() -> None:
    """A repeated row adds neither a reason nor a text."""
    assert said(filed_row()).version == said(filed_row(), filed_row()).version


def test_latest_end_then_most_sessions_counts() -> None:
    """Of rows that contradict each other the latest end counts, then the most sessions, in whatever order."""
    rows = [
        filed_row(end_date=date(2026, 9, 16), sessions=5),
        filed_row(end_date=date(2026, 9, 16), sessions=6),
        filed_row(end_date=date(2026, 9, 15), sessions=9),
        filed_row(end_date=None, sessions=12),
    ]

    for order in permutations(rows):
        version = said(*order).version
        assert (date(2026, 9, 16), 6) == (version.end_date, version.sessions)


def test_unknown_reason_keeps_its_text() -> None:
    """A reason that no code stands for is shown as sent, after the codes."""
    statement = said(filed_row(), filed_row(reasons=(), description="Unkind words"))

    assert statement.version.reason == "DB;Unkind words"


@pytest.mark.parametrize(("description", "shown"), [("Disruption", "Sent home: Disruption"), (None, "Sent home:")])
def test_unknown_type_stands_before_the_description(description: str | None, shown: str) -> None:
    """The text of a type that nobody knows is not lost."""
    statement = said(filed_row(type_as_sent="Sent home", description=description))

    assert shown == statement.version.description


def test_end_of_permanent_exclusion_is_ignored() -> None:
    """A permanent exclusion has no end, whatever is sent."""
    assert said(filed_row(type="PERM")).version.end_date is None


def test_one_cancelled_row_cancels() -> None:
    """A suspension with a row that says it is cancelled is cancelled."""
    assert said(filed_row(), filed_row(cancelled=True)).version.cancelled


def test_blank_reason_is_none() -> None:
    """Where nothing was sent nothing is shown."""
    version = said(filed_row(reasons=(), description=None, nc_year=None)).version

    assert (version.reason, version.description, version.nc_year) == (None, None, None)
