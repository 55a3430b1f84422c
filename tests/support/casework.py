"""Cases and alerts of a school without a database: files, identities and a calendar in, what would be kept out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from consumers.exclusions.alerts import raise_alerts
from consumers.exclusions.calendar import SchoolDays, school_days
from consumers.exclusions.cases import Case, Pupil, reckon
from consumers.exclusions.handler import Change, school_change
from consumers.exclusions.statements import Filing
from consumers.exclusions.telling import Alert, Counted, Teller
from consumers.exclusions.versions import Suspension, advance
from schemas.events import PupilIdentity

WEEKDAYS = school_days(2024, county={}, own={})
"""Every weekday of term but bank holidays."""
RAISED_AT = datetime(2026, 9, 18, 8, 0, tzinfo=UTC)


@dataclass
class Casework:
    """What has been reported, who the children are, and what was told of them."""

    calendar: SchoolDays = WEEKDAYS
    schools: dict[str, list[Suspension]] = field(default_factory=dict)
    known: dict[Pupil, PupilIdentity] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    told: list[Alert] = field(default_factory=list)
    filed: dict[str, int] = field(default_factory=dict)
    superseded: set[str] = field(default_factory=set)

    def file(self, filing: Filing) -> list[Alert]:
        """One more delivery of a school: the alerts it gives rise to."""
        held = self.schools.get(filing.dfe_no, [])
        self.filed[filing.dfe_no] = filing.delivery_seq
        self.schools[filing.dfe_no] = advance(held, filing, calendar=self.calendar)
        return self._follow(school_change(held, self.schools[filing.dfe_no]))

    def identify(self, *known: PupilIdentity) -> list[Alert]:
        """Matching says who pupils are: the alerts that this gives rise to."""
        self.known |= {(one.dfe_no, one.pupil_key): one for one in known}
        return self._follow(Change())

    def redate(self, calendar: SchoolDays) -> list[Alert]:
        """Another calendar: the alerts it gives rise to."""
        self.calendar = calendar
        return self._follow(Change())

    def current(self, kind: str | None = None) -> list[Alert]:
        """What was told and still stands, in the order of telling."""
        return [one for one in self.told if one.alert_id not in self.superseded and kind in {None, one.kind}]

    def _follow(self, change: Change) -> list[Alert]:
        after = self._reckoned()
        teller = Teller(b"tests", RAISED_AT + timedelta(days=len(self.told)), self._versions())
        raised = raise_alerts(
            self.current(), before=self.cases, after=after, successors=change.successors, teller=teller
        )
        self.told = [one.renamed(change.successors) for one in self.told]
        self.superseded |= {alert_id for one in raised for alert_id in one.event.supersedes}
        self.told += raised
        self.cases = dict(after)
        return raised

    def _versions(self) -> dict[Counted, int]:
        return {(one.kind, one.subject, one.period): one.event.version for one in self.told}

    def _reckoned(self) -> Mapping[str, Case]:
        suspensions: Sequence[Suspension] = [one for held in self.schools.values() for one in held]
        calendars = dict.fromkeys(self.schools, self.calendar)
        cases = reckon(suspensions, identities=self.known, calendars=calendars)
        return {case.suspension_id: case for case in cases}
