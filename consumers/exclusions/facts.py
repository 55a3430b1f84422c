"""What the council should have been told by now: facts about cases, as a pure function of them.

Whether it has been told, and what to tell when a fact changes or no longer holds, is the business of `alerts`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, Literal

from consumers.exclusions.calendar import academic_year
from consumers.exclusions.cases import Case
from consumers.exclusions.statements import LUNCHTIME, PERMANENT, SUSPENSION, Key
from consumers.exclusions.totals import term_of

Kind = Literal[
    "SUSPENSION_STARTED",
    "PERMANENT_EXCLUSION",
    "DAY_SIX_DUE",
    "LOOKED_AFTER_SUSPENDED",
    "TERM_OVER_5_DAYS",
    "TERM_OVER_15_DAYS",
    "YEAR_NEAR_45_DAYS",
    "YEAR_OVER_45_DAYS",
    "NO_LONGER_REPORTED",
    "SUSPENSION_CHANGED",
]
_TERM_LIMITS: Final[tuple[tuple[Kind, float], ...]] = (("TERM_OVER_5_DAYS", 5), ("TERM_OVER_15_DAYS", 15))
_YEAR_NEAR: Final = 40
_YEAR_LIMIT: Final = 45


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to be told once.

    `case` is the row it shows, `members` are the suspensions it rests on, `period` the term or year of a limit.
    """

    kind: Kind
    case: Case
    members: tuple[str, ...]
    due_date: date | None = None
    period: str = ""


def facts(cases: Iterable[Case], *, started: Collection[str]) -> list[Fact]:
    """Every fact that holds; `cases` are whole children.

    A permanent exclusion that was first told as a suspension (`started`) stays one that has started.
    """
    ordered = sorted(cases, key=_child_and_order)
    found: list[Fact] = []
    for _, group in groupby(ordered, key=lambda case: case.bearing.child):
        rows = list(group)
        found += [fact for case in rows for fact in _row_facts(case, started)]
        found += _day_six_facts(rows)
        found += _limit_facts(rows)
    return found


def _chain_order(case: Case) -> tuple[date, bool, date, Key]:
    """The order of the rows of a chain: by start, an open one last."""
    key = case.suspension.key
    return key.start_date, case.end_date is None, case.end_date or date.max, key


def _child_and_order(case: Case) -> tuple[str, date, str, str, str]:
    key = case.suspension.key
    return case.bearing.child, key.start_date, case.suspension.dfe_no, key.type, key.pupil_key


def _row_facts(case: Case, started: Collection[str]) -> Iterator[Fact]:
    if case.kind == LUNCHTIME or case.suspension.version.cancelled:
        return
    alone, start = (case.suspension_id,), case.suspension.key.start_date
    if case.kind == SUSPENSION or case.suspension_id in started:
        yield Fact("SUSPENSION_STARTED", case, alone, start)
    if case.kind == PERMANENT:
        yield Fact("PERMANENT_EXCLUSION", case, alone, case.day_six_date)
    if case.bearing.looked_after or case.bearing.social_worker:
        yield Fact("LOOKED_AFTER_SUSPENDED", case, alone, start)
    if case.is_unreported:
        yield Fact("NO_LONGER_REPORTED", case, alone)


def _day_six_facts(rows: Sequence[Case]) -> Iterator[Fact]:
    chains: dict[str, list[Case]] = {}
    for case in rows:
        if case.chain_id is not None and case.day_six_date is not None:
            chains.setdefault(case.chain_id, []).append(case)
    for members in chains.values():
        last = max(members, key=_chain_order)
        yield Fact("DAY_SIX_DUE", last, _ids(members), last.day_six_date)


def _limit_facts(rows: Sequence[Case]) -> Iterator[Fact]:
    for term, group in groupby(rows, key=lambda case: term_of(case.suspension.key.start_date)):
        in_term = list(group)
        for kind, limit in _TERM_LIMITS:
            passing = next((case for case in in_term if case.days_this_term > limit), None)
            if passing is not None:
                yield Fact(kind, passing, _ids(in_term), period=f"{term.academic_year}/{term.number}")
    for year, group in groupby(rows, key=lambda case: academic_year(case.suspension.key.start_date)):
        yield from _year_facts(year, list(group))


def _year_facts(year: int, rows: Sequence[Case]) -> Iterator[Fact]:
    over = next((case for case in rows if case.days_this_year > _YEAR_LIMIT), None)
    near = next((case for case in rows if case.days_this_year >= _YEAR_NEAR), None)
    if over is not None:
        yield Fact("YEAR_OVER_45_DAYS", over, _ids(rows), period=str(year))
    elif near is not None:
        yield Fact("YEAR_NEAR_45_DAYS", near, _ids(rows), period=str(year))


def _ids(cases: Iterable[Case]) -> tuple[str, ...]:
    return tuple(case.suspension_id for case in cases)
