"""The days of a child in the term and in the year, over all schools, up to and including each suspension.

Terms are the regulations' periods. Works on what each suspension counts; knows nothing of chains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from consumers.exclusions.calendar import SchoolDays, academic_year, easter_monday
from consumers.exclusions.extent import Extent, day_share
from consumers.exclusions.statements import LUNCHTIME, PERMANENT
from consumers.exclusions.versions import Suspension

_ONE_DAY = 1.0
"""What a suspension counts of which neither the end nor the sessions are known."""


class Term(NamedTuple):
    """One of the three periods of an academic year: autumn, spring, summer."""

    academic_year: int
    number: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Days so far, this suspension included."""

    this_term: float
    this_year: float


def term_of(day: date) -> Term:
    """The term in which a day lies: to 31 December, to the day before Easter Monday, to 31 July."""
    year = academic_year(day)
    if day.month >= 8:
        return Term(year, 1)
    return Term(year, 2 if day < easter_monday(day.year) else 3)


def days_counted(one: Suspension, lasts: Extent, *, calendar: SchoolDays) -> float:
    """What a suspension adds to the totals; of a cancelled one only the days before it was known to be cancelled.

    Half the sessions; a lunchtime half a day each school day, whatever number of sessions its school gives it.
    """
    if one.version.type == PERMANENT:
        return 0.0
    whole = _ONE_DAY if lasts.sessions is None else lasts.sessions / 2
    if not one.version.cancelled or one.cancelled_on is None:
        return lasts.school_days if one.version.type == LUNCHTIME and lasts.school_days is not None else whole
    served = calendar.count(one.key.start_date, one.cancelled_on - timedelta(days=1)) * day_share(one.version.type)
    return min(served, whole)


def in_order(suspensions: Iterable[Suspension]) -> list[Suspension]:
    """The suspensions of a child in the order in which they are added up."""
    return sorted(suspensions, key=lambda one: (one.key.start_date, one.dfe_no, one.key.type, one.key.pupil_key))


def running_totals(counted: Iterable[tuple[date, float]]) -> list[Totals]:
    """The totals at each suspension of one child, given in order with its start and what it counts."""
    terms: dict[Term, float] = {}
    years: dict[int, float] = {}
    totals: list[Totals] = []
    for start, days in counted:
        term, year = term_of(start), academic_year(start)
        terms[term] = terms.get(term, 0.0) + days
        years[year] = years.get(year, 0.0) + days
        totals.append(Totals(terms[term], years[year]))
    return totals
