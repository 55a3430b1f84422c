"""What the same machine can do at best: bare `produce` in transactions, bare `consume`, bare COPY and merge.

No stage of ours can be faster than the one below it; how near it comes is what can still be gained.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import asyncpg
import polars as pl
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from schemas.codec import encode_block
from schemas.process.kafka import TransactionalProducer, consumer_config
from schemas.process.settings import Settings
from tests.benchmarks.files import PUPILS, SCHOOLS, WEEKS, write_files
from tests.benchmarks.report import Figure, rate
from tests.benchmarks.stages import judged
from tests.benchmarks.whole_line import TODAY
from tests.support.installation import installation

TOPIC: Final = "ceiling"
AT_ONCE: Final = 10_000
COLUMNS: Final = ("pupil_key", "start_date", "marks")
TABLES: Final = """
    CREATE TEMPORARY TABLE state (pupil_key text, start_date date, marks text[], PRIMARY KEY (pupil_key, start_date));
    CREATE TEMPORARY TABLE arriving (pupil_key text, start_date date, marks text[])
"""
MERGE: Final = """
    INSERT INTO state SELECT * FROM arriving
    ON CONFLICT (pupil_key, start_date) DO UPDATE SET marks = excluded.marks
"""


def measure(times: int) -> Iterator[Figure]:
    """The rows of 40 files, so many times as many pupils in each."""
    rows = SCHOOLS * PUPILS * WEEKS * times
    section = f"What this machine can do at best, {rows:,} rows"
    with tempfile.TemporaryDirectory(prefix="ps-bench-") as folder, installation(today=TODAY) as made:
        frames = [_frame(path) for path in write_files(Path(folder), pupils=PUPILS * times)]
        made.run("up", "--until-idle", expected=None)
        settings = made.settings()
        begun = time.monotonic()
        blocks = [encode_block("AttendanceMarks", frame) for frame in frames]
        yield rate(section, "encoding as Avro", rows, time.monotonic() - begun)
        yield rate(section, "produce, one transaction a file", rows, _produce(settings, blocks))
        yield rate(section, f"consume, {AT_ONCE:,} at once", rows, _consume(settings, rows))
        yield rate(section, "COPY and merge of one row a week", rows, asyncio.run(_merge(settings, frames)))


def _frame(path: Path) -> pl.DataFrame:
    parsed = judged(path).parsed
    assert parsed is not None
    return parsed.rows.with_columns(pl.lit(1, pl.Int64).alias("delivery_seq"))


def _produce(settings: Settings, blocks: list[list[bytes]]) -> float:
    admin = AdminClient({"bootstrap.servers": settings.kafka})
    for made in admin.create_topics([NewTopic(TOPIC, 1)]).values():
        made.result()
    with TransactionalProducer(settings, TOPIC) as producer:
        begun = time.monotonic()
        for block in blocks:
            producer.begin()
            producer.send(TOPIC, 0, "8309999", block)
            producer.commit()
        return time.monotonic() - begun


def _consume(settings: Settings, rows: int) -> float:
    consumer = Consumer(consumer_config(settings) | {"group.id": TOPIC})
    consumer.assign([TopicPartition(TOPIC, 0, 0)])
    begun, seen = time.monotonic(), 0
    while seen < rows:
        seen += sum(message.error() is None for message in consumer.consume(AT_ONCE, 1.0))
    consumer.close()
    return time.monotonic() - begun


async def _merge(settings: Settings, frames: list[pl.DataFrame]) -> float:
    connection = await asyncpg.connect(settings.postgres)
    try:
        await connection.execute(TABLES)
        begun = time.monotonic()
        for frame in frames:
            async with connection.transaction():
                await connection.execute("TRUNCATE arriving")
                await connection.copy_records_to_table("arriving", records=frame.select(COLUMNS).iter_rows())
                await connection.execute(MERGE)
        return time.monotonic() - begun
    finally:
        await connection.close()
