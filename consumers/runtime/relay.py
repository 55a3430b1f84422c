"""From the outboxes to Kafka: every record once, in the order of its outbox, whatever dies in between.

One relay at a time, by a lock that its connection holds; a relay that sleeps loses connection and lock after a while,
and another one takes over. Its transactional id is stable, so that opening a producer fences an older relay that does
not know yet that it has lost the lock, and settles the transaction it left open. Only then are the topics read, to
learn which records are in them: what a crash between Kafka's commit and ours has left unmarked. Any doubt, on either
side, ends the session; the next one begins in the same way.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from consumers.runtime.errors import FatalError, RetryableError
from consumers.runtime.patience import GIVE_UP_AFTER_S, Patience
from consumers.runtime.postgres import DRIVER_ERRORS, connect, own_queries, translating
from consumers.runtime.publishing import Publisher
from schemas.errors import BrokerError
from schemas.process import metrics
from schemas.process.kafka import TransactionalProducer
from schemas.process.lifecycle import StopRequest
from schemas.process.log import get_logger
from schemas.process.settings import Settings

NAME: Final = "relay"
CHANNEL: Final = "outbox"
POLL_S: Final = 1.0
FENCED_AGAIN_WITHIN_S: Final = 600.0
LEASE_S: Final = 120.0
"""For so long the relay may say nothing to Postgres: longer than any call of Kafka's client takes."""


async def relay(
    settings: Settings,
    schemas: Sequence[str],
    stop: StopRequest,
    *,
    give_up_after_s: float = GIVE_UP_AFTER_S,
    lease_s: float = LEASE_S,
) -> None:
    """Publish what the outboxes of these schemas hold, until asked to stop.

    Raises:
        RetryableError: database or broker did not do their part for as long as we are patient.
        FatalError: another relay publishes besides this one.

    """
    sessions = _Sessions(settings, schemas, stop, lease_s)
    patience = Patience(stop, give_up_after_s)
    while not stop:
        await patience.insist(lambda _attempt: sessions.run())


@dataclass(slots=True)
class _Sessions:
    """One session after the other; each begins without knowing anything."""

    settings: Settings
    schemas: Sequence[str]
    stop: StopRequest
    lease_s: float
    _fenced_at: float = -math.inf
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Publish until asked to stop, or until something fails after all outboxes were empty once.

        Raises:
            RetryableError: something failed before.

        """
        caught_up = False
        try:
            async with self._opened() as publisher:
                while publisher is not None and not self.stop:
                    if not await publisher.publish_all():
                        caught_up = True
                        await self._wait()
        except RetryableError as error:
            if not caught_up:
                raise
            get_logger().warning("relay_disturbed", message=str(error))

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Publisher | None]:
        connection = await connect(self.settings, NAME)
        try:
            with translating():
                await connection.execute(own_queries()["set_lease"], f"{self.lease_s:.0f}s")
                await connection.add_listener(CHANNEL, lambda *_: self._woken.set())
                if not await self._is_the_relay(connection):
                    yield None
                    return
                with TransactionalProducer(self.settings, NAME) as producer:
                    publisher = Publisher(self.settings, self.schemas, connection, producer)
                    await publisher.mark_what_is_there()
                    yield publisher
        except BrokerError as error:
            await self._judge(error, connection)
            raise RetryableError(str(error)) from None
        finally:
            connection.terminate()

    async def _is_the_relay(self, connection: asyncpg.Connection) -> bool:
        """Wait until no other is; false if asked to stop before."""
        while not await connection.fetchval(own_queries()["take_relay_lock"]):
            if self.stop:
                return False
            await self._wait()
        return True

    async def _wait(self) -> None:
        """Until something is queued, or for a moment: a notice may be lost with its connection."""
        metrics.turned()
        try:
            await asyncio.wait_for(self._woken.wait(), POLL_S)
        except TimeoutError:
            return
        self._woken.clear()

    async def _judge(self, error: BrokerError, connection: asyncpg.Connection) -> None:
        """What a fenced relay does next.

        Without the lock it has slept while another took over: it waits for its turn, as at the start. With the lock it
        was only slow, and the broker had ended its transaction by the clock; or somebody who knows nothing of the lock
        uses its transactional id.
        """
        if not error.fenced:
            return
        if not await _has_the_lock(connection):
            get_logger().warning("relay_was_replaced", code=error.code)
            return
        again = time.monotonic() - self._fenced_at <= FENCED_AGAIN_WITHIN_S
        self._fenced_at = time.monotonic()
        if again:
            raise FatalError(
                "Another relay publishes to this broker: see that no second installation uses the same broker and "
                "topic prefix, then start again"
            )
        get_logger().warning("relay_was_too_slow", code=error.code)


async def _has_the_lock(connection: asyncpg.Connection) -> bool:
    try:
        return bool(await connection.fetchval(own_queries()["take_relay_lock"]))
    except DRIVER_ERRORS:  # the lock went with the connection
        return False
