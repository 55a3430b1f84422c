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

from consumers.runtime.offsets import Place
from consumers.runtime.postgres import connect, translating
from consumers.runtime.progress import Progress, progress
from deploy import processes
from deploy.presence import is_present
from deploy.roles import CONSUMERS, ROLES, topics_read
from producers.watcher.waiting import swept_by, waiting_files
from schemas.codec import decode
from schemas.errors import PupilstreamError
from schemas.events import LedgerEntry
from schemas.process.kafka import Admin, read_to_end
from schemas.process.lifecycle import why_stopped
from schemas.process.settings import Settings
from schemas.topics import LEDGER


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer is behind the ledger."""

    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Look:
    """One look at everything that can move: files, where topics end, and how far each consumer is."""

    inbox_files: int
    ends: Mapping[tuple[str, int], int]
    progress: Mapping[str, Progress]
    watcher_has_swept: bool

    @property
    def parked(self) -> int:
        """Deliveries that no consumer could apply."""
        return sum(consumer.parked for consumer in self.progress.values())

    @property
    def unpublished(self) -> int:
        """Records of outboxes that are not on their topics yet."""
        return sum(consumer.unpublished for consumer in self.progress.values())

    def quiet(self, topics_read: Mapping[str, frozenset[str]]) -> bool:
        """Whether, as far as one look can tell, all work is done."""
        resting = self.watcher_has_swept and self.inbox_files == 0 and self.unpublished == 0
        return resting and all(map(self._at_the_end, topics_read.items()))

    def _at_the_end(self, consumer: tuple[str, frozenset[str]]) -> bool:
        name, read = consumer
        reached = self.progress[name].positions if name in self.progress else {}
        ends = {Place(*place): end for place, end in self.ends.items() if place[0] in read}
        return all(reached.get(place, 0) >= end for place, end in ends.items())


@dataclass(frozen=True, slots=True)
class Status:
    """What `pupilstream status` tells."""

    idle: bool
    processes: dict[str, dict[str, Any]]
    consumers: dict[str, Lag] = field(default_factory=dict)
    inbox_files: int = 0
    parked: int = 0
    held: int = 0
    unpublished: int = 0
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
            "held": self.held,
            "unpublished": self.unpublished,
            "freshness": self.freshness,
        }


def process_states(home: Path, *, embedded: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Each process of the home: `running` with its pid, `stopped`, or `stopped_itself` with its reason.

    One in a container of its own has no pid that says anything here.
    Further instances, which `pupilstream run` started, stand below the others while they run.
    """
    further = [name for name in processes.further_instances(home) if processes.find(name, home) is not None]
    names = (*embedded, *ROLES, *further)
    return {name: _process_state(home, name) for name in names}


async def look(settings: Settings, connection: asyncpg.Connection) -> Look:
    """Look once, in an order in which work that moves along is seen at least once: files, then ends, then positions."""
    watcher, sweeper = processes.find("watcher", settings.home), swept_by(settings.home)
    in_container = watcher is None and is_present("watcher", settings.home)
    swept = sweeper is not None and (in_container or (watcher is not None and sweeper == watcher.pid))
    inbox_files = waiting_files(settings)
    ends = Admin(settings).end_offsets(sorted(set().union(*topics_read(settings).values())))
    return Look(inbox_files, ends, await progress(connection, CONSUMERS), swept)


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
        idle = seen.quiet(topics_read(settings)) and seen == await look(settings, connection)
        lags = ledger_lags(settings, seen.progress)
        return Status(
            idle=idle,
            processes=states,
            consumers=lags,
            inbox_files=seen.inbox_files,
            parked=seen.parked,
            held=await _held(connection),
            unpublished=seen.unpublished,
            freshness=await _freshness(connection),
        )
    except PupilstreamError:
        return Status(idle=False, processes=states, inbox_files=waiting)
    finally:
        await connection.close()


def ledger_lags(settings: Settings, reached: Mapping[str, Progress]) -> dict[str, Lag]:
    """For each consumer, the published rows that it has not passed, and the age of the oldest of them in seconds."""
    entries = [decode(r.value, LedgerEntry) for r in read_to_end(settings, LEDGER) if r.value is not None]
    published = [entry for entry in entries if entry.state == "published"]
    now = settings.clock.now()
    return {
        name: _lag([entry for entry in published if entry.topic in read], reached.get(name), now)
        for name, read in topics_read(settings).items()
    }


def _lag(published: list[LedgerEntry], reached: Progress | None, now: datetime) -> Lag:
    positions = reached.positions if reached else {}
    behind = [
        entry
        for entry in published
        if positions.get(Place(entry.topic or "", entry.partition or 0), 0) < (entry.end_offset or 0)
    ]
    ages = [(now - entry.published_at).total_seconds() for entry in behind if entry.published_at is not None]
    return Lag(sum(entry.rows_accepted or 0 for entry in behind), round(max([*ages, 0.0]), 1))


def _process_state(home: Path, name: str) -> dict[str, Any]:
    running = processes.find(name, home)
    if running is not None:
        return {"state": "running", "pid": running.pid}
    if is_present(name, home):
        return {"state": "running", "pid": None}
    reason = why_stopped(home, name)
    if reason is None:
        return {"state": "stopped", "pid": None}
    return {"state": "stopped_itself", "pid": None, "reason": reason}


async def _held(connection: asyncpg.Connection) -> int:
    with translating():
        return int(await connection.fetchval("SELECT count(*) FROM reporting.delivery WHERE state = 'held'"))


async def _freshness(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    with translating():
        rows = await connection.fetch("SELECT * FROM reporting.freshness ORDER BY dfe_no, dataset")
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
