"""What the attendance consumer keeps in Postgres. Every call is inside the engine's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

import asyncpg

from consumers.attendance.codes import Counts
from consumers.attendance.enrolment import Enrolment, HeldYear, Particulars, SchoolYear, YearChanges
from consumers.attendance.keys import KeyChange
from consumers.attendance.sessions import Sessions
from consumers.runtime import queries
from consumers.runtime.postgres import stage

_ENROLMENT: Final = {
    "academic_year": "academic_year",
    "pupil_key": "pupil_key",
    "delivery_seq": "delivery_seq",
    "upn": "particulars.upn",
    "admission_number": "particulars.admission_number",
    "enrolment_status": "particulars.enrolment_status",
    "part_time": "particulars.part_time",
    "status_from": "particulars.start_date",
    "status_seq": "particulars.delivery_seq",
    "first_week": "sessions.first_week",
    "last_week": "sessions.last_week",
    "marks": "sessions.marks",
    "kinds": "sessions.kinds",
    "seqs": "sessions.seqs",
    "possible": "counts.possible",
    "attended": "counts.attended",
    "authorised": "counts.authorised",
    "unauthorised": "counts.unauthorised",
    "late_before": "counts.late_before",
    "late_after": "counts.late_after",
    "no_mark": "counts.no_mark",
    "unknown_mark": "counts.unknown_mark",
}
"""Columns in the order in which they are read and written, and where an enrolment has them."""
_CORRECTION: Final = (
    "academic_year", "pupil_key", "week_start", "session", "old_mark", "new_mark", "delivery_seq",
)  # fmt: skip
_KEY_CHANGE: Final = ("old_key", "new_key", "delivery_seq")


class Store:
    """One school in one transaction."""

    def __init__(self, connection: asyncpg.Connection, dfe_no: str) -> None:
        self._connection: Final = connection
        self._dfe_no: Final = dfe_no
        self._sql: Final = queries.load("consumers.attendance")

    async def held(self, years: Sequence[int]) -> dict[int, HeldYear]:
        """What is kept of some academic years; of one never met, nothing."""
        enrolments: dict[int, list[Enrolment]] = {year: [] for year in years}
        for record in await self._fetch("held_enrolments", years):
            enrolments[record[0]].append(_enrolment(record))
        changes: dict[int, list[KeyChange]] = {year: [] for year in years}
        for year, *change in await self._fetch("held_key_changes", years):
            changes[year].append(KeyChange(*change))
        known = {year: SchoolYear(year) for year in years}
        for year, *columns in await self._fetch("held_school_years", years):
            known[year] = SchoolYear(year, *map(tuple, columns))
        return {year: HeldYear(tuple(enrolments[year]), tuple(changes[year]), known[year]) for year in years}

    async def save(self, changes: Iterable[YearChanges]) -> None:
        """Everything a delivery changes."""
        years = list(changes)
        for year in years:
            await self._save_keys(year)
        await self._save_enrolments(years)
        await self._save_corrections(years)
        for school_year in (year.school_year for year in years if year.school_year):
            await self._execute("put_school_year", *_columns(school_year))

    async def _save_keys(self, year: YearChanges) -> None:
        if year.key_changes:
            columns = [[getattr(change, name) for change in year.key_changes] for name in _KEY_CHANGE]
            await self._execute("note_key_changes", year.academic_year, *columns)
        if year.moves:
            old, new = [move.old_key for move in year.moves], [move.new_key for move in year.moves]
            await self._execute("remove_enrolments", year.academic_year, old)
            await self._execute("move_corrections", year.academic_year, old, new)

    async def _save_enrolments(self, years: Iterable[YearChanges]) -> None:
        values = attrgetter(*_ENROLMENT.values())
        rows = [(self._dfe_no, *values(enrolment)) for year in years for enrolment in year.enrolments]
        if rows:
            await stage(self._connection, "enrolment", ("dfe_no", *_ENROLMENT), rows)
            await self._connection.execute(self._sql["merge_enrolments"])

    async def _save_corrections(self, years: Iterable[YearChanges]) -> None:
        values = attrgetter(*_CORRECTION)
        rows = [(self._dfe_no, *values(correction)) for year in years for correction in year.corrections]
        if rows:
            await stage(self._connection, "register_correction", ("dfe_no", *_CORRECTION), rows)
            await self._connection.execute(self._sql["merge_corrections"])

    async def _fetch(self, name: str, years: Sequence[int]) -> list[asyncpg.Record]:
        return await self._connection.fetch(self._sql[name], self._dfe_no, years)

    async def _execute(self, name: str, *arguments: object) -> None:
        await self._connection.execute(self._sql[name], self._dfe_no, *arguments)


def _columns(school_year: SchoolYear) -> tuple[object, ...]:
    return (
        school_year.academic_year,
        school_year.codes,
        school_year.am,
        school_year.pm,
        school_year.covered_days,
        school_year.closed_days,
    )


def _enrolment(record: asyncpg.Record) -> Enrolment:
    """By position, in the order of `_ENROLMENT`."""
    year, key, seq, *values = record
    return Enrolment(year, key, seq, Particulars(*values[:6]), Sessions(*values[6:11]), Counts(*values[11:]))
