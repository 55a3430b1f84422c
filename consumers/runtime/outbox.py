"""What a consumer wants published, kept in the same transaction as the effects that give rise to it.

The relay sends it later, in order, each record once. Nothing here speaks to Kafka.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from consumers.runtime.postgres import own_queries


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to publish on a catalogue topic.

    `outbox_key` is the same for the same fact, however often its work is applied: a known key is not queued again.
    """

    topic: str
    partition: int
    key: str
    value: bytes | None
    outbox_key: str
    headers: Mapping[str, str] = field(default_factory=dict)


async def enqueue(connection: asyncpg.Connection, outgoing: Sequence[Outgoing]) -> None:
    """Queue records inside the open transaction, in order; the relay is told when it commits."""
    if not outgoing:
        return
    await connection.execute(
        own_queries()["enqueue"],
        [record.topic for record in outgoing],
        [record.partition for record in outgoing],
        [record.key for record in outgoing],
        [record.value for record in outgoing],
        [json.dumps(dict(record.headers)) for record in outgoing],
        [record.outbox_key for record in outgoing],
    )
