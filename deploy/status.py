"""How an installation does: its processes, how far each consumer is behind, and whether all work is done.

Lag is measured against the ledger's end offsets, never against watermarks. `idle` compares two looks: nothing waits,
every consumer stands at the end of every topic it reads, and nothing moved in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from consumers.runtime.postgres import connect, translating
from deploy import processes
from deploy.roles import CONSUMERS, ROLES, TOPICS_READ, WITH_OUTBOX
from producers.watcher.waiting import waiting_files
from schemas.codec import decode
from schemas.errors import PupilstreamError
from schemas.events import LedgerEntry
from schemas.process.kafka import Admin, read_to_end
from schemas.process.settings import Settings
from schemas.topics import LEDGER

Places = Mapping[tuple[str, int], int]
"""Offsets by (catalogue topic, partition)."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer is behind the ledger."""

    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Look:
    """One look at everything that can move."""

    inbox_files: int
    ends: Places
    positions: Mapping[str, Places]
    unpublished: int
    parked: int

    @property
    def quiet(self) -> bool:
        """Whether, as far as one look can tell, all work is done."""
        return self.inbox_files == 0 and self.unpublished == 0 and all(map(self._at_the_end, self.positions))

    def _at_the_end(self, name: str) -> bool:
        reached = self.positions[name]
        read = {place: end for place, end in self.ends.items() if place[0] in TOPICS_READ[name]}
        return all(reached.get(place, 0) >= end for place, end in read.items())


@dataclass(frozen=True, slots=True)
class Status:
    """What `pupilstream status` tells."""

    idle: bool
    processes: dict[str, dict[str, Any]]
    consumers: dict[str, Lag] = field(default_factory=dict)
    inbox_files: int = 0
    parked: int = 0
    freshness: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values, in the contract's words."""
        return {
            "idle": self.idle,
            "processes": self.processes,
            "consumers": {
                name: {"lag_rows": lag.rows, "lag_seconds": lag.seconds} for name, lag in self.consumers.items()
            },
            "inbox_files": self.inbox_files,
            "parked": self.parked,
            "freshness": self.freshness,
        }


def process_states(home: Path, *, embedded: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Each process of the home: `running` with its pid, `stopped`, or `stopped_itself` with its reason on file."""
    names = (*embedded, *ROLES)
    return {name: _process_state(home, name) for name in names}


async def look(settings: Settings, connection: asyncpg.Connection) -> Look:
    """Look once, in an order in which work that moves along is seen at least once: files, ends, positions, outboxes."""
    inbox_files = waiting_files(settings)
    ends = Admin(settings).end_offsets(sorted(set().union(*TOPICS_READ.values())))
    positions = {name: await _positions(connection, name) for name in CONSUMERS}
    unpublished, parked = 0, 0
    with translating():
        for name in WITH_OUTBOX:
            unpublished += await connection.fetchval(
                f"SELECT count(*) FROM {name}.outbox WHERE published_at IS NULL"  # noqa: S608 - a name of ours
            )
        for name in CONSUMERS:
            parked += await connection.fetchval(f"SELECT count(*) FROM {name}.parked")  # noqa: S608 - as above
    return Look(inbox_files, ends, positions, unpublished, parked)


async def is_idle(settings: Settings, connection: asyncpg.Connection) -> bool:
    """Whether two looks, one after the other, see the same and nothing to do."""
    first = await look(settings, connection)
    return first.quiet and first == await look(settings, connection)


async def status(settings: Settings, *, embedded: Sequence[str]) -> Status:
    """Everything that can be told; what a stopped server would have told is left out."""
    states = process_states(settings.home, embedded=embedded)
    waiting = waiting_files(settings)
    try:
        connection = await connect(settings, "public")
    except PupilstreamError:
        return Status(idle=False, processes=states, inbox_files=waiting)
    try:
        seen = await look(settings, connection)
        idle = seen.quiet and seen == await look(settings, connection)
        lags = ledger_lags(settings, seen.positions)
        return Status(idle, states, lags, seen.inbox_files, seen.parked, await _freshness(connection))
    except PupilstreamError:
        return Status(idle=False, processes=states, inbox_files=waiting)
    finally:
        await connection.close()


def ledger_lags(settings: Settings, positions: Mapping[str, Places]) -> dict[str, Lag]:
    """For each consumer, the published rows that it has not passed, and the age of the oldest of them in seconds."""
    entries = [decode(r.value, LedgerEntry) for r in read_to_end(settings, LEDGER) if r.value is not None]
    published = [entry for entry in entries if entry.state == "published" and entry.topic is not None]
    now = settings.clock.now()
    return {name: _lag(published, TOPICS_READ[name], positions[name], now) for name in CONSUMERS}


def _lag(published: list[LedgerEntry], read: frozenset[str], reached: Places, now: datetime) -> Lag:
    behind = [
        entry
        for entry in published
        if entry.topic in read and reached.get((entry.topic, entry.partition or 0), 0) < (entry.end_offset or 0)
    ]
    ages = [(now - entry.published_at).total_seconds() for entry in behind if entry.published_at is not None]
    return Lag(sum(entry.rows_accepted or 0 for entry in behind), round(max([*ages, 0.0]), 1))


def _process_state(home: Path, name: str) -> dict[str, Any]:
    running = processes.find(name, home)
    if running is not None:
        return {"state": "running", "pid": running.pid}
    stopped_itself = (home / "run" / f"{name}.stopped").exists()
    return {"state": "stopped_itself" if stopped_itself else "stopped", "pid": None}


async def _positions(connection: asyncpg.Connection, name: str) -> Places:
    with translating():
        rows = await connection.fetch(f"SELECT topic, partition, next FROM {name}.position")  # noqa: S608 - a name of ours
    return {(row["topic"], row["partition"]): row["next"] for row in rows}


async def _freshness(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    with translating():
        rows = await connection.fetch("SELECT * FROM reporting.freshness ORDER BY dfe_no, dataset")
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
