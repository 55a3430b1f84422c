"""Deliveries on the topics, as the watcher puts them there: one block, one transaction."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

import polars as pl

from schemas import codec
from schemas.events import ROW_RECORDS, DeliveryBegun, DeliveryCompleted
from schemas.process.kafka import TransactionalProducer
from schemas.topics import TOPIC_OF_DATASET, partition_of, topics

SCHOOL: Final = "8309996"
RECEIVED: Final = datetime(2026, 9, 14, 6, 30, tzinfo=UTC)


def begun(**fields: Any) -> DeliveryBegun:
    """The opening record of a school's first attendance file, but for the fields given."""
    values: dict[str, Any] = {
        "sender": SCHOOL,
        "dataset": "attendance",
        "delivery_seq": 1,
        "file_name": "marks.csv",
        "sha256": "0" * 64,
        "rows": 3,
        "received_at": RECEIVED,
        "received_on": date(2026, 9, 14),
    }
    return DeliveryBegun(**{**values, **fields})


def completed(opening: DeliveryBegun, payloads: list[bytes]) -> DeliveryCompleted:
    """The closing record of a block with these rows."""
    return DeliveryCompleted(
        sender=opening.sender,
        dataset=opening.dataset,
        delivery_seq=opening.delivery_seq,
        sha256=opening.sha256,
        rows=len(payloads),
        checksum=sha256(b"".join(payloads)).hexdigest(),
    )


def attendance_rows(opening: DeliveryBegun, **columns: object) -> pl.DataFrame:
    """As many rows of marks as the opening record states; a column given is the same, or a series, for all rows."""
    values: dict[str, object] = {
        "delivery_seq": opening.delivery_seq,
        "row": pl.int_range(1, opening.rows + 1, eager=True),
        "dfe_no": opening.sender,
        "pupil_key": "adm:1",
        "academic_year": 2026,
        "start_date": date(2026, 9, 7),
        "days_per_week": 7,
        "marks": pl.Series([["/", "\\"] * 5] * opening.rows, dtype=pl.List(pl.String)),
        **columns,
    }
    kinds = codec.columns("AttendanceMarks")
    frame = pl.DataFrame({"n": range(opening.rows)}).with_columns(
        (value if isinstance(value, pl.Series) else pl.lit(value)).alias(name) for name, value in values.items()
    )
    missing = [pl.lit(None).alias(name) for name in kinds if name not in values]
    return frame.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in kinds.items())


def block(opening: DeliveryBegun, rows: pl.DataFrame) -> list[bytes]:
    """The payloads of a whole delivery, in order: opening record, rows, closing record."""
    payloads = codec.encode_block(ROW_RECORDS[opening.dataset], rows)
    return [codec.encode(opening), *payloads, codec.encode(completed(opening, payloads))]


def publish_delivery(producer: TransactionalProducer, opening: DeliveryBegun, rows: pl.DataFrame) -> int:
    """Publish a delivery as the watcher does, in one transaction; the offset that follows it."""
    return publish(producer, opening, block(opening, rows))


def publish(producer: TransactionalProducer, opening: DeliveryBegun, payloads: list[bytes]) -> int:
    """Publish any payloads where that delivery belongs, in one transaction; the offset that follows the last."""
    topic = TOPIC_OF_DATASET[opening.dataset]
    partition = partition_of(opening.sender, topics()[topic].partitions)
    producer.begin()
    producer.send(topic, partition, opening.sender, list(payloads))
    producer.flush()
    after = producer.offset_after(topic, partition)
    producer.commit()
    return after
