"""The consumer `exclusions`: suspensions with their chains, day six and totals, and the alerts they give rise to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import asyncpg

from consumers.exclusions import handler
from consumers.exclusions.calendar import academic_year
from consumers.exclusions.calendar_store import CalendarStore
from consumers.exclusions.consequences import Consequences
from consumers.exclusions.statements import Filing
from consumers.exclusions.store import Store
from consumers.exclusions.versions import Suspension, advance, fold
from consumers.runtime.work import Delivery, Records, Work
from schemas.errors import ContractError
from schemas.process.clock import Clock
from schemas.process.settings import Settings
from schemas.topics import CLOSED_DAYS, COUNCIL_CALENDAR, EXCLUSIONS, IDENTITIES

_MANY_CHILDREN: Final = 1_000
"""From here on one lock on everything is cheaper than one on each child, of which Postgres has only so many."""


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Reads exclusions files, the calendar, identities and closed days; writes the tables behind `suspension`, `alert`.

    Locks, always in this order: the schools (the engine holds a delivery's own), the calendar (shared, or alone to
    change it), the children.
    """

    clock: Clock
    secret: bytes
    name: Final[str] = "exclusions"
    topics: Final[tuple[str, ...]] = (EXCLUSIONS, COUNCIL_CALENDAR, IDENTITIES, CLOSED_DAYS)
    package: Final[str] = "consumers.exclusions"
    history: Final[tuple[str, ...]] = ("alert", "alert_member")

    async def apply(self, connection: asyncpg.Connection, work: Work) -> None:
        """As `Consumer.apply`."""
        match work:
            case Delivery(topic=topic) if topic == EXCLUSIONS:
                await self._file(connection, handler.filing_of(work))
            case Delivery(topic=topic) if topic == COUNCIL_CALENDAR:
                await self._replace_calendar(connection, handler.filed_calendar(work))
            case Records(topic=topic) if topic == IDENTITIES:
                await self._identify(connection, handler.identified(work.records))
            case Records(topic=topic) if topic == CLOSED_DAYS:
                await self._close_days(connection, work)
            case _:
                raise ContractError("Work of a topic that exclusions does not read.")

    async def _file(self, connection: asyncpg.Connection, filing: Filing) -> None:
        """One more delivery of a school; an older one that comes late finds its place among the others."""
        store = Store(connection)
        await store.share_calendar()
        newest = await store.newest_filing(filing.dfe_no)
        if not await store.add_filing(filing):
            return
        held = await store.suspensions_of_school(filing.dfe_no)
        if newest is None or newest < filing.delivery_seq:
            after = await self._advanced(store, held, filing)
        else:
            after = await self._folded(store, filing.dfe_no)
        await self._consequences(store).follow(handler.school_change(held, after))

    async def _advanced(self, store: Store, held: list[Suspension], filing: Filing) -> list[Suspension]:
        starts = [one.key.start_date for one in held] + [row.start_date for row in filing.rows]
        if not starts:
            return []
        calendars = await store.calendars({filing.dfe_no}, min(map(academic_year, starts)))
        return advance(held, filing, calendar=calendars[filing.dfe_no])

    async def _folded(self, store: Store, dfe_no: str) -> list[Suspension]:
        filings = await store.filings(dfe_no)
        starts = [row.start_date for filing in filings for row in filing.rows]
        if not starts:
            return []
        calendars = await store.calendars({dfe_no}, min(map(academic_year, starts)))
        return fold(filings, calendar=calendars[dfe_no])

    async def _identify(self, connection: asyncpg.Connection, identified: handler.Identified) -> None:
        """Children become known, or known otherwise: their suspensions are reckoned and told anew."""
        store = Store(connection)
        keys = [*identified.known, *identified.withdrawn]
        await store.lock_schools({key.partition("/")[0] for key in keys})
        alone = len(keys) > _MANY_CHILDREN
        await (store.hold_calendar() if alone else store.share_calendar())
        touched = await store.save_identities(identified)
        await self._consequences(store).follow(handler.Change(touched=tuple(touched)), alone=alone)

    async def _replace_calendar(self, connection: asyncpg.Connection, filed: handler.FiledCalendar) -> None:
        """The academic years of a calendar delivery; every suspension that they touch is dated anew."""
        store, days = Store(connection), CalendarStore(connection)
        await store.hold_calendar()
        years = await days.replace_rows(filed)
        await self._redate(store, await days.refresh(years), years)

    async def _close_days(self, connection: asyncpg.Connection, work: Records) -> None:
        """Days on which registers show a school closed."""
        store, days = Store(connection), CalendarStore(connection)
        await store.hold_calendar()
        closed = handler.closed_days(work.records)
        await days.save_closed_days(closed)
        years = sorted({one.academic_year for one in closed})
        await self._redate(store, await days.refresh(years, {one.dfe_no for one in closed}), years)

    async def _redate(self, store: Store, schools: set[str], years: list[int]) -> None:
        """Date anew what lies in these years at schools whose days have changed; the county stands for all."""
        if not schools:
            return
        changes = []
        for dfe_no in await store.schools_with_reckoned_ends(schools, years):
            held = await store.suspensions_of_school(dfe_no)
            changes.append(handler.school_change(held, await self._folded(store, dfe_no)))
        touched = await store.suspensions_within(schools, years)
        await self._consequences(store).follow(handler.together(changes, touched), alone=True)

    def _consequences(self, store: Store) -> Consequences:
        return Consequences(store, self.clock, self.secret)


def consumer(settings: Settings) -> Exclusions:
    """The consumer of one installation."""
    return Exclusions(settings.clock, settings.secret_key)
