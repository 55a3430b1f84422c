"""Where days stand in a register."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from consumers.attendance.grid import SLOTS, Grid, session_of

SATURDAY_TO_MONDAY = timedelta(days=2)


@pytest.mark.parametrize("year", range(2010, 2051))
def test_a_grid_holds_the_year_and_the_weekends_at_both_ends(year: int) -> None:
    """Whatever weekday 1 August falls on, leap year or not, rows that touch the year by a weekend fit."""
    grid = Grid.of(year)

    first = grid.slot(date(year, 8, 1) - SATURDAY_TO_MONDAY)
    last = grid.slot(date(year + 1, 7, 31) + SATURDAY_TO_MONDAY)

    assert grid.first_day.weekday() == 0
    assert first >= 0
    assert last + 1 < SLOTS


def test_a_leap_day_has_a_slot_of_its_own() -> None:
    """29 February lies between the 28th and 1 March."""
    grid = Grid.of(2027)

    leap_day = grid.slot(date(2028, 2, 29))

    assert date(2028, 2, 29) == grid.day(leap_day)
    assert [grid.slot(date(2028, 2, 28)) + 2, grid.slot(date(2028, 3, 1)) - 2] == [leap_day, leap_day]


def test_sessions_are_numbered_from_monday_morning() -> None:
    """The week of a slot begins on its Monday; Sunday afternoon is session 14."""
    grid = Grid.of(2025)
    sunday_afternoon = grid.slot(date(2025, 9, 14)) + 1

    assert date(2025, 9, 8) == grid.week_start(sunday_afternoon)
    assert session_of(sunday_afternoon) == 14
    assert session_of(grid.slot(date(2025, 9, 8))) == 1
