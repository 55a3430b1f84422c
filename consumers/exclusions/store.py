"""What the consumer keeps in Postgres of suspensions, children and alerts.

Every call is inside the engine's transaction. The calendar itself is kept by `calendar_store`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

import asyncpg

from consumers.exclusions import columns
from consumers.exclusions.alerts import Cases
from consumers.exclusions.calendar import COUNTY, SchoolDays, school_days
from consumers.exclusions.cases import Pupil
from consumers.exclusions.handler import Identified
from consumers.exclusions.publishing import outgoing
from consumers.exclusions.statements import Filing
from consumers.exclusions.telling import Alert, Counted
from consumers.exclusions.versions import Suspension
from consumers.runtime import outbox, queries
from consumers.runtime.postgres import lock, lock_shared, stage
from schemas import codec
from schemas.events import PupilIdentity

_CALENDAR: Final = "calendar"


class Store:
    """One transaction's view of the tables."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection: Final = connection
        self._sql: Final = queries.load("consumers.exclusions")

    # Locks

    async def lock_schools(self, schools: Collection[str]) -> None:
        """Nobody else changes what these schools have reported."""
        await lock(self._connection, *schools)

    async def share_calendar(self) -> None:
        """The calendar stays as it is."""
        await lock_shared(self._connection, _CALENDAR)

    async def hold_calendar(self) -> None:
        """Nobody else reckons with the calendar, nor changes anything that is reckoned with it."""
        await lock(self._connection, _CALENDAR)

    async def lock_children(self, children: Collection[str]) -> None:
        """Nobody else reckons these children, at whatever school."""
        await lock(self._connection, *(f"child/{child}" for child in children))

    # What schools filed

    async def newest_filing(self, dfe_no: str) -> int | None:
        """The school's latest delivery so far."""
        newest: int | None = await self._connection.fetchval(self._sql["newest_filing"], dfe_no)
        return newest

    async def add_filing(self, filing: Filing) -> bool:
        """Keep a delivery; false if it is kept already."""
        added = await self._connection.fetchval(self._sql["add_filing"], *columns.filing_values(filing))
        if added is None:
            return False
        rows = (columns.filed_row_values(filing, row) for row in filing.rows)
        await self._connection.copy_records_to_table("filed_row", records=rows, columns=columns.FILED_ROW)
        return True

    async def filings(self, dfe_no: str) -> list[Filing]:
        """All deliveries of a school, in order."""
        rows: dict[int, list[columns.Row]] = {}
        for row in await self._connection.fetch(self._sql["filed_rows"], dfe_no):
            rows.setdefault(row["delivery_seq"], []).append(row)
        filings = await self._connection.fetch(self._sql["filings"], dfe_no)
        return [columns.filing_of(one, rows.get(one["delivery_seq"], [])) for one in filings]

    # Suspensions and children

    async def suspensions_of_school(self, dfe_no: str) -> list[Suspension]:
        """All that a school has reported."""
        return await self._suspensions("suspensions_of_school", dfe_no)

    async def suspensions_within(self, schools: Collection[str], years: Sequence[int]) -> list[Suspension]:
        """What reaches into these academic years at these schools; the county stands for all."""
        return await self._suspensions("suspensions_within", list(schools), min(years), max(years))

    async def schools_with_reckoned_ends(self, schools: Collection[str], years: Sequence[int]) -> list[str]:
        """Schools among these that left an end blank, so that their calendar decides which rows are one."""
        found = await self._connection.fetch(self._sql["schools_with_reckoned_ends"], list(schools), max(years))
        return [row["dfe_no"] for row in found]

    async def children_of(self, names: Collection[str]) -> set[str]:
        """The children that have these suspensions."""
        return {row["child"] for row in await self._connection.fetch(self._sql["children_of"], list(names))}

    async def cases(self, children: Collection[str]) -> Cases:
        """Everything of these children, at every school."""
        cases = map(columns.case_of, await self._connection.fetch(self._sql["cases"], list(children)))
        return {case.suspension_id: case for case in cases}

    async def save_cases(self, *, before: Cases, after: Cases) -> None:
        """Write what differs."""
        gone = [name for name, case in before.items() if after.get(name) != case]
        rows = [columns.case_values(case) for name, case in after.items() if before.get(name) != case]
        if gone:
            await self._connection.execute(self._sql["remove_cases"], gone)
        if rows:
            await self._connection.copy_records_to_table("suspension", records=rows, columns=columns.SUSPENSION)

    # Identities

    async def identities(self, pupils: Collection[Pupil]) -> dict[Pupil, PupilIdentity]:
        """Who these pupils are, as far as matching has said."""
        found = await self._connection.fetch(self._sql["identities"], *_transposed(pupils))
        return {(row["dfe_no"], row["pupil_key"]): columns.identity_of(row) for row in found}

    async def save_identities(self, identified: Identified) -> list[Suspension]:
        """Keep what matching says; the suspensions of those of whom it says something else than before."""
        rows = [columns.identity_values(key, one) for key, one in identified.known.items()]
        await stage(self._connection, "identity", columns.IDENTITY, rows)
        gone = await self._connection.fetch(self._sql["remove_identities"], list(identified.withdrawn))
        changed = await self._connection.fetch(self._sql["merge_identities"])
        pupils = [(row["dfe_no"], row["pupil_key"]) for row in (*gone, *changed)]
        return await self._suspensions("suspensions_of_pupils", *_transposed(pupils)) if pupils else []

    # School days

    async def calendars(self, schools: Collection[str], first_year: int) -> dict[str, SchoolDays]:
        """The school days of schools from an academic year on."""
        held: dict[str, dict[int, list[date]]] = {}
        for row in await self._connection.fetch(self._sql["school_days"], [COUNTY, *schools], first_year):
            held.setdefault(row["dfe_no"], {})[row["academic_year"]] = row["days"]
        county = held.get(COUNTY, {})
        shared = school_days(first_year, county=county, own={})
        return {
            dfe_no: school_days(first_year, county=county, own=held[dfe_no]) if dfe_no in held else shared
            for dfe_no in schools
        }

    # Alerts

    async def current_alerts(self, names: Collection[str]) -> list[Alert]:
        """What was told that shows one of these suspensions, and is not superseded."""
        found = await self._connection.fetch(self._sql["current_alerts"], list(names))
        return [columns.alert_of(row) for row in found]

    async def alert_versions(self, names: Collection[str]) -> dict[Counted, int]:
        """The latest version of each fact that is counted after one of these suspensions."""
        found = await self._connection.fetch(self._sql["alert_versions"], list(names))
        return {(row["kind"], row["subject"], row["period"]): row["version"] for row in found}

    async def follow_renaming(self, successors: Mapping[str, str], rekeyed: Collection[str]) -> None:
        """Tie alerts to the successors of suspensions that are no more, and to the present key of their pupils."""
        for old, new in successors.items():
            await self._connection.execute(self._sql["renamed_members"], old, new)
            await self._connection.execute(self._sql["renamed_shown"], old, new)
        if rekeyed:
            await self._connection.execute(self._sql["rekey_alerts"], list(rekeyed))

    async def save_alerts(self, raised: Sequence[Alert]) -> None:
        """Keep new alerts and queue them for publication; those that they supersede are current no more."""
        if not raised:
            return
        superseded = [alert_id for one in raised for alert_id in one.event.supersedes]
        await self._connection.execute(self._sql["supersede_alerts"], superseded)
        payloads = [codec.encode(one.event) for one in raised]
        rows = map(columns.alert_values, raised, payloads)
        await self._connection.copy_records_to_table("alert", records=rows, columns=columns.ALERT)
        members = [(member, one.alert_id) for one in raised for member in one.members]
        await self._connection.copy_records_to_table("alert_member", records=members, columns=columns.ALERT_MEMBER)
        await outbox.enqueue(
            self._connection, [outgoing(one.event, p) for one, p in zip(raised, payloads, strict=True)]
        )

    async def _suspensions(self, query: str, *arguments: object) -> list[Suspension]:
        return [columns.suspension_of(row) for row in await self._connection.fetch(self._sql[query], *arguments)]


def _transposed(pupils: Collection[Pupil]) -> tuple[list[Any], list[Any]]:
    return [dfe_no for dfe_no, _ in pupils], [pupil_key for _, pupil_key in pupils]
