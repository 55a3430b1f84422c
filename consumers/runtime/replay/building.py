"""Fills a shadow from the topics, with the engine's own parts: lanes, blocks, settlement, and the consumer's handler.

Positions lie in the shadow, so that a builder that was killed goes on where it was. It joins no consumer group and
leaves nothing on the broker.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from confluent_kafka import TopicPartition

from consumers.runtime import offsets
from consumers.runtime.database import Database
from consumers.runtime.group import Group, Positions
from consumers.runtime.offsets import Place
from consumers.runtime.parking import ParkedLimit
from consumers.runtime.patience import GIVE_UP_AFTER_S, Patience
from consumers.runtime.pieces import Piece
from consumers.runtime.replay.shadow import Shadow
from consumers.runtime.settlement import Settlement
from consumers.runtime.work import Delivery, Records
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings
from schemas.topics import topics


class Reader(Group):
    """Reads all partitions of its topics alone, each from where Postgres says."""

    def _subscribe(self) -> None:
        partitions = [
            TopicPartition(self._settings.topic(topic), number)
            for topic in self._topics
            for number in range(topics()[topic].partitions)
        ]
        self._on_assign(self._consumer, partitions)


@dataclass(slots=True)
class Builder:
    """One shadow being filled. `rows_per_s` holds it back, 0 does not; `rows` counts what it has applied itself."""

    shadow: Shadow
    settings: Settings
    rows_per_s: float = 0.0
    rows: int = 0
    stop: StopRequest = field(default_factory=StopRequest)
    _between: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def build(self) -> None:
        """Give everything on the topics its effect in the shadow, and what arrives while we are at it, until stopped.

        Raises:
            RetryableError, BrokerError: a server did not do its part for as long as we are patient.
            FatalError: to go on would do harm.

        """
        patience = Patience(self.stop, GIVE_UP_AFTER_S)
        database = Database(self.settings, self.shadow.name)
        settlement = Settlement(self.shadow, database, patience, ParkedLimit(self.settings.parked_limit))
        try:
            async with Reader(
                self.settings, self.shadow.name, self.shadow.topics, _positions(database, patience)
            ) as reader:
                async for lane, piece in reader.pieces(self.stop):
                    async with self._between:
                        if self.stop:
                            return
                        if not await settlement.settle(lane, piece):
                            await reader.rewind(lane)
                    await self._hold_back(_rows(piece))
        finally:
            database.discard()

    @asynccontextmanager
    async def standing_still(self) -> AsyncIterator[None]:
        """Nothing is being applied to the shadow as long as the context is open."""
        async with self._between:
            yield

    async def _hold_back(self, rows: int) -> None:
        self.rows += rows
        if self.rows_per_s:
            await asyncio.to_thread(self.stop.wait, rows / self.rows_per_s)


def reached(positions: Mapping[Place, int], target: Mapping[Place, int]) -> bool:
    """Whether nothing that lies before the target is left to do."""
    return all(positions.get(place, 0) >= end for place, end in target.items())


def _rows(piece: Piece) -> int:
    if isinstance(piece, Delivery):
        return piece.rows.height
    return len(piece.records) if isinstance(piece, Records) else 0


def _positions(database: Database, patience: Patience) -> Positions:
    async def positions(places: Sequence[Place]) -> dict[Place, int]:
        async def read(_attempt: int) -> dict[Place, int]:
            async with database.transaction() as connection:
                return await offsets.read(connection, places)

        return await patience.insist(read)

    return positions
