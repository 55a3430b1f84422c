"""The school year: 39 school weeks in six blocks, as Derbyshire lays them out, and when each school is shut.

Weeks are counted from 1, days from 0 to 194 (five to a school week, breaks left out). Breaks follow rules, so any year
works: the last week of October, two at Christmas, the third week of February, two at Easter, the last of May.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import holidays
import numpy as np
from numpy.typing import NDArray

from producers.simulator.streams import stream

WEEKS: Final = 39
DAYS: Final = 5 * WEEKS
_INSET_DAYS: Final = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """The county's own dates for one academic year."""

    year: int
    mondays: tuple[date, ...]
    bank_holidays: frozenset[date]

    def day(self, index: int) -> date:
        return self.mondays[index // 5] + timedelta(days=index % 5)

    def days(self) -> list[date]:
        return [self.day(index) for index in range(DAYS)]

    def blocks(self) -> list[tuple[int, int]]:
        """First and last week (from 0) of each run of weeks without a break."""
        starts = [w for w in range(WEEKS) if w == 0 or self.mondays[w] - self.mondays[w - 1] > timedelta(days=7)]
        return list(zip(starts, [s - 1 for s in [*starts[1:], WEEKS]], strict=True))


@dataclass(frozen=True, slots=True)
class Closures:
    """When one school is shut inside the county's terms, besides bank holidays."""

    inset: tuple[int, ...]
    closed: tuple[int, ...]
    shut: NDArray[np.bool_]  # by day, bank holidays included

    def open_days(self) -> NDArray[np.int64]:
        return np.flatnonzero(~self.shut)


def school_year(year: int) -> Terms:
    calendar = holidays.country_holidays("GB", subdiv="ENG", years=[year, year + 1])
    easter = next(day for day in calendar.get_named("Easter Monday") if day.year == year + 1) - timedelta(days=7)
    christmas = _monday_of(date(year, 12, 25))
    breaks = {
        _monday_of(date(year, 10, 31)),
        *(christmas, christmas + timedelta(days=7)),
        _monday_of(date(year + 1, 2, 21)),
        *(easter, easter + timedelta(days=7)),
        _monday_of(date(year + 1, 5, 31)),
    }
    first = _monday_of(date(year, 9, 7))
    mondays = [monday for n in range(60) if (monday := first + timedelta(weeks=n)) not in breaks]
    return Terms(year, tuple(mondays[:WEEKS]), frozenset(calendar))


def closures(seed: int, terms: Terms, *, school: int) -> Closures:
    """INSET on the first Monday everywhere, four more at edges of half-terms; a few are a polling station in May."""
    rng = stream(seed, "closures", school)
    holiday = np.array([day in terms.bank_holidays for day in terms.days()])
    edges = [edge for first, last in terms.blocks() for edge in (5 * first, 5 * last + 4)][1:]
    edges += [1, 5 * terms.blocks()[-1][0] + 1]
    chosen = rng.permutation([edge for edge in edges if not holiday[edge]])[: _INSET_DAYS - 1]
    inset = tuple(sorted({0, *(int(day) for day in chosen)}))
    polling = next(n for n, day in enumerate(terms.days()) if day.month == 5 and day.weekday() == 3)
    closed = (polling,) if rng.random() < 0.06 else ()
    shut = holiday.copy()
    shut[[*inset, *closed]] = True
    return Closures(inset, closed, shut)


def _monday_of(day: date) -> date:
    """The Monday on or before a day; the last of a month's first seven days gives its first Monday."""
    return day - timedelta(days=day.weekday())
