"""A consumer at work on real servers, and replays of its state beside it, as a test asks for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import asyncpg
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from consumers.runtime.offsets import Place
from consumers.runtime.postgres import connect
from consumers.runtime.relay import relay
from consumers.runtime.replay import comparing
from consumers.runtime.replay.rebuild import Workshop, workshop
from consumers.runtime.replay.wanted import Outcome, Wanted
from consumers.runtime.runner import run
from consumers.runtime.work import Consumer, Delivery, Records
from schemas.process.kafka import Admin, TransactionalProducer
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings
from schemas.topics import partition_of, topics
from tests.support.running import Running, ask
from tests.support.streams import block, publish
from tests.support.waiting import wait_until

TIMEOUT_S = 60.0
Result = TypeVar("Result")


@dataclass
class Watched:
    """Remembers the steps of a replay; `at` does something when a step begins."""

    steps: list[str] = field(default_factory=list)
    at: dict[str, Callable[[], None]] = field(default_factory=dict)

    def step(self, what: str) -> None:
        self.steps.append(what)
        for begins in [begins for begins in self.at if what.startswith(begins)]:
            self.at.pop(begins)()

    def progress(self, done: int, total: int) -> None:
        assert 0 <= done <= total


@dataclass
class Station:
    """One consumer of an installation, its topics and its states."""

    settings: Settings
    producer: TransactionalProducer
    consumer: Consumer

    def send(self, *deliveries: Delivery) -> None:
        """Publish deliveries in order, as the watcher does."""
        for one in deliveries:
            publish(self.producer, one.begun, block(one.begun, one.rows))

    def say(self, *pieces: Records) -> None:
        """Publish single records, as another consumer's relay does."""
        for piece in pieces:
            self.producer.begin()
            for record in piece.records:
                partition = partition_of(record.key.partition("/")[0], topics()[piece.topic].partitions)
                self.producer.send(piece.topic, partition, record.key, [record.value])
            self.producer.commit()

    def publish_outbox(self) -> None:
        """Let the relay publish what the consumer has queued."""
        waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        with Running(lambda stop: relay(self.settings, [self.consumer.name], stop)):
            wait_until(
                lambda: ask(self.settings, self.consumer.name, waiting) == [(0,)], timeout_s=TIMEOUT_S, what="the relay"
            )

    def at_work(self) -> Running:
        """The live consumer."""
        return Running(lambda stop: run(self.consumer, self.settings, stop))

    def wait_until_idle(self) -> None:
        """Wait until the live consumer has everything behind it."""
        ends = {place: end for place, end in Admin(self.settings).end_offsets(self.consumer.topics).items() if end}
        wait_until(
            lambda: all(self.positions().get(Place(*place), 0) >= end for place, end in ends.items()),
            timeout_s=TIMEOUT_S,
            what="the live consumer at the ends of its topics",
        )

    def serve(self, *deliveries: Delivery) -> None:
        """Send deliveries and let the live consumer apply them."""
        self.send(*deliveries)
        with self.at_work():
            self.wait_until_idle()

    def forget(self, *places: Place) -> None:
        """Retention removes all that these partitions hold now."""
        ends = Admin(self.settings).end_offsets(sorted({place.topic for place in places}))
        admin = AdminClient({"bootstrap.servers": self.settings.kafka, "log_level": 2})
        gone = [TopicPartition(self.settings.topic(place.topic), place.partition, ends[place]) for place in places]
        for removed in admin.delete_records(gone).values():
            removed.result()

    def positions(self) -> dict[Place, int]:
        """How far the live consumer is."""
        rows = ask(self.settings, self.consumer.name, "SELECT topic, partition, next FROM position")
        return {Place(topic, partition): following for topic, partition, following in rows}

    def replay(
        self,
        consumer: Consumer | None = None,
        *,
        watch: Watched | None = None,
        cancel: StopRequest | None = None,
        **wanted: Any,
    ) -> Outcome:
        """Rebuild the state, with the same logic or another; further fields are those of `Wanted`."""
        return self.in_workshop(lambda shop: shop.rebuild(Wanted(**wanted)), consumer, watch=watch, cancel=cancel)

    def in_workshop(
        self,
        what: Callable[[Workshop], Awaitable[Result]],
        consumer: Consumer | None = None,
        *,
        watch: Watched | None = None,
        cancel: StopRequest | None = None,
    ) -> Result:
        """Do something that only one may do at a time."""

        async def do() -> Result:
            async with workshop(consumer or self.consumer, self.settings, watch or Watched(), cancel) as shop:
                return await what(shop)

        return asyncio.run(do())

    def dump(self, schema: str | None = None) -> str:
        """A whole state as one text."""

        async def read() -> str:
            connection = await connect(self.settings, "public")
            try:
                return await comparing.dump(connection, schema or self.consumer.name, self.consumer.history)
            finally:
                await connection.close()

        return asyncio.run(read())

    def schemas(self) -> list[str]:
        """The states of the consumer that there are."""
        query = "SELECT nspname FROM pg_namespace WHERE nspname LIKE $1 ORDER BY 1"
        return [name for (name,) in ask(self.settings, "public", query, f"{self.consumer.name}%")]


class Reader:
    """Somebody who asks twice in one transaction, and takes their time in between."""

    def __init__(self, settings: Settings, isolation: str, *statements: str) -> None:
        self._settings = settings
        self._statements = statements
        self._isolation = isolation
        self._has_read = threading.Event()
        self._may_end = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._read()))
        self.answers: list[list[tuple[Any, ...]]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._has_read.wait(TIMEOUT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on()
        self._thread.join(TIMEOUT_S)

    def go_on(self) -> None:
        """Enough time has passed: ask again, and end."""
        self._may_end.set()

    async def _read(self) -> None:
        connection = await asyncpg.connect(self._settings.postgres)
        try:
            await connection.execute(f"BEGIN ISOLATION LEVEL {self._isolation}")
            for statement in self._statements:
                self.answers.append([tuple(row) for row in await connection.fetch(statement)])
                self._has_read.set()
                self._may_end.wait(TIMEOUT_S)
        finally:
            await connection.close()


class Asking:
    """Somebody who asks one thing again and again; `answers` are all they got, in order."""

    def __init__(self, settings: Settings, query: str) -> None:
        self.answers: list[tuple[tuple[Any, ...], ...]] = []
        self._settings = settings
        self._query = query
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._ask()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join(TIMEOUT_S)

    def _run(self) -> None:
        while not self._enough.is_set():
            self._ask()

    def _ask(self) -> None:
        self.answers.append(tuple(ask(self._settings, "reporting", self._query)))


class Sending:
    """Files that arrive one after the other while something else is done; all of them have arrived at the end."""

    def __init__(self, station: Station, *deliveries: Delivery) -> None:
        self._thread = threading.Thread(target=station.send, args=deliveries)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(TIMEOUT_S)
