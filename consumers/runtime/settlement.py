"""The transaction in which a piece has its effect once: position, effects and note, together or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from consumers.runtime import offsets, parking
from consumers.runtime.database import Database
from consumers.runtime.errors import PoisonError
from consumers.runtime.lanes import Lane
from consumers.runtime.patience import Patience
from consumers.runtime.pieces import End, Flaw, Piece
from consumers.runtime.postgres import lock, own_queries
from consumers.runtime.work import Consumer, Delivery, Work
from schemas.errors import ContractError
from schemas.process import metrics
from schemas.process.log import get_logger


@dataclass(frozen=True, slots=True)
class Settlement:
    """Settles one piece after the other for one consumer."""

    consumer: Consumer
    database: Database
    patience: Patience
    limit: parking.ParkedLimit

    async def settle(self, lane: Lane, piece: Piece) -> bool:
        """Give a piece its effect, or note why it can have none, and move past it; false if another was ahead of us.

        Raises:
            RetryableError: the database did not do it for as long as we are patient; nothing was skipped.
            FatalError: too much was passed over, or the database refuses us.

        """
        if isinstance(piece, Flaw):
            self.limit.passed_over(piece)
        try:
            with metrics.APPLYING.labels(self.consumer.name).time():
                moved = await self.patience.insist(lambda attempt: self._attempt(lane, piece, attempt))
        except (PoisonError, ContractError) as error:
            if isinstance(piece, Flaw | End):
                raise
            return await self._without(lane, piece, error)
        if moved:
            self._moved(lane, piece)
        return moved

    async def _attempt(self, lane: Lane, piece: Piece, attempt: int) -> bool:
        """One try. If an earlier one ended in doubt and the position stands behind the piece, it had its effect."""
        async with self.database.transaction() as connection:
            if await offsets.move(connection, lane.place, mine=lane.next, new=piece.next_offset):
                await self._effects(connection, piece)
                return True
            found = (await offsets.read(connection, [lane.place])).get(lane.place)
            return attempt > 0 and found == piece.next_offset

    async def _effects(self, connection: asyncpg.Connection, piece: Piece) -> None:
        match piece:
            case Delivery(begun=begun):
                await lock(connection, piece.lock)
                await self.consumer.apply(connection, piece)
                note = own_queries()["note_applied"]
                await connection.execute(note, begun.sender, begun.dataset, begun.delivery_seq)
            case Flaw():
                await parking.note(connection, piece)
            case End():
                pass
            case _:
                await self.consumer.apply(connection, piece)

    async def _without(self, lane: Lane, work: Work, error: PoisonError | ContractError) -> bool:
        for piece in parking.without(work, error):
            if not await self.settle(lane, piece):
                return False
        return True

    def _moved(self, lane: Lane, piece: Piece) -> None:
        lane.next = piece.next_offset
        if isinstance(piece, Flaw):
            parking.alarm(piece)
            metrics.PASSED_OVER.labels(self.consumer.name, "torn" if piece.torn else "parked").inc()
        elif not isinstance(piece, End):
            self.limit.succeeded()
        if isinstance(piece, Delivery):
            begun, rows = piece.begun, piece.rows.height
            metrics.DELIVERIES.labels(self.consumer.name, begun.dataset).inc()
            metrics.ROWS.labels(self.consumer.name, begun.dataset).inc(rows)
            get_logger().info(
                "delivery_applied",
                sender=begun.sender,
                dataset=begun.dataset,
                delivery_seq=begun.delivery_seq,
                rows=rows,
            )
