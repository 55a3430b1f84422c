"""School days: what the council's calendar, bank holidays and registers make of a year."""

from __future__ import annotations

import csv
import re
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from consumers.exclusions.calendar import (
    COUNTY,
    DEFAULT_YEARS,
    CalendarRow,
    academic_year,
    bank_holidays,
    county_default,
    days_of_year,
    easter_monday,
    school_days,
)
from consumers.exclusions.chains import DUTY_DAY

HERE = Path(__file__).parent
SCHOOL = "8309996"
AUTUMN = CalendarRow(COUNTY, date(2026, 9, 7), date(2026, 9, 18), "TERM")


def published_calendar() -> list[CalendarRow]:
    """The calendar of a Derbyshire primary school in 2025/26."""
    with (HERE / "day_six_calendar.csv").open(newline="", encoding="utf-8") as file:
        return [
            CalendarRow(row["DfE No"], date.fromisoformat(row["From"]), date.fromisoformat(row["To"]), row["Kind"])
            for row in csv.DictReader(file)
        ]


def day_six_facts() -> list[tuple[date, date, date]]:
    """A start, day six by that calendar, and day six where every weekday counts."""
    with (HERE / "day_six_fixtures.tsv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    return [(date.fromisoformat(a), date.fromisoformat(b), date.fromisoformat(c)) for a, b, c in rows]


@pytest.mark.parametrize(("start", "day_six", "_naive"), day_six_facts())
def test_day_six_by_calendar(start: date, day_six: date, _naive: date) -> None:
    """The sixth school day is counted over half-terms, INSET days and bank holidays."""
    days = school_days(2025, county={2025: days_of_year(2025, county=published_calendar())}, own={})

    assert day_six == days.nth(start, DUTY_DAY)


def test_published_calendar_has_190_days() -> None:
    """Terms less bank holidays and INSET make the statutory 190 days."""
    assert len(days_of_year(2025, county=published_calendar())) == 190


def test_year_without_terms() -> None:
    """Without TERM rows school days are the weekdays from 1 September to 31 July that are no bank holiday."""
    days = days_of_year(2026)

    assert (date(2026, 9, 1), date(2027, 7, 30)) == (days[0], days[-1])
    assert date(2026, 12, 25) not in days
    assert {0, 1, 2, 3, 4} == {day.weekday() for day in days}


def test_own_terms_replace_the_county_terms() -> None:
    """A school with TERM rows of its own meets in those alone."""
    own = CalendarRow(SCHOOL, date(2026, 9, 14), date(2026, 9, 15), "TERM")

    assert (date(2026, 9, 14), date(2026, 9, 15)) == days_of_year(2026, county=[AUTUMN], own=[own])


@pytest.mark.parametrize("kind", ["HOLIDAY", "INSET", "CLOSED"])
def test_days_off_of_county_and_school(kind: str) -> None:
    """Both the county's and the school's days off are no school days."""
    county_off = CalendarRow(COUNTY, date(2026, 9, 7), date(2026, 9, 8), kind)
    own_off = CalendarRow(SCHOOL, date(2026, 9, 18), date(2026, 9, 18), kind)
    days = days_of_year(2026, county=[AUTUMN, county_off], own=[own_off])

    assert (date(2026, 9, 9), date(2026, 9, 17), 7) == (days[0], days[-1], len(days))


def test_closed_days_count_only_without_terms() -> None:
    """What registers show of closed days gives way to a calendar that has terms."""
    closed = [date(2026, 9, 9)]

    assert date(2026, 9, 9) in days_of_year(2026, county=[AUTUMN], closed=closed)
    assert date(2026, 9, 9) not in days_of_year(2026, closed=closed)


def test_terms_are_decided_per_year() -> None:
    """A term in one academic year says nothing about the next."""
    assert county_default(2027) == days_of_year(2027, county=[AUTUMN])


def test_term_over_the_end_of_the_year_is_cut() -> None:
    """A row that reaches into two academic years counts in each for its own part."""
    row = CalendarRow(COUNTY, date(2027, 7, 29), date(2027, 8, 4), "TERM")

    assert (date(2027, 7, 29), date(2027, 7, 30)) == days_of_year(2026, county=[row])
    assert (date(2027, 8, 2), date(2027, 8, 3), date(2027, 8, 4)) == days_of_year(2027, county=[row])


def test_school_uses_county_where_it_has_no_row() -> None:
    """A school's own days replace the county's in their year alone, even if it never meets."""
    days = school_days(2025, county={2025: [date(2025, 9, 3)], 2026: [date(2026, 9, 3)]}, own={2025: []})

    assert date(2026, 9, 3) == days.nth(date(2025, 8, 1), 1)


def test_adjoin_over_a_weekend() -> None:
    """Between a Friday and the Monday after it lies no school day, between Thursday and Monday one."""
    days = school_days(2026, county={}, own={})

    assert days.adjoin(date(2026, 9, 11), date(2026, 9, 14))
    assert not days.adjoin(date(2026, 9, 10), date(2026, 9, 14))


@pytest.mark.parametrize(("day", "year"), [(date(2026, 7, 31), 2025), (date(2026, 8, 1), 2026)])
def test_academic_year(day: date, year: int) -> None:
    """The academic year begins on 1 August."""
    assert year == academic_year(day)


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2025, date(2025, 4, 21)),
        (2026, date(2026, 4, 6)),
        (1954, date(1954, 4, 19)),
        (1981, date(1981, 4, 20)),
        (2038, date(2038, 4, 26)),
    ],
)
def test_easter_monday(year: int, day: date) -> None:
    """Easter Monday moves with the moon."""
    assert day == easter_monday(year)


def test_easter_monday_is_a_bank_holiday() -> None:
    """The rule agrees with the package of holidays."""
    assert [year for year in range(1990, 2060) if easter_monday(year) not in bank_holidays(year)] == []


def test_migration_holds_the_bank_holidays() -> None:
    """The bank holidays in the migration that fills the county's days are those of the package."""
    migration = files("consumers.exclusions").joinpath("sql", "migrations", "0002_county_days.sql")
    text = migration.read_text(encoding="utf-8")
    written = [date.fromisoformat(found) for found in re.findall(r"'(\d{4}-\d\d-\d\d)'", text)]
    first, last = date(DEFAULT_YEARS.start, 9, 1), date(DEFAULT_YEARS.stop, 7, 31)
    known = {day for year in range(first.year, last.year + 1) for day in bank_holidays(year)}

    assert sorted(day for day in known if first <= day <= last and day.weekday() < 5) == written
