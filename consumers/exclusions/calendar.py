"""School days: which days a school meets for pupils, decided per academic year, and counting along them.

Works on the council's rows and on the closed days that registers show; knows nothing of suspensions or of a database.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

import holidays

COUNTY: Final = ""
"""Stands for the whole county where a DfE number would stand."""
DEFAULT_YEARS: Final = range(2015, 2051)
"""Academic years for which the county's school days are written down before any calendar is delivered."""
_KNOWN_YEARS: Final = range(1990, DEFAULT_YEARS.stop)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One row of the council's calendar; both days included."""

    dfe_no: str
    first: date
    last: date
    kind: str

    def years(self) -> range:
        """The academic years that the row touches, as far as we count school days."""
        return range(
            max(academic_year(self.first), _KNOWN_YEARS.start), min(academic_year(self.last) + 1, _KNOWN_YEARS.stop)
        )

    def within(self, year: int) -> tuple[date, date] | None:
        """The part of the row that lies in an academic year."""
        first, last = max(self.first, date(year, 8, 1)), min(self.last, date(year + 1, 7, 31))
        return (first, last) if first <= last else None


@dataclass(frozen=True, slots=True)
class SchoolDays:
    """The days on which one school meets, in order."""

    days: Sequence[date]

    def count(self, first: date, last: date) -> int:
        """School days from one day to another, both included."""
        return max(0, bisect_right(self.days, last) - bisect_left(self.days, first))

    def nth(self, first: date, number: int) -> date | None:
        """The nth school day, counted from `first`; none beyond the last year that is known."""
        place = bisect_left(self.days, first) + number - 1
        return self.days[place] if place < len(self.days) else None

    def adjoin(self, last: date, first: date) -> bool:
        """Whether no school day lies between the end of one absence and the beginning of another."""
        return bisect_left(self.days, first) <= bisect_right(self.days, last)


def academic_year(day: date) -> int:
    """The starting year of the academic year, 1 August to 31 July, in which a day lies."""
    return day.year if day.month >= 8 else day.year - 1


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """England's bank holidays of a calendar year."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


@cache
def easter_monday(year: int) -> date:
    """Easter Monday, which ends the spring term of the regulations.

    By the Gregorian rule itself, as a mistyped year may lie where no table of holidays reaches: the age of the moon,
    corrected for skipped leap days and the moon's own drift, gives the days to the Paschal full moon.
    """
    century = year // 100
    drift = century - century // 4 - (8 * century + 13) // 25
    moon = (19 * (year % 19) + drift + 15) % 30
    full_moon = moon - (moon // 28) * (1 - (29 // (moon + 1)) * ((21 - year % 19) // 11))
    weekday = (year + year // 4 + full_moon + 2 - century + century // 4) % 7
    return date(year, 3, 28) + timedelta(days=full_moon - weekday + 1)


def days_of_year(
    year: int,
    *,
    county: Collection[CalendarRow] = (),
    own: Collection[CalendarRow] = (),
    closed: Collection[date] = (),
) -> tuple[date, ...]:
    """The school days of one academic year, from the county's rows, the school's own and its registers' closed days."""
    terms = _spans(year, own, term=True) or _spans(year, county, term=True)
    meeting = _days(terms) if terms else _days([(date(year, 9, 1), date(year + 1, 7, 31))]).difference(closed)
    off = _days(_spans(year, (*county, *own), term=False)) | bank_holidays(year) | bank_holidays(year + 1)
    return tuple(sorted(day for day in meeting - off if day.weekday() < _SATURDAY))


@cache
def county_default(year: int) -> tuple[date, ...]:
    """The school days of a year that no calendar mentions."""
    return days_of_year(year)


def school_days(
    first_year: int, *, county: Mapping[int, Sequence[date]], own: Mapping[int, Sequence[date]]
) -> SchoolDays:
    """A school's days from an academic year on: its own where it has a row, else the county's, else the default."""
    years = range(max(first_year, _KNOWN_YEARS.start), _KNOWN_YEARS.stop)
    return SchoolDays([day for year in years for day in _chosen(year, own, county)])


def _chosen(year: int, *calendars: Mapping[int, Sequence[date]]) -> Sequence[date]:
    return next((held[year] for held in calendars if year in held), county_default(year))


def _spans(year: int, rows: Collection[CalendarRow], *, term: bool) -> list[tuple[date, date]]:
    wanted = (row.within(year) for row in rows if (row.kind == "TERM") == term)
    return [span for span in wanted if span is not None]


def _days(spans: Collection[tuple[date, date]]) -> set[date]:
    return {first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)}
