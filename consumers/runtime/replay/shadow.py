"""A consumer's state under three names: the one that serves, the shadow that is being built, the one kept after a swap.

The consumer's own code runs on a shadow unchanged: the search path chooses the schema, and nobody publishes a
shadow's outbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from consumers.runtime import queries
from consumers.runtime.migrations import migrate
from consumers.runtime.postgres import own_queries
from consumers.runtime.work import Consumer, Work

ENGINE_HISTORY: Final = ("outbox", "outbox_progress")
"""What the engine has told others: it stays with the state that serves, whatever is rebuilt beside it."""
ENGINE_TABLES: Final = (*ENGINE_HISTORY, "position", "applied", "parked", "incident", "migration", "replay")
"""Not compared: they say how a state was made, not what it is."""


def shadow_of(name: str) -> str:
    """The schema in which a consumer's state is rebuilt."""
    return f"{name}_shadow"


def kept_of(name: str) -> str:
    """The schema in which the state before the last swap is kept."""
    return f"{name}_kept"


def everything(_work: Work) -> bool:
    """All work is the shadow's."""
    return True


@dataclass(slots=True)
class Shadow:
    """The same consumer, at work in another schema; it does the work that is `concerned`, and passes over the rest."""

    consumer: Consumer
    name: str
    concerned: Callable[[Work], bool] = everything

    @property
    def topics(self) -> tuple[str, ...]:
        """As the consumer's."""
        return self.consumer.topics

    @property
    def package(self) -> str:
        """As the consumer's."""
        return self.consumer.package

    @property
    def history(self) -> tuple[str, ...]:
        """As the consumer's."""
        return self.consumer.history

    async def apply(self, connection: asyncpg.Connection, work: Work) -> None:
        """As the consumer's."""
        if self.concerned(work):
            await self.consumer.apply(connection, work)


@dataclass(frozen=True, slots=True)
class Replay:
    """What is written down of a replay, in the schema that it makes: options, how far it is, what it found."""

    stage: str
    options: Mapping[str, Any]
    report: Mapping[str, Any] | None = None


async def exists(connection: asyncpg.Connection, schema: str) -> bool:
    """Whether there is such a state."""
    return bool(await connection.fetchval(_sql()["schema_exists"], schema))


async def make(connection: asyncpg.Connection, consumer: Consumer, begun: Replay) -> None:
    """Make an empty shadow that remembers what it is made for: all of it, or nothing."""
    shadow = shadow_of(consumer.name)
    async with connection.transaction():
        await migrate(connection, shadow, consumer.package)
        await connection.execute(_sql()["make_replay_table"])
        await connection.execute(_sql()["begin_replay"], json.dumps(begun.options))


async def remove(connection: asyncpg.Connection, schema: str) -> None:
    """Remove a state and all that is noted of it."""
    await connection.execute(await connection.fetchval(_sql()["drop_schema_statement"], schema))


async def replay_of(connection: asyncpg.Connection, schema: str) -> Replay | None:
    """The replay that makes, or made, a state; none made one that only ever served."""
    async with connection.transaction():
        await connection.execute(own_queries()["set_search_path"], schema)
        with suppress(asyncpg.UndefinedTableError):
            async with connection.transaction():
                row = await connection.fetchrow(_sql()["replay_of"])
                return None if row is None else Replay(row[0], json.loads(row[1]), json.loads(row[2] or "null"))
    return None


async def note(
    connection: asyncpg.Connection, schema: str, stage: str, report: Mapping[str, Any] | None = None
) -> None:
    """Write down how far the replay of a state is."""
    async with connection.transaction():
        await connection.execute(own_queries()["set_search_path"], schema)
        await connection.execute(_sql()["note_stage"], stage, None if report is None else json.dumps(report))


def _sql() -> Mapping[str, str]:
    return queries.load("consumers.runtime.replay")
