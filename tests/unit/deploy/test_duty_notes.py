"""Notes beside a child on the duty list: what the year group and the birth date can tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from deploy.duty.notes import About, notes, school_year

ON = date(2026, 9, 21)
NOTHING = About(
    nc_year="9",
    compulsory_from=None,
    compulsory_to=None,
    no_longer_reported=False,
    end_unknown=False,
    day_six_if_half_day=None,
)


def told(**fields: Any) -> tuple[str, ...]:
    """The notes of a chain about which nothing is to be said but for the fields given."""
    return notes(replace(NOTHING, **fields), ON)


@pytest.mark.parametrize(
    ("sent", "year"),
    [("11", 11), ("Year 11", 11), ("Y11", 11), ("yr 7", 7), ("011", 11), ("R", None), ("N2", None), (None, None)],
)
def test_year_groups_as_schools_write_them(sent: str | None, year: int | None) -> None:
    """A number, with or without words before it."""
    assert school_year(sent) == year


def test_a_chain_without_oddities_has_no_note() -> None:
    """The list stays short; another day six that is past already is none."""
    assert told() == told(day_six_if_half_day=ON - timedelta(days=1)) == ()


@pytest.mark.parametrize(
    ("fields", "beginning"),
    [
        ({"no_longer_reported": True}, "Ask the school"),
        ({"end_unknown": True}, "Ask the school when it ends"),
        ({"day_six_if_half_day": date(2026, 9, 22)}, "If the first day was half a day, day six is Tue 22 Sep"),
        ({"nc_year": "Year 11"}, "Year 11: there is no duty once"),
        ({"nc_year": "13"}, "Year 13: above compulsory school age"),
        ({"nc_year": "Reception"}, "Reception: perhaps not"),
        ({"nc_year": "N2"}, "Nursery: not"),
        ({"nc_year": "R", "compulsory_from": date(2026, 12, 31)}, "Not of compulsory school age until 31 Dec 2026"),
        (
            {"nc_year": "9", "compulsory_from": date(2014, 8, 31), "compulsory_to": date(2026, 6, 26)},
            "Above compulsory",
        ),
    ],
)
def test_what_is_noted(fields: dict[str, Any], beginning: str) -> None:
    """One sentence each; the birth date goes before the year group."""
    (note,) = told(**fields)

    assert note.startswith(beginning)


def test_a_birth_date_silences_the_year_group() -> None:
    """A child of compulsory age in a reception class, or in year 12 by its school, needs no note about its age."""
    between = {"compulsory_from": date(2026, 8, 31), "compulsory_to": date(2037, 6, 26)}

    assert told(nc_year="R", **between) == told(nc_year="12", **between) == ()
