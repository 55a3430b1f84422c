"""What the consumer keeps in Postgres of the council's calendar and of closed days, and the school days they make."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

import asyncpg

from consumers.exclusions.calendar import CalendarRow
from consumers.exclusions.handler import FiledCalendar, days_of_schools
from consumers.runtime import queries
from schemas.events import ClosedDays

_CALENDAR_ROW: Final = ("academic_year", "row", "dfe_no", "date_from", "date_to", "kind")


class CalendarStore:
    """One transaction's view of the calendar; the caller holds it alone."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection: Final = connection
        self._sql: Final = queries.load("consumers.exclusions")

    async def replace_rows(self, filed: FiledCalendar) -> list[int]:
        """Put a delivery's rows in place of those held, in the years for which none newer is held: these years."""
        taken = await self._connection.fetch(self._sql["take_calendar_years"], filed.years, filed.delivery_seq)
        years = [row["academic_year"] for row in taken]
        await self._connection.execute(self._sql["remove_calendar_rows"], years)
        rows = [
            (year, number, row.dfe_no, row.first, row.last, row.kind)
            for number, row in filed.rows
            for year in row.years()
            if year in years
        ]
        await self._connection.copy_records_to_table("calendar_row", records=rows, columns=_CALENDAR_ROW)
        return years

    async def save_closed_days(self, closed: Sequence[ClosedDays]) -> None:
        """Keep the closed days of schools, each the newest of its school and year."""
        for one in closed:
            await self._connection.execute(self._sql["save_closed_days"], one.dfe_no, one.academic_year, one.days)

    async def refresh(self, years: Collection[int], only: Collection[str] | None = None) -> set[str]:
        """Make the school days of these years anew, of these schools alone if any are named: those that changed."""
        changed: set[str] = set()
        for year in years:
            changed |= await self._refresh_year(year, only)
        return changed

    async def _refresh_year(self, year: int, only: Collection[str] | None) -> set[str]:
        rows = [CalendarRow(*row) for row in await self._connection.fetch(self._sql["calendar_rows"], year)]
        closed = {row["dfe_no"]: row["days"] for row in await self._connection.fetch(self._sql["closed_days"], year)}
        held = {row["dfe_no"]: tuple(row["days"]) for row in await self._connection.fetch(self._sql["held_days"], year)}
        days = days_of_schools(year, rows=rows, closed=closed, only=only)
        concerned = {*held, *days} if only is None else {*only}
        changed = {dfe_no for dfe_no in concerned if held.get(dfe_no) != days.get(dfe_no)}
        await self._save_days(year, {dfe_no: days.get(dfe_no) for dfe_no in changed})
        return changed

    async def _save_days(self, year: int, days: dict[str, tuple[date, ...] | None]) -> None:
        await self._connection.execute(self._sql["remove_days"], year, list(days))
        rows = [(dfe_no, year, met) for dfe_no, met in days.items() if met is not None]
        await self._connection.copy_records_to_table(
            "school_day", records=rows, columns=("dfe_no", "academic_year", "days")
        )
