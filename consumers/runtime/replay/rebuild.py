"""One replay from its beginning to the swap: make a shadow, fill it, catch up, compare, exchange.

Everything that a later start needs lies in the shadow: a replay that was killed at any point goes on by being started
again. One that is cancelled leaves nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import asyncpg

from consumers.runtime import queries
from consumers.runtime.errors import FatalError
from consumers.runtime.migrations import migrate
from consumers.runtime.offsets import Place
from consumers.runtime.postgres import connect, lock, own_queries, translating
from consumers.runtime.replay import comparing, shadow
from consumers.runtime.replay.building import Builder, reached
from consumers.runtime.replay.comparing import Comparison
from consumers.runtime.replay.exchange import Exchange, NotNowError
from consumers.runtime.replay.scope import Scope, adopt
from consumers.runtime.replay.shadow import Replay, Shadow, kept_of, shadow_of
from consumers.runtime.replay.telling import Corrections, corrections
from consumers.runtime.work import Consumer, Delivery
from schemas.errors import PupilstreamError
from schemas.process.kafka import Admin
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings

POLL_S: Final = 0.1
AT_REST_S: Final = 10.0
"""A live consumer that has not moved for so long does not run: it is waited for no longer."""
SWAP_PATIENCE_S: Final = 900.0
CANCELLED: Final = "The replay was cancelled: nothing is left of it"


class CancelledReplayError(PupilstreamError):
    """Somebody asked for the replay to end; it has left nothing."""


class Watch(Protocol):
    """Whoever watches a replay."""

    def step(self, what: str) -> None:
        """A step begins."""

    def progress(self, done: int, total: int) -> None:
        """So many of the messages to read have been read."""


Untold = Mapping[str, Any]
"""Something not told, as plain values."""
Foresee = Callable[[asyncpg.Connection], Awaitable[Sequence[Untold]]]
"""Asks a rebuilt state, beside the history of the one that serves, what it would tell."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a replay is to do.

    `earlier`: deliveries that no topic holds any more, from wherever they are kept. `options`: what decides how the
    shadow is made, as plain values. `rows_per_s` holds the building back; 0 does not.
    """

    accept_diff: bool = False
    rows_per_s: float = 0.0
    scope: Scope = field(default_factory=Scope)
    earlier: Iterable[Delivery] = ()
    foresee: Foresee | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a replay.

    `held_s`: how long the live consumer was held for the swap, None where none took place. `untold`: what the new state
    would tell beyond what was told; it waits for a person.
    """

    comparison: Comparison
    held_s: float | None
    untold: Sequence[Untold]
    rows: int
    seconds: float


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

    async def _rebuilt(self, building: _Building, wanted: Wanted) -> Outcome:
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

    async def _adopt(self, building: _Building, scope: Scope) -> None:
        """Take over what is not rebuilt from the state that serves, at a moment at which both have read the same."""
        if scope.is_everything:
            return
        self.watch.step("copying what is not rebuilt")
        live, built, still = self.consumer.name, building.builder.shadow.name, _Stillness()
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
    async def _builder(self, consumer: Shadow, rows_per_s: float = 0.0) -> AsyncIterator[_Building]:
        builder = Builder(consumer, self.settings, rows_per_s)
        task = asyncio.create_task(builder.build())
        try:
            yield _Building(builder, task, self.cancel)
        finally:
            builder.stop.set()
            await asyncio.gather(task, return_exceptions=True)

    async def _catch_up(self, building: _Building) -> None:
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

    async def _compare(self, building: _Building) -> Comparison:
        """Compare with the live state at a moment at which both have read the same, if there is one."""
        self.watch.step("comparing")
        live, built = self.consumer.name, building.builder.shadow.name
        still = _Stillness()
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

    async def _swap(self, building: _Building, exchange: Exchange, scope: Scope) -> float:
        self.watch.step("swapping")
        await exchange.prepare(self.connection)
        deadline, patient_until = time.monotonic() + SWAP_PATIENCE_S, time.monotonic() + AT_REST_S
        telling = _Telling(self.settings, exchange, scope)
        while True:
            building.check()
            try:
                async with building.builder.standing_still():
                    told = await telling.up_to_date(self.connection)
                    may_lead = time.monotonic() > patient_until
                    held = await exchange.attempt(self.connection, told, may_lead=may_lead)
                    building.builder.stop.set()
                    return held
            except NotNowError as error:
                if time.monotonic() > deadline:
                    raise FatalError(
                        f"The swap could not be made in {SWAP_PATIENCE_S:.0f} s: {error}. Nothing has changed; "
                        "start the same command again when it is quieter"
                    ) from None
                self.watch.step(f"waiting to swap: {error}")
            await asyncio.sleep(POLL_S)


@dataclass(slots=True)
class _Telling:
    """What the others have to be told at the swap, worked out anew when the new state has read on."""

    settings: Settings
    exchange: Exchange
    scope: Scope
    _reached: Mapping[Place, int] | None = None
    _corrections: Corrections = field(default_factory=Corrections)

    async def up_to_date(self, connection: asyncpg.Connection) -> Corrections:
        """As of now, while the new state stands still."""
        live, new = self.exchange.live, self.exchange.new
        reached = await comparing.positions(connection, new)
        if reached != self._reached:
            self._corrections = await corrections(connection, self.settings, live, new, self.scope)
            self._reached = reached
        return self._corrections


@dataclass(slots=True)
class _Building:
    """A builder at work, its task, and whoever may call it off."""

    builder: Builder
    task: asyncio.Task[None]
    cancel: StopRequest

    def check(self) -> None:
        """Notice that the builder has failed, or that somebody wants no more."""
        if self.cancel:
            raise CancelledReplayError(CANCELLED)
        if self.task.done():
            self.task.result()

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait for something that the builder brings about."""
        while not await condition():
            self.check()
            await asyncio.sleep(POLL_S)


@dataclass(slots=True)
class _Stillness:
    """How long positions have been the same."""

    positions: Mapping[Place, int] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)

    def for_long(self, positions: Mapping[Place, int]) -> bool:
        """Whether these have been seen for a while."""
        if positions != self.positions:
            self.positions, self.since = positions, time.monotonic()
        return time.monotonic() - self.since > AT_REST_S


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
