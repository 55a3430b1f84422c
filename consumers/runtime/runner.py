"""The loop of every consumer: from what has arrived to its effect, in order, once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from consumers.runtime import offsets
from consumers.runtime.database import Database
from consumers.runtime.group import Group
from consumers.runtime.migrations import migrate
from consumers.runtime.offsets import Place
from consumers.runtime.parking import ParkedLimit
from consumers.runtime.patience import GIVE_UP_AFTER_S, Patience
from consumers.runtime.settlement import Settlement
from consumers.runtime.work import Consumer
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings


async def run(
    consumer: Consumer, settings: Settings, stop: StopRequest, *, give_up_after_s: float = GIVE_UP_AFTER_S
) -> None:
    """Give every committed record of the consumer's topics its effect, until asked to stop.

    1. Take what has arrived, by partition, each read from where Postgres says.
    2. Put it together: whole deliveries that agree with themselves, or flaws.
    3. In one transaction: move the position from where we believe it is, lock, apply, note.
    4. Let the broker know, for tools that measure lag.
    5. If the position was elsewhere, another was ahead: forget what has arrived, read on from where it is.

    Raises:
        RetryableError: the database did not do its part for as long as we are patient; nothing was skipped.
        BrokerError: the broker does not let us read.
        FatalError: to go on would do harm.

    """
    patience = Patience(stop, give_up_after_s)
    async with _opened(consumer, settings, patience) as (group, settlement):
        async for lane, piece in group.pieces(stop):  # 1, 2
            if await settlement.settle(lane, piece):  # 3
                group.note_done(lane)  # 4
            else:
                await group.rewind(lane)  # 5


@asynccontextmanager
async def _opened(
    consumer: Consumer, settings: Settings, patience: Patience
) -> AsyncIterator[tuple[Group, Settlement]]:
    database = Database(settings, consumer.name)

    async def prepare(_attempt: int) -> None:
        async with database.transaction() as connection:
            await migrate(connection, consumer.name, consumer.package)

    async def positions(places: Sequence[Place]) -> dict[Place, int]:
        async def read(_attempt: int) -> dict[Place, int]:
            async with database.transaction() as connection:
                return await offsets.read(connection, places)

        return await patience.insist(read)

    try:
        await patience.insist(prepare)
        async with Group(settings, consumer.name, consumer.topics, positions) as group:
            yield group, Settlement(consumer, database, patience, ParkedLimit(settings.parked_limit))
    finally:
        database.discard()
