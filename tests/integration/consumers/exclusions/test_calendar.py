"""The council's calendar and closed days: what is written down as school days, and what is dated anew."""

from __future__ import annotations

from datetime import date, timedelta

from consumers.exclusions.calendar import COUNTY, DEFAULT_YEARS, CalendarRow, county_default
from tests.support.consumer_database import ConsumerDatabase
from tests.support.suspensions import (
    MONDAY,
    OTHER_SCHOOL,
    SCHOOL,
    calendar_file,
    closed,
    exclusions_file,
    filed_row,
)

TERM = CalendarRow(COUNTY, date(2026, 9, 1), date(2027, 7, 21), "TERM")
WEDNESDAY = MONDAY + timedelta(days=2)
NEXT_MONDAY = MONDAY + timedelta(days=7)
SCHOOLS = """
    SELECT dfe_no FROM school_day WHERE academic_year = 2026 AND dfe_no <> '' ORDER BY dfe_no
"""
DAY_SIX = "SELECT dfe_no, day_six_date FROM suspension ORDER BY dfe_no"


def off(day: date, dfe_no: str = COUNTY) -> CalendarRow:
    """A day on which a school, or the whole county, does not meet."""
    return CalendarRow(dfe_no, day, day, "INSET")


def test_county_days_are_there_from_the_start(exclusions: ConsumerDatabase) -> None:
    """Before any calendar is delivered the county's days of every year are written down."""
    rows = exclusions.rows("SELECT dfe_no, academic_year, days FROM school_day ORDER BY academic_year")

    assert rows == [(COUNTY, year, list(county_default(year))) for year in DEFAULT_YEARS]


def test_only_schools_that_differ_have_days_of_their_own(exclusions: ConsumerDatabase) -> None:
    """A school whose rows change nothing uses the county's days."""
    exclusions.apply(calendar_file(TERM, off(WEDNESDAY, SCHOOL), off(date(2026, 9, 19), OTHER_SCHOOL)))

    assert exclusions.rows(SCHOOLS) == [(SCHOOL,)]


def test_calendar_dates_suspensions_anew(exclusions: ConsumerDatabase) -> None:
    """Day six moves at the school that does not meet on a day, at another it stays."""
    exclusions.apply(
        exclusions_file(filed_row(type="PERM")),
        exclusions_file(filed_row(type="PERM"), dfe_no=OTHER_SCHOOL),
        calendar_file(TERM, off(WEDNESDAY, SCHOOL)),
    )

    assert exclusions.rows(DAY_SIX) == [(SCHOOL, NEXT_MONDAY + timedelta(days=1)), (OTHER_SCHOOL, NEXT_MONDAY)]


def test_calendar_replaces_the_years_it_mentions(exclusions: ConsumerDatabase) -> None:
    """A later calendar of another year leaves this one; one of the same year replaces it whole."""
    this_year, next_year = calendar_file(TERM, off(WEDNESDAY)), calendar_file(off(date(2027, 9, 1)), seq=2)
    exclusions.apply(exclusions_file(filed_row(type="PERM")), this_year, next_year)
    kept = exclusions.rows(DAY_SIX)
    exclusions.apply(calendar_file(TERM, seq=3))

    assert kept == [(SCHOOL, NEXT_MONDAY + timedelta(days=1))]
    assert exclusions.rows(DAY_SIX) == [(SCHOOL, NEXT_MONDAY)]


def test_older_calendar_changes_nothing(exclusions: ConsumerDatabase) -> None:
    """A calendar that comes after a newer one of the same year has no effect."""
    exclusions.apply(exclusions_file(filed_row(type="PERM")), calendar_file(TERM, seq=2))
    exclusions.apply(calendar_file(TERM, off(WEDNESDAY)))

    assert exclusions.rows(DAY_SIX) == [(SCHOOL, NEXT_MONDAY)]


def test_closed_days_give_way_to_terms(exclusions: ConsumerDatabase) -> None:
    """Closed days of registers count until the council says when terms are."""
    exclusions.apply(exclusions_file(filed_row(type="PERM")), closed(WEDNESDAY))
    by_registers = exclusions.rows(DAY_SIX)
    exclusions.apply(calendar_file(TERM))

    assert by_registers == [(SCHOOL, NEXT_MONDAY + timedelta(days=1))]
    assert exclusions.rows(DAY_SIX) == [(SCHOOL, NEXT_MONDAY)]


def test_closed_days_that_are_open_after_all(exclusions: ConsumerDatabase) -> None:
    """A corrected register gives the day back."""
    exclusions.apply(exclusions_file(filed_row(type="PERM")), closed(WEDNESDAY), closed())

    assert exclusions.rows(DAY_SIX) == [(SCHOOL, NEXT_MONDAY)]
    assert exclusions.rows(SCHOOLS) == []


def test_chain_over_the_summer(exclusions: ConsumerDatabase) -> None:
    """A calendar of the next year decides whether a suspension in July and one in September are one chain."""
    july = filed_row(start_date=date(2026, 7, 31), end_date=date(2026, 7, 31))
    september = filed_row(start_date=date(2026, 9, 2), end_date=date(2026, 9, 2))
    exclusions.apply(exclusions_file(july, september))
    apart = exclusions.rows("SELECT count(DISTINCT chain_id) FROM suspension")
    exclusions.apply(calendar_file(off(date(2026, 9, 1))))

    assert apart == [(2,)]
    assert exclusions.rows("SELECT count(DISTINCT chain_id) FROM suspension") == [(1,)]
