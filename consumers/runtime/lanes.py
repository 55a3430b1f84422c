"""One partition that is ours: how far it has been applied, and what is arriving on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluent_kafka import Message

from consumers.runtime.blocks import Assembler
from consumers.runtime.offsets import Place
from consumers.runtime.pieces import End, Piece
from consumers.runtime.work import Records
from schemas.process.kafka import record_of
from schemas.topics import topics


@dataclass(slots=True)
class Arrival:
    """What one poll has brought of a partition, and the partition's end where it was reached."""

    messages: list[Message]
    end: int | None = None


class Lane:
    """An assigned partition. A new assignment, of the same partition too, is a new lane with empty buffers."""

    def __init__(self, place: Place, position: int | None) -> None:
        self.place = place
        self.next = position
        self.conflicts = 0
        self._assembler = Assembler(*place)

    def pieces(self, arrival: Arrival) -> Iterator[Piece]:
        """What has become whole; at the end of the partition, with nothing begun, the end itself.

        Nothing more comes once the lane has been rewound: it will arrive again.
        """
        assembler = self._assembler
        for piece in self._whole(arrival):
            yield piece
            if self._assembler is not assembler:
                return

    def rewind(self, position: int | None) -> None:
        """Forget what has arrived: reading goes on from here."""
        self.next = position
        self.conflicts += 1
        self._assembler = Assembler(*self.place)

    def _whole(self, arrival: Arrival) -> Iterator[Piece]:
        if topics()[self.place.topic].carries_deliveries:
            yield from self._assembler.feed((m.offset() or 0, m.value() or b"") for m in arrival.messages)
        elif arrival.messages:
            yield self._records(arrival.messages)
        if arrival.end is not None:
            yield from self._assembler.settle_strays(arrival.end)
            if not self._assembler.is_open and (self.next or 0) != arrival.end:
                yield End(*self.place, arrival.end)

    def _records(self, messages: Sequence[Message]) -> Records:
        records = tuple(record_of(message, self.place.topic) for message in messages)
        return Records(*self.place, records[-1].offset + 1, records)
