"""Alerts and replays: a replay tells nothing itself. What was told is history, and the alerts topic is its witness.

`restore` puts back what the topic holds and the tables have lost; `untold` lists what the rules would tell of a state
beyond that, for a person to look at; `release` tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from consumers.exclusions import columns
from consumers.exclusions.alerts import Cases, raise_alerts
from consumers.exclusions.calendar import academic_year
from consumers.exclusions.facts import facts
from consumers.exclusions.identifiers import stable_id
from consumers.exclusions.store import Store
from consumers.exclusions.telling import Alert, Teller
from consumers.exclusions.totals import term_of
from consumers.runtime import queries
from schemas import codec
from schemas.events import ExclusionAlert
from schemas.process.clock import Clock
from schemas.topics import ALERTS


@dataclass(frozen=True, slots=True)
class Telling:
    """One transaction's view of what was told, and of the cases that it was told of."""

    connection: asyncpg.Connection
    clock: Clock
    secret: bytes

    async def untold(self) -> list[Alert]:
        """What would be told of the cases as they are, beyond what was told already."""
        store = Store(self.connection)
        cases = await self._cases(store)
        current = await store.current_alerts(cases)
        subjects = {*cases, *(one.subject for one in current)}
        teller = Teller(self.secret, self.clock.now(), await store.alert_versions(subjects))
        return raise_alerts(current, before=cases, after=cases, successors={}, teller=teller)

    async def release(self) -> list[Alert]:
        """Tell it: kept and queued as the consumer would have done."""
        store = Store(self.connection)
        await store.hold_calendar()
        untold = await self.untold()
        await store.save_alerts(untold)
        return untold

    async def restore(self, told: Sequence[ExclusionAlert]) -> int:
        """Put back alerts of the topic, in its order, that are not kept; how many. Such that no case knows are left."""
        known = await self._fetch("known_alerts", [one.alert_id for one in told])
        lost = [one for one in told if one.alert_id not in {row["alert_id"] for row in known}]
        if not lost:
            return 0
        superseded = {alert_id for one in told for alert_id in one.supersedes}
        ties = _Ties.of(await self._cases(Store(self.connection)), self.secret)
        alerts = [alert for one in lost if (alert := ties.tied(one)) is not None]
        payloads = [codec.encode(one.event) for one in alerts]
        await self.connection.copy_records_to_table(
            "alert",
            records=[
                (*values, one.alert_id not in superseded)
                for one, values in zip(alerts, map(columns.alert_values, alerts, payloads), strict=True)
            ],
            columns=(*columns.ALERT, "is_current"),
        )
        members = [(name, one.alert_id) for one in alerts if one.alert_id not in superseded for name in one.members]
        await self.connection.copy_records_to_table("alert_member", records=members, columns=columns.ALERT_MEMBER)
        moments = [one.event.raised_at for one in alerts]
        await self._fetch("restore_published", ALERTS, [one.alert_id for one in alerts], moments)
        return len(alerts)

    async def _cases(self, store: Store) -> Cases:
        return await store.cases([row["child"] for row in await self._fetch("all_children")])

    async def _fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        return await self.connection.fetch(queries.load("consumers.exclusions")[query], *arguments)


_ROW_KINDS: Final = frozenset(
    {"SUSPENSION_STARTED", "PERMANENT_EXCLUSION", "LOOKED_AFTER_SUSPENDED", "NO_LONGER_REPORTED", "SUSPENSION_CHANGED"}
)
"""Kinds that rest on the row they show alone."""


@dataclass(frozen=True, slots=True)
class _Ties:
    """Finds again what an alert was told of: its id was made of the suspension and the period it is counted after."""

    cases: Cases
    secret: bytes
    by_school: Mapping[str, tuple[str, ...]]
    resting: Mapping[tuple[str, str, str], tuple[str, ...]]

    @classmethod
    def of(cls, cases: Cases, secret: bytes) -> _Ties:
        """Over all cases there are."""
        by_school: dict[str, list[str]] = {}
        for name, case in cases.items():
            by_school.setdefault(case.suspension.dfe_no, []).append(name)
        resting: dict[tuple[str, str, str], tuple[str, ...]] = {
            (fact.kind, fact.period, member): fact.members
            for fact in facts(cases.values(), started=set(cases))
            for member in fact.members
        }
        return cls(cases, secret, {school: tuple(names) for school, names in by_school.items()}, resting)

    def tied(self, event: ExclusionAlert) -> Alert | None:
        """The alert with what it was told of, if that is known."""
        here = self.by_school.get(event.dfe_no, ())
        found = next(self._subjects(event, (*here, *self.cases)), None)
        if found is None:
            return None
        subject, period = found
        shown = next((name for name in here if self._is_shown(event, name)), subject)
        rests_on = (shown,) if event.kind in _ROW_KINDS else self.resting.get((event.kind, period, shown), (shown,))
        suspension = self.cases[shown].suspension
        unreported = suspension.unreported_seq if event.kind == "NO_LONGER_REPORTED" else None
        raised_from = unreported or event.delivery_seq or suspension.delivery_seq
        return Alert(event, subject, period, shown, rests_on, suspension.key.pupil_key, raised_from)

    def _subjects(self, event: ExclusionAlert, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        for name in names:
            start = self.cases[name].suspension.key.start_date
            term, year = term_of(start), academic_year(start)
            for period in ("", f"{term.academic_year}/{term.number}", str(year)):
                if stable_id(event.kind, name, period, event.version, secret=self.secret) == event.alert_id:
                    yield name, period

    def _is_shown(self, event: ExclusionAlert, name: str) -> bool:
        suspension = self.cases[name].suspension
        return (suspension.delivery_seq, suspension.row, suspension.key.start_date) == (
            event.delivery_seq,
            event.row,
            event.start_date,
        )
