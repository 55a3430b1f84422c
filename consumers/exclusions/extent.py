"""How long a suspension lasts: its last day, its school days and its sessions, as far as they can be known.

What a school left blank is worked out from what it sent, over that school's own days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from consumers.exclusions.calendar import SchoolDays, academic_year
from consumers.exclusions.statements import LUNCHTIME, PERMANENT, Version


@dataclass(frozen=True, slots=True)
class Extent:
    """Last day, school days (half ones for lunchtimes) and sessions; none where nothing tells."""

    end_date: date | None
    school_days: float | None
    sessions: float | None

    @property
    def is_open(self) -> bool:
        """Whether no end is known: permanent, or sent without end and sessions."""
        return self.end_date is None


def day_share(kind: str) -> float:
    """What one school day of a type counts: a lunchtime is half a day."""
    return 0.5 if kind == LUNCHTIME else 1.0


def extent(start: date, version: Version, *, calendar: SchoolDays) -> Extent:
    """The extent of a suspension that starts on a day, over its school's calendar."""
    if version.type == PERMANENT:
        return Extent(None, None, version.sessions)
    end = version.end_date or _end_by_sessions(start, version, calendar=calendar)
    if end is None:
        return Extent(None, None, version.sessions)
    days = calendar.count(start, end) * day_share(version.type)
    return Extent(end, days, 2 * days if version.sessions is None else version.sessions)


def overlap(one: tuple[date, Version], other: tuple[date, Version], *, calendar: SchoolDays) -> bool:
    """Whether the days of two suspensions overlap; one without an end lasts until its academic year is over."""
    (first, first_version), (second, second_version) = one, other
    first_end = extent(first, first_version, calendar=calendar).end_date or _end_of_year(first)
    second_end = extent(second, second_version, calendar=calendar).end_date or _end_of_year(second)
    return first <= second_end and second <= first_end


def _end_by_sessions(start: date, version: Version, *, calendar: SchoolDays) -> date | None:
    """The school day on which the sessions are used up: two a day, one at a lunchtime."""
    if version.sessions is None:
        return None
    return calendar.nth(start, -(-version.sessions // round(2 * day_share(version.type))))


def _end_of_year(day: date) -> date:
    return date(min(academic_year(day) + 1, date.max.year), 7, 31)
