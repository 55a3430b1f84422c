"""What the relay does in one session: learn what the topics hold, and publish what they lack, batch by batch."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

from consumers.runtime.offsets import Place
from consumers.runtime.postgres import own_queries
from schemas.process import metrics
from schemas.process.kafka import TransactionalProducer, read_to_end
from schemas.process.log import get_logger
from schemas.process.settings import Settings

BATCH: Final = 2_000
KEY_HEADER: Final = "outbox_key"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes the outboxes of some schemas over one connection and one open producer.

    Errors of the driver pass through; after any of them, or a `BrokerError`, nothing more may be asked of it.
    """

    settings: Settings
    schemas: Sequence[str]
    connection: asyncpg.Connection
    producer: TransactionalProducer

    async def mark_what_is_there(self) -> None:
        """Mark as published what is in its topic already; only after the producer has been opened is that certain."""
        for schema in self.schemas:
            for topic in await self._waiting_topics(schema):
                async with self._in(schema):
                    rows = await self.connection.fetch(own_queries()["outbox_progress"], topic)
                known, ends = await asyncio.to_thread(
                    self._read, topic, {row["partition"]: row["next"] for row in rows}
                )
                await self._mark(schema, known, ends)

    async def publish_all(self) -> int:
        """Publish one batch of each outbox; how many records that were."""
        metrics.turned()
        return sum([await self._publish_batch(schema) for schema in self.schemas])

    async def _publish_batch(self, schema: str) -> int:
        """1. Fetch. 2. One Kafka transaction. 3. Mark, with what we now know of the topics, in one of Postgres."""
        async with self._in(schema):
            rows = await self.connection.fetch(own_queries()["unpublished"], BATCH)  # 1
        if rows:
            ends = await asyncio.to_thread(self._send, rows)  # 2
            await self._mark(schema, [row["outbox_key"] for row in rows], ends)  # 3
            metrics.RELAYED.labels(schema).inc(len(rows))
            get_logger().info("outbox_published", schema=schema, count=len(rows))
        return len(rows)

    async def _mark(self, schema: str, known: Sequence[str], ends: Mapping[Place, int]) -> None:
        topics, partitions = [place.topic for place in ends], [place.partition for place in ends]
        async with self._in(schema):
            await self.connection.execute(own_queries()["note_published"], self.settings.clock.now(), known)
            query = own_queries()["note_outbox_progress"]
            await self.connection.execute(query, topics, partitions, [*ends.values()])

    async def _waiting_topics(self, schema: str) -> list[str]:
        async with self._in(schema):
            return [row["topic"] for row in await self.connection.fetch(own_queries()["unpublished_topics"])]

    @asynccontextmanager
    async def _in(self, schema: str) -> AsyncIterator[None]:
        """A transaction in which unqualified names mean this schema."""
        async with self.connection.transaction():
            await self.connection.execute(own_queries()["set_search_path"], schema)
            yield

    # These run on another thread: the client of Kafka blocks.

    def _read(self, topic: str, starts: Mapping[int, int]) -> tuple[list[str], dict[Place, int]]:
        known: list[str] = []
        ends: dict[Place, int] = {}
        for record in read_to_end(self.settings, topic, starts):
            ends[Place(topic, record.partition)] = record.offset + 1
            known += [record.headers[KEY_HEADER]] if KEY_HEADER in record.headers else []
        return known, ends

    def _send(self, rows: Sequence[asyncpg.Record]) -> dict[Place, int]:
        self.producer.begin()
        for row in rows:
            headers = json.loads(row["headers"]) | {KEY_HEADER: row["outbox_key"]}
            self.producer.send_one(row["topic"], row["partition"], row["key"], row["value"], headers)
        self.producer.flush()
        places = {Place(row["topic"], row["partition"]) for row in rows}
        ends = {place: self.producer.offset_after(*place) for place in places}
        self.producer.commit()
        return ends
