"""Asks the tables what of them comes from one delivery, and tells it in lines."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from consumers.runtime import queries
from consumers.runtime.postgres import connect, translating
from schemas.errors import ConfigError
from schemas.process.settings import Settings

_DELIVERY: Final = re.compile(r"([0-9]{7}|council)/(attendance|exclusions|pupils|calendar)/([1-9][0-9]{0,9})")
MOST_LINES: Final = 50
"""So many single rows of one kind are told; of the others how many they are."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery by its name."""

    sender: str
    dataset: str
    seq: int

    @classmethod
    def named(cls, name: str) -> Delivery:
        """`SENDER/DATASET/SEQ`.

        Raises:
            ConfigError: it is no such name.

        """
        found = _DELIVERY.fullmatch(name)
        if found is None:
            raise ConfigError("DELIVERY is SENDER/DATASET/SEQ, for example 8309996/attendance/3")
        return cls(found[1], found[2], int(found[3]))


def impact(settings: Settings, name: str, echo: Callable[[str], None]) -> bool:
    """Print everything that a delivery changed and its alerts; whether there is such a delivery.

    Raises:
        ConfigError: as `Delivery.named`.
        RetryableError: the database did not answer.

    """
    lines = asyncio.run(_ask(settings, Delivery.named(name)))
    for line in lines or [f"There is no delivery {name}."]:
        echo(line)
    return bool(lines)


async def _ask(settings: Settings, delivery: Delivery) -> list[str]:
    connection = await connect(settings, "reporting")
    try:
        with translating():
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await _Impact(connection, delivery).lines()
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class _Impact:
    """One delivery as the tables know it."""

    connection: asyncpg.Connection
    delivery: Delivery

    async def lines(self) -> list[str]:
        one = self.delivery
        found = await self._fetch("delivery", one.sender, one.dataset, one.seq)
        if not found:
            return []
        newest = await self.connection.fetchval(self._sql("newest_delivery"), one.sender, one.dataset)
        passed = await self._fetch("passed_over", one.sender, one.dataset, one.seq)
        by_dataset: dict[str, Callable[[], Awaitable[list[str]]]] = {
            "attendance": self._attendance,
            "exclusions": self._exclusions,
            "pupils": self._pupils,
            "calendar": self._calendar,
        }
        return [
            *_file(found[0], one.seq, newest),
            *(f"NOT applied by {row['consumer']}: {row['reason']}" for row in passed),
            *await by_dataset[one.dataset](),
        ]

    async def _attendance(self) -> list[str]:
        of = (self.delivery.sender, self.delivery.seq)
        pupils = await self._fetch("attendance", *of)
        corrections = await self._fetch("corrections", *of)
        keys = await self._fetch("key_changes", *of)
        sessions = sum(row["sessions"] for row in pupils)
        return [
            f"{sessions:,} sessions of {len(pupils):,} pupils show a mark of this file; no later file covers them.",
            f"{len(corrections):,} marks were changed by it:" if corrections else "It changed no mark held before.",
            *_some(corrections, lambda row: f"{row['pupil_key']} {row['day']} {_half(row)}: {_marks(row)}"),
            *(f"  {row['old_key']} stands under {row['new_key']} in {row['academic_year']}" for row in keys),
            *await self._matches(),
        ]

    async def _exclusions(self) -> list[str]:
        of = (self.delivery.sender, self.delivery.seq)
        found = await self._fetch("suspensions", *of)
        alerts = await self._fetch("alerts", *of)
        return [
            f"{len(found):,} suspensions are shown as this file told them, or are missing since:",
            *_some(found, lambda row: f"{row['pupil_key']} {row['start_date']} {row['type']}{_vanished(row)}"),
            *await self._matches(),
            f"{len(alerts):,} alerts were raised by it:" if alerts else "No alert was raised by it.",
            *_some(alerts, _alert),
        ]

    async def _pupils(self) -> list[str]:
        (row,) = await self._fetch("children", self.delivery.seq)
        return [
            f"{row['children']:,} children of the index are as this file has them, {row['current']:,} of them current."
        ]

    async def _calendar(self) -> list[str]:
        years = [str(row["academic_year"]) for row in await self._fetch("calendar_years", self.delivery.seq)]
        return [f"School days of {', '.join(years)} come from it." if years else "A later calendar has replaced it."]

    async def _matches(self) -> list[str]:
        found = await self._fetch("matches", self.delivery.sender, self.delivery.dataset, self.delivery.seq)
        told = ", ".join(f"{row['pupils']:,} {row['outcome']}" for row in found)
        return [f"Who pupils are rests on rows of this file for: {told}."] if told else []

    async def _fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        return await self.connection.fetch(self._sql(query), *arguments)

    def _sql(self, query: str) -> str:
        return queries.load("deploy.impact")[query]


def _file(row: asyncpg.Record, seq: int, newest: int) -> list[str]:
    rows = f"{row['rows_accepted']:,} rows accepted, {row['rows_rejected'] or 0:,} refused"
    head = "the newest of its sender" if seq == newest else f"the newest of its sender is delivery {newest}"
    applied = (
        "not applied by every consumer yet" if row["applied_at"] is None else f"applied {row['applied_at']:%d %B %Y}"
    )
    return [f"{row['file_name']}, received {row['received_at']:%d %B %Y}: {rows}; {applied}; {head}."]


def _some(rows: Sequence[asyncpg.Record], line: Callable[[asyncpg.Record], str]) -> list[str]:
    told = [f"  {line(row)}" for row in rows[:MOST_LINES]]
    return [*told, f"  and {len(rows) - MOST_LINES:,} more"] if len(rows) > MOST_LINES else told


def _half(row: asyncpg.Record) -> str:
    return "afternoon" if row["half"] else "morning"


def _marks(row: asyncpg.Record) -> str:
    return f"{row['old_mark'] or 'blank'} became {row['new_mark'] or 'blank'}"


def _vanished(row: asyncpg.Record) -> str:
    return ": no longer reported" if row["vanished"] else ""


def _alert(row: asyncpg.Record) -> str:
    due: Any = f", due {row['due_date']}" if row["due_date"] else ""
    stands = "" if row["is_current"] else "; superseded since"
    return f"{row['kind']} of {row['pupil_id'] or 'a child not matched'}{due}{stands}"
