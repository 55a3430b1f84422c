"""School years built from rules."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from producers.simulator.terms import DAYS, closures, school_year


@pytest.mark.parametrize("year", range(2020, 2036))
def test_a_year_has_39_weeks_and_ends_in_july(year: int) -> None:
    """Whatever the year, 39 Mondays in six blocks lie between the end of August and the end of July."""
    terms = school_year(year)

    assert len(set(terms.mondays)) == 39
    assert len(terms.blocks()) == 6
    assert date(year, 9, 1) <= terms.mondays[0] <= date(year, 9, 7)
    assert date(year + 1, 7, 10) <= terms.day(DAYS - 1) <= date(year + 1, 7, 25)
    assert {0} == {monday.weekday() for monday in terms.mondays}


def test_blocks_of_2025_are_those_of_derbyshire() -> None:
    """Half-terms and holidays of 2025/26 stand where the county's calendar has them."""
    terms = school_year(2025)

    spans = [(terms.day(5 * first), terms.day(5 * last + 4)) for first, last in terms.blocks()]

    assert [
        (date(2025, 9, 1), date(2025, 10, 24)),
        (date(2025, 11, 3), date(2025, 12, 19)),
        (date(2026, 1, 5), date(2026, 2, 13)),
        (date(2026, 2, 23), date(2026, 3, 27)),
        (date(2026, 4, 13), date(2026, 5, 22)),
        (date(2026, 6, 1), date(2026, 7, 17)),
    ] == spans


def test_schools_are_shut_on_bank_holidays_and_five_inset_days() -> None:
    """May Day is no school day anywhere; every school has five INSET days, none of them a bank holiday."""
    terms = school_year(2025)
    may_day = terms.days().index(date(2026, 5, 4))

    all_closures = [closures(1, terms, school=school) for school in range(50)]

    assert all(each.shut[may_day] and may_day not in each.inset for each in all_closures)
    assert {5} == {len(each.inset) for each in all_closures}


def test_schools_choose_different_inset_days() -> None:
    """Fifty schools do not all shut on the same days."""
    terms = school_year(2026)

    assert len({closures(1, terms, school=school).inset for school in range(50)}) > 10


def test_days_run_from_monday_to_friday() -> None:
    """Day 9 is the Friday of the second week."""
    terms = school_year(2025)

    assert terms.mondays[1] + timedelta(days=4) == terms.day(9)
