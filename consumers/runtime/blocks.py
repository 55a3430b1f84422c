"""From single payloads of a partition to whole deliveries: a block is checked against what its markers state.

Nothing of a block that does not agree with itself gets through; it comes out as a flaw. Knows no broker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import polars as pl

from consumers.runtime.pieces import Flaw
from consumers.runtime.work import Delivery
from schemas import codec
from schemas.errors import ContractError
from schemas.events import COUNCIL, ROW_RECORDS, DeliveryBegun, DeliveryCompleted
from schemas.process.log import get_logger
from schemas.topics import TOPIC_OF_DATASET

UNREADABLE: Final = "unreadable"


@dataclass(slots=True)
class _Run:
    """Payloads since the last marker; without an opening record they are strays."""

    first_offset: int
    begun: DeliveryBegun | None
    payloads: list[bytes] = field(default_factory=list)


class Assembler:
    """Puts together the deliveries of one partition, on which blocks never interleave: it has one writer."""

    def __init__(self, topic: str, partition: int) -> None:
        self._place: dict[str, Any] = {"topic": topic, "partition": partition}
        self._topic = topic
        self._run: _Run | None = None
        self._row_header = b""

    @property
    def is_open(self) -> bool:
        """Whether a block has begun and not ended."""
        return self._run is not None and self._run.begun is not None

    def feed(self, arrived: Iterable[tuple[int, bytes]]) -> Iterator[Delivery | Flaw]:
        """What the next payloads, with their offsets, complete."""
        for offset, payload in arrived:
            header = payload[:5]
            if header == self._row_header and self._run is not None:  # nearly all: more a row would show
                self._run.payloads.append(payload)
                continue
            marker = _record_of(header)
            if marker == "DeliveryBegun":
                yield from self._begin(offset, payload)
            elif marker == "DeliveryCompleted":
                yield self._complete(offset, payload)
            else:
                self._append(offset, payload)
                self._row_header = header

    def settle_strays(self, end: int) -> Iterator[Flaw]:
        """Rows without an opening record, once it is clear that no more follow; an open block stays open."""
        run = self._run
        if run is not None and run.begun is None:
            yield self._close(run, end, "no_begin")

    def _append(self, offset: int, payload: bytes) -> None:
        if self._run is None:
            self._run = _Run(offset, None)
        self._run.payloads.append(payload)

    def _begin(self, offset: int, payload: bytes) -> Iterator[Flaw]:
        begun = _read(payload, DeliveryBegun)
        run = self._run
        if run is not None and begun is not None and run.begun is not None and _same(run.begun, begun):
            get_logger().warning("block_begun_again", **self._place, offset=offset)
        elif run is not None:
            yield self._close(run, offset, "no_begin" if run.begun is None else "no_end")
        self._run = None if begun is None else _Run(offset, begun)
        if begun is None:
            yield Flaw(**self._place, first_offset=offset, next_offset=offset + 1, reason=UNREADABLE)

    def _complete(self, offset: int, payload: bytes) -> Delivery | Flaw:
        run, completed = self._run or _Run(offset, None), _read(payload, DeliveryCompleted)
        if run.begun is None:
            return self._close(run, offset + 1, "no_begin")
        if completed is None:
            return self._close(run, offset + 1, UNREADABLE, torn=False)
        fault = _torn(run.begun, completed, run.payloads)
        if fault is not None:
            return self._close(run, offset + 1, fault)
        return self._delivery(run, run.begun, offset + 1)

    def _delivery(self, run: _Run, begun: DeliveryBegun, next_offset: int) -> Delivery | Flaw:
        record = ROW_RECORDS.get(begun.dataset)
        if record is None or TOPIC_OF_DATASET[begun.dataset] != self._topic:
            return self._close(run, next_offset, "wrong_topic", torn=False)
        try:
            rows = codec.decode_block(record, run.payloads)
        except ContractError:
            return self._close(run, next_offset, UNREADABLE, torn=False)
        fault = _foreign(begun, rows)
        if fault is not None:
            return self._close(run, next_offset, fault)
        self._run = None
        return Delivery(**self._place, first_offset=run.first_offset, next_offset=next_offset, begun=begun, rows=rows)

    def _close(self, run: _Run, next_offset: int, reason: str, *, torn: bool = True) -> Flaw:
        self._run = None
        return Flaw(
            **self._place,
            first_offset=run.first_offset,
            next_offset=next_offset,
            reason=reason,
            torn=torn,
            begun=run.begun,
        )


@lru_cache(maxsize=256)
def _record_of(header: bytes) -> str | None:
    """The record that the first five bytes of a payload announce, in whatever version."""
    try:
        return codec.schema_of(header).record
    except ContractError:
        return None


def _read(payload: bytes, expected: type[codec.AnyEvent]) -> codec.AnyEvent | None:
    try:
        return codec.decode(payload, expected)
    except ContractError:
        return None


def _same(one: DeliveryBegun | DeliveryCompleted, other: DeliveryBegun | DeliveryCompleted) -> bool:
    """Whether two markers speak of one delivery."""
    return (one.sender, one.dataset, one.delivery_seq, one.sha256, one.rows) == (
        other.sender,
        other.dataset,
        other.delivery_seq,
        other.sha256,
        other.rows,
    )


def _torn(begun: DeliveryBegun, completed: DeliveryCompleted, payloads: list[bytes]) -> str | None:
    """How a block differs from what its markers state."""
    if not _same(begun, completed):
        return "other_end"
    if len(payloads) != begun.rows:
        return "row_count"
    return None if sha256(b"".join(payloads)).hexdigest() == completed.checksum else "checksum"


def _foreign(begun: DeliveryBegun, rows: pl.DataFrame) -> str | None:
    """How rows differ from those of one delivery in the order of its file; refused rows leave gaps."""
    if not (rows["delivery_seq"] == begun.delivery_seq).all():
        return "foreign_rows"
    if begun.sender != COUNCIL and not (rows["dfe_no"] == begun.sender).all():
        return "foreign_rows"
    return None if (rows["row"].diff().drop_nulls() > 0).all() else "row_order"
