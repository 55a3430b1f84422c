"""Brings files onto the topics: one transaction each, and after any doubt the ledger decides what has happened.

    1. everything is encoded before the transaction opens
    2. DeliveryBegun, the rows, DeliveryCompleted, the refused rows
    3. flush, so that the block's end is known, then the ledger entry
    4. commit

Whatever the broker answers in between, a new producer is opened, which fences this one and settles what it left open;
then the ledger is read on to its end. A younger watcher that has fenced us ends this one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Final, Self, TypeVar

import polars as pl

from producers.feeds.parsing import Parsed
from producers.watcher.arrival import Arrival
from producers.watcher.ledger import Ledger
from producers.watcher.receipts import Receipt
from schemas.codec import encode, encode_block
from schemas.errors import BrokerError, PupilstreamError
from schemas.events import (
    ROW_RECORDS,
    Agreement,
    DeliveryBegun,
    DeliveryCompleted,
    LedgerEntry,
    LedgerState,
    RejectedRow,
)
from schemas.process import metrics
from schemas.process.kafka import TransactionalProducer
from schemas.process.lifecycle import StopRequest
from schemas.process.log import get_logger
from schemas.process.settings import Settings
from schemas.topics import AGREEMENTS, LEDGER, REJECTS, TOPIC_OF_DATASET, partition_of, topics

_ATTEMPTS: Final = 10
_LONGEST_PAUSE_S: Final = 15.0

Result = TypeVar("Result")


class InterruptedTransactionError(PupilstreamError):
    """A transaction met an error; the ledger has been read since: look there whether it came through."""


@dataclass(frozen=True, slots=True)
class Block:
    """One delivery, encoded; its ledger entry lacks only the end, and is not the first one where the file was held."""

    topic: str
    partition: int
    payloads: tuple[bytes, ...]
    rejects: tuple[bytes, ...]
    entry: LedgerEntry
    was_held: bool = False


def block_of(arrival: Arrival, receipt: Receipt, parsed: Parsed, published_at: datetime) -> Block:
    """Encode a delivery; the receipt has its number.

    Raises:
        ContractError: a row does not fit its schema.

    """
    sender, dataset, seq = arrival.sender, parsed.dataset, receipt.delivery_seq or 0
    rows = encode_block(ROW_RECORDS[dataset], parsed.rows.with_columns(pl.lit(seq, pl.Int64).alias("delivery_seq")))
    sha256 = arrival.sha256 or ""
    begun = DeliveryBegun(
        sender=sender,
        dataset=dataset,
        delivery_seq=seq,
        file_name=receipt.file_name,
        sha256=sha256,
        rows=len(rows),
        received_at=arrival.received_at,
        received_on=arrival.received_on,
        decoding=parsed.decoding,
        completeness=parsed.completeness,
        refused=tuple(parsed.refused),
    )
    completed = DeliveryCompleted(
        sender, dataset, seq, sha256, len(rows), checksum=hashlib.sha256(b"".join(rows)).hexdigest()
    )
    topic = TOPIC_OF_DATASET[dataset]
    partition = partition_of(sender, topics()[topic].partitions)
    entry = replace(
        entry_of(arrival, receipt),
        published_at=published_at,
        topic=topic,
        partition=partition,
        academic_year=parsed.academic_year,
        last_week=parsed.last_week,
        units=parsed.units,
    )
    rejects = tuple(
        encode(RejectedRow(sender, dataset, seq, f.row, f.column, f.rule)) for f in parsed.rejected if f.row
    )
    return Block(topic, partition, (encode(begun), *rows, encode(completed)), rejects, entry)


def entry_of(arrival: Arrival, receipt: Receipt) -> LedgerEntry:
    """What the ledger says of a file, as far as its receipt knows."""
    state: LedgerState = "published" if receipt.state == "accepted" else receipt.state
    return LedgerEntry(
        sender=arrival.sender,
        dataset=receipt.dataset,
        delivery_seq=receipt.delivery_seq,
        state=state,
        reason=receipt.reason,
        file_name=receipt.file_name,
        sha256=receipt.sha256,
        rows_total=receipt.rows_total,
        rows_accepted=receipt.rows_accepted,
        rows_rejected=receipt.rows_rejected,
        received_at=arrival.received_at,
    )


def ledger_key(entry: LedgerEntry, *, was_held: bool = False) -> str:
    """The key of an entry; that of a file that was held stays the one under which it was entered then."""
    if entry.state == "published" and not was_held:
        return f"{entry.sender}/{entry.dataset}/{entry.delivery_seq}"
    kind = "duplicate" if entry.state == "duplicate" and not was_held else "refused"
    return f"{entry.sender}/{kind}/{entry.received_at.isoformat()}"


class Publisher:
    """The one writer of a shard's partitions, and the ledger as it is after its last transaction."""

    def __init__(self, settings: Settings, ledger: Ledger, stop: StopRequest) -> None:
        self._settings = settings
        self._ledger = ledger
        self._stop = stop
        self._producer: TransactionalProducer | None = None
        self._failures = 0

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._producer is not None:
            self._producer.close()

    def publish(self, block: Block) -> LedgerEntry:
        """Publish one delivery.

        Raises:
            InterruptedTransactionError: look into the ledger.
            BrokerError: fenced, or the broker does not come back.

        """

        def fill(producer: TransactionalProducer) -> LedgerEntry:
            key = block.entry.sender
            producer.send(block.topic, block.partition, key, block.payloads)
            producer.send(REJECTS, partition_of(key, topics()[REJECTS].partitions), key, block.rejects)
            producer.flush()
            entry = replace(block.entry, end_offset=producer.offset_after(block.topic, block.partition))
            _send_entry(producer, entry, was_held=block.was_held)
            return entry

        entry = self._transact(fill)
        self._ledger.note(entry)
        return entry

    def enter(self, entries: Sequence[LedgerEntry], *, were_held: bool = False) -> None:
        """Write entries of files of which nothing is published, together.

        Raises:
            InterruptedTransactionError: look into the ledger, for any of them.
            BrokerError: fenced, or the broker does not come back.

        """

        def fill(producer: TransactionalProducer) -> None:
            for entry in entries:
                _send_entry(producer, entry, was_held=were_held)

        self._transact(fill)
        for entry in entries:
            self._ledger.note(entry)

    def tell_agreements(self, agreements: Mapping[str, Agreement | None]) -> None:
        """Publish what changed in the register; None withdraws.

        Raises:
            InterruptedTransactionError: it may have come through; telling it again does no harm.
            BrokerError: fenced, or the broker does not come back.

        """
        partitions = topics()[AGREEMENTS].partitions

        def fill(producer: TransactionalProducer) -> None:
            for sender, agreement in agreements.items():
                value = None if agreement is None else encode(agreement)
                producer.send(AGREEMENTS, partition_of(sender, partitions), sender, [value])

        self._transact(fill)

    def _transact(self, fill: Callable[[TransactionalProducer], Result]) -> Result:
        producer = self._producer or self._open()
        try:
            with metrics.PUBLISHING.time():
                producer.begin()
                result = fill(producer)
                producer.commit()
        except BrokerError as error:
            self._give_up_on(error)
            self._open()
            raise InterruptedTransactionError from error
        self._failures = 0
        return result

    def _open(self) -> TransactionalProducer:
        """A new producer and the ledger read to its end; tried again until the broker is back, or for too long."""
        while True:
            try:
                producer = TransactionalProducer(self._settings, f"watcher-{self._settings.shard}").__enter__()
                self._ledger.catch_up()
            except BrokerError as error:
                self._give_up_on(error)
            else:
                self._producer = producer
                return producer

    def _give_up_on(self, error: BrokerError) -> None:
        """Close the producer and pause.

        Raises:
            BrokerError: the error itself, where it is final.

        """
        if self._producer is not None:
            self._producer.close()
            self._producer = None
        self._failures += 1
        metrics.ATTEMPTS_FAILED.inc()
        get_logger().warning("transaction_interrupted", code=error.code, attempt=self._failures, limit=_ATTEMPTS)
        if error.fenced or self._failures >= _ATTEMPTS:
            raise error
        if self._stop.wait(min(0.5 * 2**self._failures, _LONGEST_PAUSE_S)):
            raise error


def _send_entry(producer: TransactionalProducer, entry: LedgerEntry, *, was_held: bool) -> None:
    partition = partition_of(entry.sender, topics()[LEDGER].partitions)
    producer.send(LEDGER, partition, ledger_key(entry, was_held=was_held), [encode(entry)])
