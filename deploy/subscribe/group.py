"""A team's place in the alerts topic: a member of its consumer group, which reads all of it and keeps how far it told.

The topic is read from its beginning at each start (a year of alerts takes a second or two), for what is current is
known only to who has read what superseded what; the group's offset says from where on it is news.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.errors import BrokerError, ConfigError
from schemas.process.kafka import REQUEST_TIMEOUT_S, Record, arrived, consumer_config, record_of, translated
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings
from schemas.topics import ALERTS

POLL_S: Final = 0.5
ANSWER_WITHIN_S: Final = 10.0
PATIENCE_S: Final = 30.0
_END: Final = KafkaError._PARTITION_EOF  # noqa: SLF001 - librdkafka's own codes begin so
_UNKNOWN_TOPIC: Final = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC})  # noqa: SLF001 - as above

Note = Callable[[str], None]
"""Takes one line for the person at the terminal."""


class TeamGroup:
    """One member of a team's group. Between two polls nothing changes; every call from one thread."""

    def __init__(self, settings: Settings, team: str, note: Note) -> None:
        self.told: int | None = None
        self._settings = settings
        self._note = note
        self._name = settings.topic(ALERTS)
        self._assigned = False
        self._begins_anew = False
        self._disturbed = False
        self._reminded = False
        self._consumer = Consumer(
            consumer_config(settings)
            | {
                "group.id": settings.name(f"subscriber.{team}"),
                "partition.assignment.strategy": "cooperative-sticky",  # who reads goes on when another one comes
                "session.timeout.ms": 6_000,
                "heartbeat.interval.ms": 1_000,
                "auto.offset.reset": "earliest",  # where retention has removed the beginning
                "error_cb": self._on_error,
            }
        )

    def __enter__(self) -> Self:
        self._look_for_the_topic()
        self._consumer.subscribe(
            [self._name], on_assign=self._on_assign, on_revoke=self._on_gone, on_lost=self._on_gone
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

    def events(self, stop: StopRequest, *, once: bool) -> Iterator[Record | int | None]:
        """Each record, and the offset of the topic's end whenever it is reached, until asked to stop.

        None says that reading begins anew: all that was read is to be forgotten.

        Raises:
            BrokerError: the broker does not let us read, or (`once`) nothing comes.

        """
        progress = time.monotonic()
        while not stop:
            messages = arrived(self._consumer, POLL_S)
            if self._begins_anew:
                self._begins_anew = False
                yield None
            for message in messages if self._assigned else ():
                event = self._event(message)
                if event is not None:
                    progress = time.monotonic()
                    yield event
            if time.monotonic() - progress > PATIENCE_S:
                self._nothing_comes(once=once)

    def keep(self, next_offset: int) -> None:
        """Note that the team has been told everything before this offset."""
        if next_offset == self.told:
            return
        try:
            self._consumer.commit(offsets=[TopicPartition(self._name, 0, next_offset)], asynchronous=False)
        except KafkaException as error:
            self._note(f"how far the team has read could not be kept ({error.args[0].name()}): lines may come again")
        else:
            self.told = next_offset

    def _event(self, message: Message) -> Record | int | None:
        error = message.error()
        if error is None:
            self._disturbed = False
            return record_of(message, ALERTS)
        if error.code() == _END:
            return message.offset()
        if error.fatal():
            raise translated(error, "reading the alerts")
        self._on_error(error)
        return None

    def _nothing_comes(self, *, once: bool) -> None:
        """A group gives the topic to one member alone; one that has it waits for alerts, which may take days."""
        if once:
            raise BrokerError(
                "Nothing can be read: another subscriber of this team reads already, or the broker does not answer. "
                "End that one, or choose another --team",
                code="_TIMED_OUT",
            )
        if not self._assigned and not self._reminded:
            self._reminded = True
            self._note("another subscriber of this team reads, or the broker is away: this one goes on afterwards")

    def _look_for_the_topic(self) -> None:
        try:
            found = self._consumer.list_topics(self._name, timeout=ANSWER_WITHIN_S).topics[self._name]
        except KafkaException as error:
            raise BrokerError(
                f"No Kafka answers at {self._settings.kafka}: start the installation with `pupilstream up`, or name "
                "its broker with --kafka HOST:PORT",
                code=error.args[0].name(),
            ) from None
        if found.error is not None and found.error.code() in _UNKNOWN_TOPIC:
            raise ConfigError(
                f"There is no topic {self._name} at {self._settings.kafka}: see that this is the right broker, and set "
                "PUPILSTREAM_TOPIC_PREFIX if the installation has one"
            )

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Take what is new for us: none of it where we hold the topic already, or another one does."""
        if not partitions:
            return
        kept = consumer.committed(partitions, timeout=REQUEST_TIMEOUT_S)
        self.told = kept[0].offset if kept and kept[0].offset >= 0 else None
        for partition in partitions:
            partition.offset = 0
        consumer.incremental_assign(partitions)
        self._assigned, self._begins_anew = True, True

    def _on_gone(self, _consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        self._assigned = False

    def _on_error(self, error: KafkaError) -> None:
        if not self._disturbed:
            self._disturbed = True
            self._note(f"the broker does not answer as it should ({error.name()}): trying again")
