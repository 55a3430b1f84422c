"""A member of a Kafka consumer group whose positions lie in Postgres; the one bridge between its thread and asyncio.

librdkafka calls back inside `poll`, and one consumer must be spoken to by one thread: so every call runs on a thread of
its own, and its callback asks the event loop, which is waiting for that very call, for positions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self, TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from consumers.runtime.errors import FatalError
from consumers.runtime.lanes import Arrival, Lane
from consumers.runtime.offsets import Place
from consumers.runtime.pieces import Piece
from schemas.errors import BrokerError
from schemas.process import metrics
from schemas.process.kafka import arrived, member_config, translated
from schemas.process.lifecycle import StopRequest
from schemas.process.log import get_logger
from schemas.process.settings import Settings

POLL_S: Final = 0.25
_PARTITION_EOF: Final = KafkaError._PARTITION_EOF  # noqa: SLF001 - librdkafka's own codes begin so
_LOST_POSITION: Final = KafkaError._AUTO_OFFSET_RESET  # noqa: SLF001 - as above
_FATAL: Final = KafkaError._FATAL  # noqa: SLF001 - as above
_PASSING: Final = frozenset({KafkaError._MAX_POLL_EXCEEDED})  # noqa: SLF001 - as above; the member joins again

Positions = Callable[[Sequence[Place]], Awaitable[dict[Place, int]]]
Result = TypeVar("Result")


class Group:
    """Reads the partitions that the group assigns to us, each from where Postgres says.

    A partition without a position is read from its beginning; one whose position has left the topic is fatal. Between
    two polls nothing changes: assignments come and go inside `poll` alone.
    """

    def __init__(self, settings: Settings, name: str, topics: Sequence[str], positions: Positions) -> None:
        self._settings = settings
        self._name = name
        self._topics = topics
        self._positions = positions
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka")
        self._consumer = Consumer(member_config(settings, name) | {"on_commit": self._on_commit})
        self._lanes: dict[Place, Lane] = {}
        self._done: dict[Place, int] = {}
        self._refused_once = False

    async def __aenter__(self) -> Self:
        await self._on_thread(self._subscribe)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._on_thread(self._close)
        self._thread.shutdown()

    async def pieces(self, stop: StopRequest) -> AsyncIterator[tuple[Lane, Piece]]:
        """What becomes whole, with its partition, in the order of each partition, until asked to stop.

        Raises:
            FatalError: a position has left its topic, or another process has taken our place.
            BrokerError: the broker does not let us read.

        """
        while not stop:
            arrivals = await self._on_thread(self._poll)
            for lane, piece in ((mine, piece) for mine, arrival in arrivals for piece in mine.pieces(arrival)):
                yield lane, piece
                if stop:
                    return

    async def rewind(self, lane: Lane) -> None:
        """Somebody else has moved this partition's position: read it again, and read on from there.

        Raises:
            FatalError: it has happened before on this assignment.

        """
        if lane.conflicts:
            raise FatalError(
                f"Another process applies partition {lane.place.partition} of {lane.place.topic} besides this one: "
                "stop one of the two"
            )
        position = (await self._positions([lane.place])).get(lane.place)
        metrics.CONFLICTS.labels(self._name).inc()
        get_logger().warning("position_moved_by_another", **lane.place._asdict(), position=position)
        lane.rewind(position)
        await self._on_thread(lambda: self._seek(lane))

    def note_done(self, lane: Lane) -> None:
        """Tell the broker at the next poll how far we are; only tools that measure lag read it there."""
        if lane.next is not None:
            self._done[lane.place] = lane.next

    async def _on_thread(self, call: Callable[[], Result]) -> Result:
        return await self._loop.run_in_executor(self._thread, call)

    # From here on everything runs on the consumer's thread.

    def _subscribe(self) -> None:
        names = [self._settings.topic(topic) for topic in self._topics]
        self._consumer.subscribe(names, on_assign=self._on_assign, on_revoke=self._on_gone, on_lost=self._on_gone)

    def _poll(self) -> list[tuple[Lane, Arrival]]:
        self._tell_broker()
        metrics.turned()
        arrivals: dict[tuple[str | None, int | None], Arrival] = {}
        for message in self._arrived():
            error = message.error()
            if error is not None and error.code() != _PARTITION_EOF:
                _judge(error)
                continue
            where = message.topic(), message.partition()
            arrival = arrivals.get(where)
            if arrival is None:
                arrival = arrivals[where] = Arrival([])
            if error is None:
                arrival.messages.append(message)
            arrival.end = None if error is None else message.offset()
        placed = ((self._place_of(*where), arrival) for where, arrival in arrivals.items())
        return [(self._lanes[place], arrival) for place, arrival in placed if place in self._lanes]

    def _arrived(self) -> list[Message]:
        try:
            return arrived(self._consumer, POLL_S)
        except BrokerError as error:
            if error.fatal:
                raise _replaced(error.code) from None
            raise

    def _place_of(self, topic: str | None, partition: int | None) -> Place:
        return Place((topic or "")[len(self._settings.topic_prefix) :], partition or 0)

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        plain = len(self._settings.topic_prefix)
        places = {Place(p.topic[plain:], p.partition): p for p in partitions}
        asked = asyncio.run_coroutine_threadsafe(self._positions_of([*places]), self._loop)
        positions = asked.result()
        self._lanes = {place: Lane(place, positions.get(place)) for place in places}
        for place, partition in places.items():
            partition.offset = positions.get(place, OFFSET_BEGINNING)
        consumer.assign(partitions)
        metrics.PARTITIONS.labels(self._name).set(len(partitions))
        get_logger().info("partitions_assigned", count=len(partitions))

    async def _positions_of(self, places: Sequence[Place]) -> dict[Place, int]:
        return await self._positions(places)

    def _on_gone(self, _consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        self._lanes = {}
        self._done = {}
        metrics.PARTITIONS.labels(self._name).set(0)

    def _seek(self, lane: Lane) -> None:
        offset = OFFSET_BEGINNING if lane.next is None else lane.next
        try:
            self._consumer.seek(TopicPartition(self._settings.topic(lane.place.topic), lane.place.partition, offset))
        except KafkaException as error:
            raise translated(error.args[0], "going back to a position") from None

    def _tell_broker(self) -> None:
        if not self._done:
            return
        offsets = [TopicPartition(self._settings.topic(p.topic), p.partition, n) for p, n in self._done.items()]
        self._done = {}
        try:
            self._consumer.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            self._on_commit(error.args[0], offsets)

    def _on_commit(self, error: KafkaError | None, _offsets: list[TopicPartition]) -> None:
        if error is not None and not self._refused_once:
            self._refused_once = True
            get_logger().warning("broker_refused_offsets", code=error.name())

    def _close(self) -> None:
        self._tell_broker()
        self._consumer.close()


def _judge(error: KafkaError) -> None:
    """What an error that came in place of a message means."""
    if error.code() == _LOST_POSITION:
        raise FatalError(
            "A topic no longer holds the records at a position of ours, or the topic was made anew: deliveries would "
            "be skipped without a word. Rebuild this consumer with `pupilstream replay`"
        )
    if error.fatal() or error.code() == _FATAL:
        raise _replaced(error.name())
    if not error.retriable() and error.code() not in _PASSING:
        raise translated(error, "reading a topic")
    get_logger().warning("reading_disturbed", code=error.name())


def _replaced(code: str) -> FatalError:
    return FatalError(
        f"This member can do nothing more ({code}): another process with the same instance name has taken its place. "
        "Give each instance a name of its own (`PUPILSTREAM_INSTANCE`)"
    )
