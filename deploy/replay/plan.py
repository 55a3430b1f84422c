"""What a replay will read, and what it cannot: topics, offsets, schema versions, deliveries that have left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from consumers.runtime.work import Consumer
from schemas.codec import decode, schema_of
from schemas.errors import ContractError
from schemas.events import LedgerEntry
from schemas.process.kafka import Admin, read_to_end
from schemas.process.settings import Settings
from schemas.topics import LEDGER, topics

SAMPLE: Final = 2_000
"""So many records at the beginning and the end of each topic are looked at for the versions of their schemas."""


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """One topic: where its partitions begin and end, and what travels on it."""

    topic: str
    offsets: Mapping[int, tuple[int, int]]
    versions: tuple[str, ...]
    deliveries: int
    rows: int
    lost: tuple[LedgerEntry, ...]

    @property
    def messages(self) -> int:
        """Offsets to read: rows, and what opens and closes deliveries and transactions."""
        return sum(end - first for first, end in self.offsets.values())

    def lines(self) -> Iterator[str]:
        """The same for a person."""
        held = [f"{number}: {first}-{end}" for number, (first, end) in sorted(self.offsets.items()) if end > first]
        carried = f", {self.deliveries} deliveries with {self.rows:,} rows" if self.deliveries else ""
        yield f"{self.topic}: {self.messages:,} messages{carried}"
        yield f"  offsets by partition: {', '.join(held) or 'none'}"
        yield f"  schemas met: {', '.join(self.versions) or 'none'}"
        if self.lost:
            whose = sorted({f"{one.sender}/{one.dataset}" for one in self.lost})
            yield f"  HOLES: {len(self.lost)} deliveries of {len(whose)} senders have left the topic: {_some(whose)}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay of one consumer will read."""

    consumer: str
    topics: tuple[TopicPlan, ...]

    @property
    def messages(self) -> int:
        """Everything there is to read."""
        return sum(topic.messages for topic in self.topics)

    @property
    def lost(self) -> tuple[LedgerEntry, ...]:
        """Deliveries that no topic holds any more."""
        return tuple(entry for topic in self.topics for entry in topic.lost)

    def lines(self, rate: float | None) -> Iterator[str]:
        """The same for a person; `rate`: messages a second."""
        yield f"replay of {self.consumer}: {self.messages:,} messages from {len(self.topics)} topics"
        for topic in self.topics:
            yield from topic.lines()
        if rate is None:
            yield "time: not known yet"
        else:
            yield f"time: about {duration(self.messages / rate)} at {rate:,.0f} messages/s"


def plan(settings: Settings, consumer: Consumer) -> Plan:
    """Look at the topics of a consumer.

    Raises:
        BrokerError: the broker did not tell.

    """
    admin = Admin(settings)
    firsts, ends = admin.first_offsets(consumer.topics), admin.end_offsets(consumer.topics)
    published = published_deliveries(settings)
    return Plan(consumer.name, tuple(_topic(settings, topic, firsts, ends, published) for topic in consumer.topics))


def published_deliveries(settings: Settings) -> list[LedgerEntry]:
    """Every delivery that ever went onto a topic, as the ledger knows it."""
    entries = (decode(r.value, LedgerEntry) for r in read_to_end(settings, LEDGER) if r.value is not None)
    return [entry for entry in entries if entry.state == "published"]


def duration(seconds: float) -> str:
    """Seconds for a person."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{max(rest, 1)} s"


def _topic(
    settings: Settings,
    topic: str,
    firsts: Mapping[tuple[str, int], int],
    ends: Mapping[tuple[str, int], int],
    published: Iterable[LedgerEntry],
) -> TopicPlan:
    offsets = {number: (firsts[topic, number], ends[topic, number]) for number in range(topics()[topic].partitions)}
    here = [entry for entry in published if entry.topic == topic]
    lost = [entry for entry in here if (entry.end_offset or 0) <= offsets[entry.partition or 0][0]]
    left = [entry for entry in here if entry not in lost]
    return TopicPlan(
        topic=topic,
        offsets=offsets,
        versions=tuple(_versions(settings, topic, offsets)),
        deliveries=len(left),
        rows=sum(entry.rows_accepted or 0 for entry in left),
        lost=tuple(lost),
    )


def _versions(settings: Settings, topic: str, offsets: Mapping[int, tuple[int, int]]) -> list[str]:
    """The schemas of the first and the last records; what lies between was written between those versions."""
    tails = {number: max(first, end - SAMPLE) for number, (first, end) in offsets.items()}
    values = [r.value for start in ({}, tails) for r in islice(read_to_end(settings, topic, start), SAMPLE)]
    return sorted({name for value in values if value is not None and (name := _schema_name(value))})


def _schema_name(value: bytes) -> str | None:
    try:
        schema = schema_of(value)
    except ContractError:
        return None
    return schema.name


def _some(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
