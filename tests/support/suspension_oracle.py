"""What follows from suspensions, worked out day by day: slow, plain, and knowing nothing of the consumer's own code.

A child's rows at every school go in; last days, chains, day six and totals come out. The words are those of
INTERFACES.md, section 5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import ceil

import holidays

DAY = timedelta(days=1)
FAR = 500
"""Days after which the oracle gives up looking for a school day."""


@dataclass(frozen=True, slots=True)
class Row:
    """One suspension as its school last told it; `cancelled_on`: the day a cancelled version was first received."""

    uid: str
    dfe_no: str
    kind: str
    start: date
    end: date | None
    sessions: int | None
    cancelled: bool = False
    cancelled_on: date | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What follows for one row. `chain` names its rows in order; empty for one that belongs to none."""

    last_day: date | None
    school_days: float | None
    chain: tuple[str, ...]
    chain_school_days: float | None
    day_six: date | None
    if_half_day: date | None
    term_days: float
    year_days: float


Days = Mapping[str, Collection[date]]
"""The days on which each school meets."""


def findings(rows: Sequence[Row], days: Days) -> dict[str, Findings]:
    """What follows for each row of one child; all its rows at every school have to be there."""
    totals = _totals(rows, days)
    chains = {one.uid: chain for chain in _chains(rows, days) for one in chain}
    return {one.uid: _findings(one, chains.get(one.uid, []), totals[one.uid], days[one.dfe_no]) for one in rows}


def _findings(row: Row, chain: list[Row], totals: tuple[float, float], days: Collection[date]) -> Findings:
    six = _sixth_day(chain, days)
    return Findings(
        last_day=last_day(row, days),
        school_days=_school_days(row, days),
        chain=tuple(one.uid for one in chain),
        chain_school_days=_length(chain, days),
        day_six=six,
        if_half_day=_seventh_day(chain, six, days),
        term_days=totals[0],
        year_days=totals[1],
    )


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day from one to another."""
    while first <= last:
        yield first
        first += DAY


def last_day(row: Row, days: Collection[date]) -> date | None:
    """The end as sent, else the school day on which the sessions are used up; none for a permanent exclusion."""
    if row.kind == "PERM" or (row.end is None and row.sessions is None):
        return None
    if row.end is not None:
        return row.end
    left = ceil((row.sessions or 0) / (1 if row.kind == "LNCH" else 2))
    for day in days_between(row.start, row.start + FAR * DAY):
        left -= day in days
        if left == 0:
            return day
    return None


def _school_days(row: Row, days: Collection[date]) -> float | None:
    last = last_day(row, days)
    if last is None:
        return None
    met = sum(day in days for day in days_between(row.start, last))
    return met / 2 if row.kind == "LNCH" else float(met)


def _chains(rows: Sequence[Row], days: Days) -> Iterator[list[Row]]:
    for dfe_no in sorted({one.dfe_no for one in rows}):
        met = days[dfe_no]
        left = [one for one in rows if one.dfe_no == dfe_no and one.kind != "LNCH" and not one.cancelled]
        left.sort(key=lambda one: (one.start, last_day(one, met) or date.max, one.kind))
        chain: list[Row] = []
        for one in left:
            if chain and not _goes_on(chain, one, met):
                yield chain
                chain = []
            chain.append(one)
        if chain:
            yield chain


def _goes_on(chain: list[Row], following: Row, days: Collection[date]) -> bool:
    end = _end(chain, days)
    return end is not None and not any(day in days for day in days_between(end + DAY, following.start - DAY))


def _end(chain: list[Row], days: Collection[date]) -> date | None:
    ends = [last_day(one, days) for one in chain]
    return None if None in ends else max(end for end in ends if end)


def _length(chain: list[Row], days: Collection[date]) -> float | None:
    end = _end(chain, days) if chain else None
    return None if end is None else float(sum(day in days for day in days_between(chain[0].start, end)))


def _sixth_day(chain: list[Row], days: Collection[date]) -> date | None:
    if not chain:
        return None
    end, counted = _end(chain, days), 0
    for day in days_between(chain[0].start, end or chain[0].start + FAR * DAY):
        counted += day in days
        if counted == 6:
            return day
    return None


def _seventh_day(chain: list[Row], six: date | None, days: Collection[date]) -> date | None:
    """The day after day six, where the first row has one session less than its days hold."""
    if six is None:
        return None
    first = _school_days(chain[0], days)
    if first is None or chain[0].sessions != 2 * first - 1:
        return None
    end = _end(chain, days)
    return next((day for day in days_between(six + DAY, end or six + FAR * DAY) if day in days), None)


# Totals ---------------------------------------------------------------------------------------------------------------


def _totals(rows: Sequence[Row], days: Days) -> dict[str, tuple[float, float]]:
    ordered = sorted(rows, key=lambda one: (one.start, one.dfe_no, one.kind))
    found = {}
    for place, one in enumerate(ordered, start=1):
        so_far = [(row, _counts(row, days[row.dfe_no])) for row in ordered[:place]]
        term = sum(counted for row, counted in so_far if term_of(row.start) == term_of(one.start))
        year = sum(counted for row, counted in so_far if term_of(row.start)[0] == term_of(one.start)[0])
        found[one.uid] = (term, year)
    return found


def _counts(row: Row, days: Collection[date]) -> float:
    if row.kind == "PERM":
        return 0.0
    length = _school_days(row, days)
    half_sessions = row.sessions / 2 if row.sessions is not None else (1.0 if length is None else length)
    if not row.cancelled or row.cancelled_on is None:
        return length if row.kind == "LNCH" and length is not None else half_sessions
    served = sum(day in days for day in days_between(row.start, row.cancelled_on - DAY))
    return min(served / 2 if row.kind == "LNCH" else float(served), half_sessions)


def term_of(day: date) -> tuple[int, str]:
    """The academic year, and the period of the regulations in it."""
    if day.month >= 8:
        return day.year, "autumn"
    return day.year - 1, "spring" if day < _easter_monday(day.year) else "summer"


@cache
def _easter_monday(year: int) -> date:
    (day,) = holidays.country_holidays("GB", subdiv="ENG", years=year).get_named("Easter Monday")
    return day
