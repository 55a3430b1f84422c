"""Alerts as they were told, and how a new one is worded: its id, its version, its content.

Decides nothing about what to tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from consumers.exclusions.cases import Case
from consumers.exclusions.facts import Fact
from consumers.exclusions.identifiers import stable_id
from consumers.exclusions.statements import PERMANENT
from schemas.events import ExclusionAlert

_HISTORIC_AFTER = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert and what ties it to the suspensions.

    `subject` is the suspension after which its versions are counted, `shown` the one it shows, `members` those it
    rests on.
    """

    event: ExclusionAlert
    subject: str
    period: str
    shown: str
    members: tuple[str, ...]
    pupil_key: str
    raised_from_seq: int

    @property
    def alert_id(self) -> str:
        """The id under which it was published."""
        return self.event.alert_id

    @property
    def kind(self) -> str:
        """What it tells."""
        return self.event.kind

    def renamed(self, successors: Mapping[str, str]) -> Alert:
        """The same alert, tied to the suspensions that took the place of those that are no more."""
        members = tuple(dict.fromkeys(successors.get(member, member) for member in self.members))
        return replace(self, shown=successors.get(self.shown, self.shown), members=members)


Counted = tuple[str, str, str]
"""What versions are counted of: kind, subject and period."""


@dataclass(slots=True)
class Teller:
    """Words new alerts: `secret` keys their ids, `raised_at` is the moment, `versions` are the latest told so far."""

    secret: bytes
    raised_at: datetime
    versions: dict[Counted, int]
    raised: list[Alert] = field(default_factory=list)

    def tell(self, fact: Fact, superseded: Iterable[Alert] = ()) -> None:
        """Raise a fact as the cases show it now."""
        old = tuple(superseded)
        same = next((one for one in old if one.kind == fact.kind), None)
        subject = same.subject if same else fact.members[0]
        event = self._event(fact, subject, tuple(one.alert_id for one in old))
        unreported = fact.case.suspension.unreported_seq if fact.kind == "NO_LONGER_REPORTED" else None
        self.raised.append(
            Alert(
                event=event,
                subject=subject,
                period=fact.period,
                shown=fact.case.suspension_id,
                members=fact.members,
                pupil_key=fact.case.suspension.key.pupil_key,
                raised_from_seq=unreported or fact.case.suspension.delivery_seq,
            )
        )

    def tell_again(self, old: Alert, case: Case) -> None:
        """Raise an alert once more, unchanged but for whose child it is."""
        alert_id, version = self._next(old.kind, old.subject, old.period)
        event = replace(
            old.event,
            alert_id=alert_id,
            version=version,
            supersedes=(old.alert_id,),
            raised_at=self.raised_at,
            pupil_id=case.bearing.pupil_id,
            looked_after=case.bearing.looked_after,
        )
        self.raised.append(replace(old, event=event, pupil_key=case.suspension.key.pupil_key))

    def _next(self, kind: str, subject: str, period: str) -> tuple[str, int]:
        """Id and version of the next alert of a fact."""
        version = self.versions.get((kind, subject, period), 0) + 1
        self.versions[kind, subject, period] = version
        return stable_id(kind, subject, period, version, secret=self.secret), version

    def _event(self, fact: Fact, subject: str, supersedes: tuple[str, ...]) -> ExclusionAlert:
        case, suspension = fact.case, fact.case.suspension
        alert_id, version = self._next(fact.kind, subject, fact.period)
        unreported_on = suspension.unreported_on if fact.kind == "NO_LONGER_REPORTED" else None
        as_of = unreported_on or suspension.received_on
        return ExclusionAlert(
            alert_id=alert_id,
            kind=fact.kind,
            version=version,
            supersedes=supersedes,
            raised_at=self.raised_at,
            data_as_of=as_of,
            due_date=fact.due_date,
            pupil_id=case.bearing.pupil_id,
            dfe_no=suspension.dfe_no,
            type=suspension.key.type,
            start_date=suspension.key.start_date,
            end_date=case.end_date,
            day_six_date=case.day_six_date,
            chain_school_days=case.chain_school_days,
            term_days=case.days_this_term,
            year_days=case.days_this_year,
            looked_after=case.bearing.looked_after,
            historic=_is_historic(case, as_of),
            delivery_seq=suspension.delivery_seq,
            row=suspension.row,
        )


def _is_historic(case: Case, as_of: date) -> bool:
    return case.kind != PERMANENT and case.end_date is not None and as_of - case.end_date > _HISTORIC_AFTER
