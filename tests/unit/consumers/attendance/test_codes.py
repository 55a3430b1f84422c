"""What marks mean, and when."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from consumers.attendance.codes import CodeBook, Kind
from schemas.codes import AttendanceCode, attendance_codes

BEFORE = date(2024, 8, 18)
AFTER = date(2024, 8, 19)


def code(**fields: object) -> AttendanceCode:
    """A code that counts as present, but for the fields given."""
    values: dict[str, Any] = {
        "code": "A",
        "valid_from": date(1900, 1, 1),
        "valid_to": None,
        "label": "",
        "category": "P",
        "possible": True,
        "attended": True,
        "late": None,
    }
    return AttendanceCode(**{**values, **fields})


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        ("/", Kind.PRESENT),
        ("B", Kind.PRESENT),
        ("L", Kind.LATE_BEFORE),
        ("C2", Kind.AUTHORISED),
        ("J1", Kind.AUTHORISED),
        ("G", Kind.UNAUTHORISED),
        ("U", Kind.LATE_AFTER),
        ("D", Kind.NOT_POSSIBLE),
        ("Y7", Kind.NOT_POSSIBLE),
        ("#", Kind.NOT_POSSIBLE),
        ("-", Kind.WITHOUT_MARK),
        ("", Kind.WITHOUT_MARK),
        ("?", Kind.UNKNOWN),
        ("ILL", Kind.UNKNOWN),
    ],
)
def test_a_mark_counts_by_its_code(mark: str, kind: Kind) -> None:
    """Blank and `-` are no mark; what is no code is unknown."""
    assert kind == CodeBook(attendance_codes()).kind(mark, AFTER)


@pytest.mark.parametrize(
    ("mark", "kind"), [("H", Kind.AUTHORISED), ("J", Kind.PRESENT), ("Y", Kind.NOT_POSSIBLE), ("K", Kind.PRESENT)]
)
def test_a_code_out_of_force_counts_by_its_category(mark: str, kind: Kind) -> None:
    """Retired codes still stand in registers, and new ones come early."""
    book = CodeBook(attendance_codes())

    assert [kind, kind] == [book.kind(mark, BEFORE), book.kind(mark, AFTER)]


def test_a_code_with_a_new_meaning_counts_by_the_day() -> None:
    """The meaning changes on the day from which the new line is valid."""
    old = code(valid_to=BEFORE)
    new = code(valid_from=AFTER, category="AA", attended=False)
    book = CodeBook([new, old])

    assert book.turning_days(date(2024, 8, 1), date(2025, 7, 31)) == [AFTER]
    assert book.turning_days(date(2025, 8, 1), date(2026, 7, 31)) == []
    assert [book.kind("A", BEFORE), book.kind("A", AFTER)] == [Kind.PRESENT, Kind.AUTHORISED]
