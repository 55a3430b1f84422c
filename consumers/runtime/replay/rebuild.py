"""One replay from its beginning to the swap: make a shadow, fill it, catch up, compare, exchange.

Everything that a later start needs lies in the shadow: a replay that was killed at any point goes on by being started
again. One that is cancelled leaves nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from consumers.runtime import queries
from consumers.runtime.errors import FatalError
from consumers.runtime.migrations import migrate
from consumers.runtime.offsets import Place
from consumers.runtime.postgres import connect, lock, own_queries, translating
from consumers.runtime.replay import comparing, shadow
from consumers.runtime.replay.building import Builder, reached
from consumers.runtime.replay.comparing import Comparison
from consumers.runtime.replay.exchange import Exchange
from consumers.runtime.replay.scope import Scope, adopt
from consumers.runtime.replay.shadow import Replay, Shadow, kept_of, shadow_of
from consumers.runtime.replay.swapping import Telling, swap
from consumers.runtime.replay.waiting import CANCELLED, POLL_S, Building, Stillness
from consumers.runtime.replay.wanted import CancelledReplayError, Foresee, Outcome, Untold, Wanted, Watch
from consumers.runtime.work import Consumer, Delivery
from schemas.process.kafka import Admin
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings


@dataclass(slots=True)
class Workshop:
    """Everything for replays of one consumer; nobody else replays it while this is open."""

    consumer: Consumer
    settings: Settings
    connection: asyncpg.Connection
    watch: Watch
    cancel: StopRequest = field(default_factory=StopRequest)

    async def rebuild(self, wanted: Wanted) -> Outcome:
        """Build, catch up, compare, and swap if there is no difference, or if it is accepted.

        A shadow that is there already is gone on with.

        Raises:
            CancelledReplayError: it was cancelled; the shadow is gone.
            FatalError: it cannot be done; the message says what to do.
            RetryableError, BrokerError: a server did not answer; started again, the replay goes on.

        """
        target = shadow_of(self.consumer.name)
        if await shadow.exists(self.connection, target):
            await migrate(self.connection, target, self.consumer.package)
        else:
            await shadow.make(self.connection, self.consumer, Replay("building", wanted.options))
        try:
            await self._apply_earlier(wanted.earlier)
            async with self._builder(await self._shadow(wanted.scope), wanted.rows_per_s) as building:
                return await self._rebuilt(building, wanted)
        except CancelledReplayError:
            await shadow.remove(self.connection, target)
            raise

    async def _rebuilt(self, building: Building, wanted: Wanted) -> Outcome:
        target, started = building.builder.shadow.name, time.monotonic()
        await self._catch_up(building)
        rows, seconds = building.builder.rows, time.monotonic() - started
        await self._adopt(building, wanted.scope)
        comparison = await self._compare(building)
        untold = await self._foreseen(wanted.foresee) if wanted.foresee else ()
        await shadow.note(self.connection, target, "verified", comparison.report | {"untold": untold})
        held = None
        if wanted.accept_diff or not comparison.differences:
            exchange = Exchange(self.consumer, target, kept_of(self.consumer.name))
            held = await self._swap(building, exchange, wanted.scope)
        return Outcome(comparison, held, untold, rows, seconds)

    async def _shadow(self, scope: Scope) -> Shadow:
        """The consumer on its shadow; until the rest is adopted it leaves out what is none of its business.

        Only where every table names its school do schools not depend on one another.
        """
        target = shadow_of(self.consumer.name)
        noted = await shadow.replay_of(self.connection, target)
        tables = await comparing.tables(self.connection, target, self.consumer.history)
        adopted = noted is not None and noted.stage != "building"
        if adopted or any(table.school is None for table in tables):
            return Shadow(self.consumer, target)
        return Shadow(self.consumer, target, scope.concerns)

    async def _apply_earlier(self, deliveries: Iterable[Delivery]) -> None:
        """Apply what no topic holds any more, each once; position and order do not matter."""
        target = shadow_of(self.consumer.name)
        for one in deliveries:
            if self.cancel:
                raise CancelledReplayError(CANCELLED)
            async with self.connection.transaction():
                await self.connection.execute(own_queries()["set_search_path"], target)
                await lock(self.connection, one.lock)
                await self.consumer.apply(self.connection, one)
                note, begun = own_queries()["note_applied"], one.begun
                await self.connection.execute(note, begun.sender, begun.dataset, begun.delivery_seq)

    async def _adopt(self, building: Building, scope: Scope) -> None:
        """Take over what is not rebuilt from the state that serves, at a moment at which both have read the same."""
        if scope.is_everything:
            return
        self.watch.step("copying what is not rebuilt")
        live, built, still = self.consumer.name, building.builder.shadow.name, Stillness()
        while True:
            building.check()
            async with building.builder.standing_still():
                positions = [await comparing.positions(self.connection, schema) for schema in (live, built)]
                if positions[0] == positions[1]:
                    async with self.connection.transaction(isolation="repeatable_read"):
                        now = await comparing.positions(self.connection, live)
                        if now == positions[1]:
                            await adopt(self.connection, live, built, self.consumer.history, scope)
                            await self.connection.execute(own_queries()["set_search_path"], built)
                            await self.connection.execute(_sql()["note_stage"], "adopted", None)
                            building.builder.shadow.concerned = shadow.everything
                            return
            if still.for_long(positions[0]):
                raise FatalError(
                    f"{live} does not run, or is behind: what is not rebuilt can only be copied from a state that is "
                    "up to date. Start it (`pupilstream up`) and then this command again"
                )
            await asyncio.sleep(POLL_S)

    async def _swap(self, building: Building, exchange: Exchange, scope: Scope) -> float:
        self.watch.step("swapping")
        return await swap(self.connection, building, Telling(self.settings, exchange, scope), self.watch)

    async def trial(self, seconds: float) -> float | None:
        """How many rows a second this machine rebuilds, tried for a moment in a shadow that is removed again.

        None where an unfinished shadow is in the way, or there is nothing to read.
        """
        target = shadow_of(self.consumer.name)
        if await shadow.exists(self.connection, target):
            return None
        await shadow.make(self.connection, self.consumer, Replay("building", {}))
        try:
            async with self._builder(Shadow(self.consumer, target)) as building:
                started = time.monotonic()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._catch_up(building), seconds)
                return building.builder.rows / (time.monotonic() - started) or None
        finally:
            await shadow.remove(self.connection, target)

    async def roll_back(self) -> float:
        """Let the state before the last swap serve again, with all that has arrived since; for how long that held."""
        kept = kept_of(self.consumer.name)
        if not await shadow.exists(self.connection, kept):
            raise FatalError(f"No earlier state of {self.consumer.name} is kept: there is nothing to go back to")
        await migrate(self.connection, kept, self.consumer.package)
        async with self._builder(Shadow(self.consumer, kept)) as building:
            await self._catch_up(building)
            return await self._swap(building, Exchange(self.consumer, kept, kept), Scope())

    async def drop(self) -> list[str]:
        """Remove what does not serve: the state before the last swap, and an unfinished shadow. Their names."""
        names = [kept_of(self.consumer.name), shadow_of(self.consumer.name)]
        found = [name for name in names if await shadow.exists(self.connection, name)]
        for name in found:
            await shadow.remove(self.connection, name)
        return found

    async def _foreseen(self, foresee: Foresee) -> Sequence[Untold]:
        """What the shadow would tell if it served: its own tables, and the history of the state that does."""
        ahead = await connect(self.settings, shadow_of(self.consumer.name))
        try:
            for table in self.consumer.history:
                statement = await ahead.fetchval(_sql()["history_copy_statement"], self.consumer.name, table)
                await ahead.execute(statement)
            return await foresee(ahead)
        finally:
            ahead.terminate()

    @asynccontextmanager
    async def _builder(self, consumer: Shadow, rows_per_s: float = 0.0) -> AsyncIterator[Building]:
        builder = Builder(consumer, self.settings, rows_per_s)
        task = asyncio.create_task(builder.build())
        try:
            yield Building(builder, task, self.cancel)
        finally:
            builder.stop.set()
            await asyncio.gather(task, return_exceptions=True)

    async def _catch_up(self, building: Building) -> None:
        """Read all that is on the topics now."""
        self.watch.step("building")
        admin, topics = Admin(self.settings), self.consumer.topics
        firsts = await asyncio.to_thread(admin.first_offsets, topics)
        ends = await asyncio.to_thread(admin.end_offsets, topics)
        target = {Place(*place): end for place, end in ends.items() if end > firsts[place]}
        total = sum(end - firsts[place] for place, end in target.items())

        async def is_there() -> bool:
            found = await comparing.positions(self.connection, building.builder.shadow.name)
            read = (min(found.get(place, 0), end) - firsts[place] for place, end in target.items())
            self.watch.progress(sum(max(0, count) for count in read), total)
            return reached(found, target)

        await building.until(is_there)

    async def _compare(self, building: Building) -> Comparison:
        """Compare with the live state at a moment at which both have read the same, if there is one."""
        self.watch.step("comparing")
        live, built = self.consumer.name, building.builder.shadow.name
        still = Stillness()
        while True:
            building.check()
            async with building.builder.standing_still():
                moment = self.connection.transaction(isolation="repeatable_read", readonly=True)
                await moment.start()
                positions = [await comparing.positions(self.connection, schema) for schema in (live, built)]
            try:
                same_place = positions[0] == positions[1]
                if same_place or still.for_long(positions[0]):
                    history = self.consumer.history
                    return await comparing.compare(self.connection, live, built, history, same_place=same_place)
            finally:
                await moment.rollback()
            await asyncio.sleep(POLL_S)


@asynccontextmanager
async def workshop(
    consumer: Consumer, settings: Settings, watch: Watch, cancel: StopRequest | None = None
) -> AsyncIterator[Workshop]:
    """Everything for replays of one consumer, as long as the context is open.

    Raises:
        FatalError: somebody else replays it.

    """
    connection = await connect(settings, "public")
    try:
        with translating():
            if not await connection.fetchval(_sql()["take_replay_lock"], consumer.name):
                raise FatalError(f"Another replay of {consumer.name} is under way: wait for it, or end it")
            yield Workshop(consumer, settings, connection, watch, StopRequest() if cancel is None else cancel)
    finally:
        connection.terminate()


def _sql() -> Mapping[str, Any]:
    return queries.load("consumers.runtime.replay")
