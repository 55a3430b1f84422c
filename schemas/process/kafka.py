"""The clients of Kafka, each with the one configuration that our guarantees rest on, and its errors translated.

`TransactionalProducer` writes all or nothing and fences its predecessor; `read_to_end` reads what is committed;
`Admin` makes topics and tells where they end. The consumer groups of the engine are configured here and driven there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.cimpl import NewTopic

from schemas.errors import BrokerError
from schemas.process.log import get_logger
from schemas.process.settings import Settings
from schemas.topics import Topic, topics

REQUEST_TIMEOUT_S: Final = 30.0
MOST_AT_ONCE: Final = 10_000
LEADER_POLL_S: Final = 0.05
TRANSACTION_TIMEOUT_MS: Final = 45_000
_FENCED: Final = frozenset({KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH})  # noqa: SLF001 - librdkafka's own codes begin so
_CHANGING_LEADER: Final = frozenset({KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE})
_PARTITION_EOF: Final = KafkaError._PARTITION_EOF  # noqa: SLF001 - as above

_TO_THE_END: Final = {"auto.offset.reset": "earliest", "fetch.wait.max.ms": 10}


@dataclass(frozen=True, slots=True)
class Record:
    """One committed record; `topic` is the catalogue's name."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    headers: Mapping[str, str]


def translated(error: KafkaError, doing: str) -> BrokerError:
    """Our error for a librdkafka one."""
    return BrokerError(
        f"Kafka refused or lost a request while {doing}: see whether the broker runs (`pupilstream status`)",
        code=error.name(),
        fenced=error.code() in _FENCED,
        abortable=error.txn_requires_abort(),
        fatal=error.fatal(),
    )


@contextmanager
def _translating(doing: str) -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        raise translated(error.args[0], doing) from None
    except SystemError as error:  # so the driver wraps a fatal error that meets a delivery report on its way out
        if not isinstance(error.__cause__, KafkaException):
            raise
        raise translated(error.__cause__.args[0], doing) from None


def client_config(settings: Settings) -> dict[str, Any]:
    """What every client of this installation has in common; its errors are logged by code alone."""
    return {
        "bootstrap.servers": settings.kafka,
        "error_cb": lambda error: get_logger().warning("broker_reported", code=error.name()),
        "log_level": 2,
        "socket.keepalive.enable": True,
        "reconnect.backoff.max.ms": 2_000,
    }


def consumer_config(settings: Settings) -> dict[str, Any]:
    """A reader of committed records that keeps no position of its own and never skips a lost one."""
    return client_config(settings) | {
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "error",
        "check.crcs": True,
        "queued.max.messages.kbytes": 16_384,
        "fetch.wait.max.ms": 100,
        "fetch.error.backoff.ms": 50,  # a topic just made may have no leader yet; the default is half a second
    }


def member_config(settings: Settings, group: str) -> dict[str, Any]:
    """A member of a consumer group; one with a name is static: back within a moment after a restart.

    One without gives its partitions back when it stops, where a static one's would wait for it. Either is replaced
    within seconds after a crash.

    Its work is done between two polls, in the time that `max.poll.interval.ms` gives: more than one transaction with
    all its attempts may take. A process that hangs as a whole is noticed sooner, by the session's timeout.
    """
    named = {"group.instance.id": f"{settings.name(group)}-{settings.instance}"} if settings.instance else {}
    return {
        **consumer_config(settings),
        **named,
        "group.id": settings.name(group),
        "group.protocol": "classic",
        "partition.assignment.strategy": "range",
        "session.timeout.ms": 6_000,
        "heartbeat.interval.ms": 1_000,
        "max.poll.interval.ms": 600_000,
    }


class TransactionalProducer:
    """A producer whose records appear together or not at all.

    Opening it fences whoever held the transactional id before and settles the transaction it left open. After any
    `BrokerError` whose outcome is in doubt, close it, open a new one, and read what has been committed: only then
    is it known. Every call blocks, at most `REQUEST_TIMEOUT_S`, or the transaction's timeout for a commit.
    """

    def __init__(self, settings: Settings, transactional_id: str) -> None:
        self._producer = Producer(
            client_config(settings)
            | {
                "transactional.id": settings.name(transactional_id),
                "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
                "message.timeout.ms": TRANSACTION_TIMEOUT_MS - 5_000,
                "acks": "all",
                "linger.ms": 5,
                "compression.type": "lz4",
                "queue.buffering.max.messages": 500_000,
                "queue.buffering.max.kbytes": 131_072,
            }
        )
        self._offsets: dict[tuple[str, int], int] = {}
        self._settings = settings

    def __enter__(self) -> Self:
        with _translating("opening a transactional producer"):
            self._producer.init_transactions(REQUEST_TIMEOUT_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the id up without waiting: whoever opens it next settles what is open."""
        self._producer.purge()

    def begin(self) -> None:
        """Open a transaction.

        Raises:
            BrokerError: fenced or fatal.

        """
        self._offsets.clear()
        with _translating("beginning a transaction"):
            self._producer.begin_transaction()

    def send(self, topic: str, partition: int, key: str, values: Sequence[bytes | None]) -> None:
        """Queue records of one key, in order. `topic` is the catalogue's name."""
        name, encoded = self._settings.topic(topic), key.encode()
        for value in values[:-1]:
            self._queue(name, partition, encoded, value)
        if values:
            self._queue(name, partition, encoded, values[-1], on_delivery=self._note_offset)

    def send_one(self, topic: str, partition: int, key: str, value: bytes | None, headers: Mapping[str, str]) -> None:
        """Queue one record with headers."""
        self._queue(
            self._settings.topic(topic),
            partition,
            key.encode(),
            value,
            headers=list(headers.items()),
            on_delivery=self._note_offset,
        )

    def flush(self) -> None:
        """Wait until the broker has everything queued, so that offsets are known.

        Raises:
            BrokerError: something was not taken.

        """
        with _translating("sending records"):
            left = self._producer.flush(REQUEST_TIMEOUT_S)
        if left:
            raise BrokerError("The broker did not take all records in time: see whether it runs", code="_TIMED_OUT")

    def offset_after(self, topic: str, partition: int) -> int:
        """The offset that follows the last record sent there in this transaction; after `flush`.

        Raises:
            BrokerError: the record was not taken.

        """
        last = self._offsets.get((self._settings.topic(topic), partition))
        if last is None:
            raise BrokerError("The broker did not acknowledge a record", code="_MSG_TIMED_OUT", abortable=True)
        return last + 1

    def commit(self) -> None:
        """Make all of it visible.

        Raises:
            BrokerError: with `abortable`, call `abort`; otherwise the outcome is in doubt.

        """
        with _translating("committing a transaction"):
            self._producer.commit_transaction(REQUEST_TIMEOUT_S)

    def abort(self) -> None:
        """Make none of it visible.

        Raises:
            BrokerError: the outcome is in doubt until the next producer is open.

        """
        with _translating("aborting a transaction"):
            self._producer.abort_transaction(REQUEST_TIMEOUT_S)

    def _queue(self, name: str, partition: int, key: bytes, value: bytes | None, **more: Any) -> None:
        while True:
            try:  # once a record: what costs a microsecond here costs seconds a county
                self._producer.produce(name, value, key, partition, **more)
            except BufferError:
                with _translating("sending a record"):
                    self._producer.poll(0.1)
            except KafkaException as error:
                raise translated(error.args[0], "sending a record") from None
            else:
                return

    def _note_offset(self, error: KafkaError | None, message: Message) -> None:
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        if error is None and topic is not None and partition is not None and offset is not None:
            self._offsets[topic, partition] = offset


def read_to_end(settings: Settings, topic: str, starts: Mapping[int, int] | None = None) -> Iterator[Record]:
    """Every committed record of a catalogue topic from the given offsets (by partition; else the beginning) to its end.

    Raises:
        BrokerError: the topic could not be read to its end.

    """
    name = settings.topic(topic)
    partitions = range(topics()[topic].partitions)
    consumer = Consumer(consumer_config(settings) | _TO_THE_END | {"group.id": settings.name("reader")})
    # 0 and not OFFSET_BEGINNING, which the client looks up too early, and again after half a second. Where retention
    # has removed it, the reset goes on from the earliest record, as OFFSET_BEGINNING would.
    begun = {p: (starts or {}).get(p, 0) for p in partitions}
    try:
        consumer.assign([TopicPartition(name, p, offset) for p, offset in begun.items()])
        yield from _records(consumer, topic, set(partitions))
    finally:
        consumer.close()


def read_span(settings: Settings, topic: str, partition: int, *, start: int, end: int) -> Iterator[Record]:
    """The committed records of one partition from offset `start` on, before offset `end`.

    Without those that retention has removed.

    Raises:
        BrokerError: the topic could not be read so far.

    """
    consumer = Consumer(consumer_config(settings) | _TO_THE_END | {"group.id": settings.name("reader")})
    try:
        consumer.assign([TopicPartition(settings.topic(topic), partition, start)])
        for record in _records(consumer, topic, {partition}):
            if record.offset >= end:
                return
            yield record
    finally:
        consumer.close()


def _records(consumer: Consumer, topic: str, unfinished: set[int]) -> Iterator[Record]:
    while unfinished:
        messages = arrived(consumer, REQUEST_TIMEOUT_S)
        if not messages:
            raise BrokerError("A topic could not be read to its end: see whether the broker runs", code="_TIMED_OUT")
        for message in messages:
            error = message.error()
            if error is None:
                yield record_of(message, topic)
            elif error.code() == _PARTITION_EOF:
                unfinished.discard(message.partition() or 0)
            elif not error.retriable():
                raise translated(error, "reading a topic")


def arrived(consumer: Consumer, timeout_s: float) -> list[Message]:
    """What a consumer has fetched, errors included; waits for the first message alone.

    `consume` by itself would wait out its whole timeout for as many messages as it may return.

    Raises:
        BrokerError: the consumer can do nothing more.

    """
    with _translating("reading a topic"):
        first = consumer.poll(timeout_s)
        return [] if first is None else [first, *consumer.consume(MOST_AT_ONCE - 1, 0.0)]


def record_of(message: Message, topic: str) -> Record:
    """A message without error as a record, under the catalogue's name of its topic."""
    key, headers = message.key(), dict(message.headers() or {})
    return Record(
        topic=topic,
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        key="" if key is None else _text(key),
        value=message.value(),
        headers={name: _text(value) for name, value in headers.items() if value is not None},
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


class Admin:
    """Makes an installation's topics and tells where they end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = AdminClient(client_config(settings))

    def reachable(self, timeout_s: float) -> bool:
        """Whether a broker answers."""
        try:
            self._client.list_topics(timeout=timeout_s)
        except KafkaException:
            return False
        return True

    def make_topics(self, replication: int = 1) -> None:
        """Create the topics of the catalogue that the broker lacks.

        Raises:
            BrokerError: a topic could not be made.

        """
        wanted = [self._new(topic, replication) for topic in topics().values()]
        for future in self._client.create_topics(wanted, request_timeout=REQUEST_TIMEOUT_S).values():
            try:
                future.result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise translated(error.args[0], "making the topics") from None

    def end_offsets(self, names: Sequence[str]) -> dict[tuple[str, int], int]:
        """Where committed reading ends, by catalogue topic and partition (the last stable offset).

        Raises:
            BrokerError: the broker did not tell.

        """
        return self._offsets(names, OffsetSpec.latest())  # type: ignore[no-untyped-call]  # untyped in the driver

    def first_offsets(self, names: Sequence[str]) -> dict[tuple[str, int], int]:
        """Where topics begin, by catalogue topic and partition: what lies before has left them.

        Raises:
            BrokerError: the broker did not tell.

        """
        return self._offsets(names, OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # untyped in the driver

    def _offsets(self, names: Sequence[str], which: OffsetSpec) -> dict[tuple[str, int], int]:
        asked = {
            TopicPartition(self._settings.topic(name), partition): which
            for name in names
            for partition in range(topics()[name].partitions)
        }
        deadline = time.monotonic() + REQUEST_TIMEOUT_S
        while True:
            try:
                return self._ends(asked)
            except KafkaException as error:
                if error.args[0].code() not in _CHANGING_LEADER or time.monotonic() > deadline:
                    raise translated(error.args[0], "asking where topics begin and end") from None
            time.sleep(LEADER_POLL_S)

    def _ends(self, asked: dict[TopicPartition, OffsetSpec]) -> dict[tuple[str, int], int]:
        futures = self._client.list_offsets(
            asked, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=REQUEST_TIMEOUT_S
        )
        plain = len(self._settings.topic_prefix)
        return {(p.topic[plain:], p.partition): future.result().offset for p, future in futures.items()}

    def _new(self, topic: Topic, replication: int) -> NewTopic:
        return NewTopic(
            self._settings.topic(topic.name),
            num_partitions=topic.partitions,
            replication_factor=replication,
            config=dict(topic.config),
        )
