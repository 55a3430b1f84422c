"""Suspensions with everything that follows from them: whose they are, how long, their chain, day six and totals.

A child's cases are reckoned together, over all schools, from the suspensions, who the child is, and the calendars.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from consumers.exclusions.calendar import SchoolDays
from consumers.exclusions.chains import Chain, chains
from consumers.exclusions.extent import Extent, extent
from consumers.exclusions.totals import Totals, days_counted, in_order, running_totals
from consumers.exclusions.versions import Suspension
from schemas.events import PupilIdentity

Pupil = tuple[str, str]
"""A pupil at a school: (dfe_no, pupil_key)."""
Calendars = Mapping[str, SchoolDays]
"""The school days of each school."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """Who the suspended child is, as the council must be told it; `child` holds the rows of one child together."""

    child: str
    pupil_id: str | None
    looked_after: bool
    social_worker: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One suspension and what follows from it. The chain's columns are empty for a lunchtime or a cancelled row."""

    suspension: Suspension
    bearing: Bearing
    end_date: date | None
    school_days: float | None
    days_this_term: float
    days_this_year: float
    chain_id: str | None
    chain_school_days: float | None
    day_six_date: date | None
    day_six_if_half_day: date | None

    @property
    def suspension_id(self) -> str:
        """The lasting name of the suspension."""
        return self.suspension.suspension_id

    @property
    def kind(self) -> str:
        """SUSP, PERM or LNCH."""
        return self.suspension.key.type

    @property
    def is_unreported(self) -> bool:
        """Whether the school no longer sends it, cancelled ones apart: they need nothing more."""
        return self.suspension.unreported_seq is not None and not self.suspension.version.cancelled


_NOBODY: Final = PupilIdentity(dfe_no="", pupil_key="", pupil_id=None, outcome="new")


def bearing(one: Suspension, identity: PupilIdentity | None) -> Bearing:
    """Whose a suspension is, by what matching says, else by a permanent UPN, else by its key at that school."""
    known = identity or _NOBODY
    return Bearing(
        child=_child(one, known.pupil_id),
        pupil_id=known.pupil_id,
        looked_after=any(period.covers(one.key.start_date) for period in known.looked_after),
        social_worker=known.social_worker,
    )


def reckon(
    suspensions: Iterable[Suspension], *, identities: Mapping[Pupil, PupilIdentity], calendars: Calendars
) -> list[Case]:
    """The cases of all children that the suspensions belong to; every suspension of each child must be among them."""
    children: dict[str, list[tuple[Suspension, Bearing]]] = {}
    for one in in_order(suspensions):
        whose = bearing(one, identities.get((one.dfe_no, one.key.pupil_key)))
        children.setdefault(whose.child, []).append((one, whose))
    return [case for rows in children.values() for case in _cases_of_child(rows, calendars)]


def _child(one: Suspension, pupil_id: str | None) -> str:
    if pupil_id is not None:
        return f"pupil/{pupil_id}"
    if one.upn is not None and one.upn[-1].isdigit():  # a temporary UPN ends in a letter and holds at its school only
        return f"upn/{one.upn}"
    return f"key/{one.dfe_no}/{one.key.pupil_key}"


def _cases_of_child(rows: Sequence[tuple[Suspension, Bearing]], calendars: Calendars) -> list[Case]:
    lasting = [(one, extent(one.key.start_date, one.version, calendar=calendars[one.dfe_no])) for one, _ in rows]
    counted = ((one.key.start_date, days_counted(one, lasts, calendar=calendars[one.dfe_no])) for one, lasts in lasting)
    totals = running_totals(counted)
    in_chain = _chains_by_member(lasting, calendars)
    return [
        _case(one, whose, lasts=lasts, totals=total, chain=in_chain.get(one.suspension_id))
        for (one, whose), (_, lasts), total in zip(rows, lasting, totals, strict=True)
    ]


def _chains_by_member(lasting: Sequence[tuple[Suspension, Extent]], calendars: Calendars) -> dict[str, Chain]:
    schools = dict.fromkeys(one.dfe_no for one, _ in lasting)
    found = (
        chain
        for dfe_no in schools
        for chain in chains((pair for pair in lasting if pair[0].dfe_no == dfe_no), calendars[dfe_no])
    )
    return {member: chain for chain in found for member in chain.members}


def _case(one: Suspension, whose: Bearing, *, lasts: Extent, totals: Totals, chain: Chain | None) -> Case:
    return Case(
        suspension=one,
        bearing=whose,
        end_date=lasts.end_date,
        school_days=lasts.school_days,
        days_this_term=totals.this_term,
        days_this_year=totals.this_year,
        chain_id=chain.members[0] if chain else None,
        chain_school_days=chain.school_days if chain else None,
        day_six_date=chain.day_six if chain else None,
        day_six_if_half_day=chain.day_six_if_half_day if chain else None,
    )
