"""What others have to be told with a swap: where a topic's last word is not what the new state would have said.

What is told once and for all - alerts - is no such word: it was told, and stays told.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import asyncpg

from consumers.runtime import queries
from consumers.runtime.outbox import Outgoing
from consumers.runtime.replay.scope import Scope
from schemas.process.kafka import read_to_end
from schemas.process.settings import Settings
from schemas.topics import topics

_COMPACTED: Final = ("cleanup.policy", "compact")


class Subject(NamedTuple):
    """What a compacted topic keeps one word on."""

    topic: str
    partition: int
    key: str


Words = dict[Subject, bytes | None]


@dataclass(frozen=True, slots=True)
class Corrections:
    """What is to be told of the new state, and what the old one would have to tell if it served again."""

    forth: tuple[Outgoing, ...] = ()
    back: tuple[Outgoing, ...] = ()


async def corrections(
    connection: asyncpg.Connection, settings: Settings, live: str, built: str, scope: Scope
) -> Corrections:
    """The records to publish so that what was last told is what the built state would have told last.

    What the built state never spoke of is taken back, if it was rebuilt. Read while both states stand still.
    """
    rebuilt, headers = await _rebuilt(connection, built)
    told = await _told(connection, settings, live, {subject.topic for subject in rebuilt})
    wrong = sorted(one for one in rebuilt.keys() | told.keys() if rebuilt.get(one) != told.get(one))
    swap = uuid.uuid4().hex
    return Corrections(
        forth=tuple(
            Outgoing(*one, rebuilt.get(one), f"{swap}/{one.key}", headers.get(one, {}))
            for one in wrong
            if scope.speaks_of(one.key)
        ),
        back=tuple(Outgoing(*one, told.get(one), f"{swap}/{one.key}") for one in wrong),
    )


async def _rebuilt(connection: asyncpg.Connection, built: str) -> tuple[Words, dict[Subject, Mapping[str, str]]]:
    rows = await _outbox(connection, "last_words_statement", built)
    words = {Subject(*row[:3]): row["value"] for row in rows}
    return words, {Subject(*row[:3]): json.loads(row["headers"]) for row in rows}


async def _told(connection: asyncpg.Connection, settings: Settings, live: str, rebuilt: Iterable[str]) -> Words:
    """Unpublished words first, then the topics: one that is published meanwhile is met in at least one of the two."""
    rows = await _outbox(connection, "unpublished_words_statement", live)
    spoken = {row["topic"] for row in await _outbox(connection, "spoken_topics_statement", live)}
    words: Words = {}
    for topic in sorted({*rebuilt, *spoken}):
        records = await asyncio.to_thread(lambda name: list(read_to_end(settings, name)), topic)
        words |= {Subject(topic, record.partition, record.key): record.value for record in records}
    return words | {Subject(*row[:3]): row["value"] for row in rows}


async def _outbox(connection: asyncpg.Connection, statement: str, schema: str) -> list[asyncpg.Record]:
    compacted = [name for name, topic in topics().items() if _COMPACTED in topic.config]
    return await connection.fetch(
        await connection.fetchval(queries.load("consumers.runtime.replay")[statement], schema), compacted
    )
