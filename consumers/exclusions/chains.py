"""Chains and day six: suspensions of a child at one school with no school day between them, counted together.

Lunchtimes and cancelled rows belong to no chain. Day one is the first school day of the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from consumers.exclusions.calendar import SchoolDays
from consumers.exclusions.extent import Extent
from consumers.exclusions.statements import LUNCHTIME, Key
from consumers.exclusions.versions import Suspension

DUTY_DAY = 6


@dataclass(frozen=True, slots=True)
class Chain:
    """A run of suspensions, in order, and the dates that follow from it."""

    members: tuple[str, ...]
    school_days: float | None
    day_six: date | None
    day_six_if_half_day: date | None

    @property
    def last(self) -> str:
        """The chain's last suspension."""
        return self.members[-1]


Lasting = tuple[Suspension, Extent]


def chains(lasting: Iterable[Lasting], calendar: SchoolDays) -> list[Chain]:
    """The chains among the suspensions of one child at one school."""
    runs: list[list[Lasting]] = []
    for one in sorted((one for one in lasting if _counts(one[0])), key=_order):
        if runs and _follows(runs[-1], one, calendar=calendar):
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_chain(run, calendar) for run in runs]


def _counts(one: Suspension) -> bool:
    return one.key.type != LUNCHTIME and not one.version.cancelled


def _order(lasting: Lasting) -> tuple[date, bool, date, Key]:
    """By start; of those that start together the open one last, as it takes no later row."""
    one, lasts = lasting
    return one.key.start_date, lasts.is_open, lasts.end_date or date.max, one.key


def _end(run: Sequence[Lasting]) -> date | None:
    """The last day of a run; none where one of it is open."""
    ends = [lasts.end_date for _, lasts in run]
    return None if None in ends else max(end for end in ends if end is not None)


def _follows(run: Sequence[Lasting], one: Lasting, *, calendar: SchoolDays) -> bool:
    end = _end(run)
    return end is not None and calendar.adjoin(end, one[0].key.start_date)


def _chain(run: Sequence[Lasting], calendar: SchoolDays) -> Chain:
    begin, end = run[0][0].key.start_date, _end(run)
    day_six = _covered(calendar.nth(begin, DUTY_DAY), end)
    half_day = day_six and _is_odd(run[0]) and calendar.nth(day_six + timedelta(days=1), 1)
    return Chain(
        members=tuple(one.suspension_id for one, _ in run),
        school_days=None if end is None else float(calendar.count(begin, end)),
        day_six=day_six,
        day_six_if_half_day=_covered(half_day or None, end),
    )


def _covered(day: date | None, end: date | None) -> date | None:
    return None if day is None or (end is not None and day > end) else day


def _is_odd(first: Lasting) -> bool:
    """Whether the first day may have been half a day: one session less than the days hold."""
    one, lasts = first
    return lasts.school_days is not None and one.version.sessions == 2 * lasts.school_days - 1
