"""The yardstick: the same files through the plainest pipeline that one would write in an afternoon.

`csv.DictReader`, one record at a time through fastavro, `produce`; then `poll` and `executemany` upserts in batches of
1,000. Two processes, like ours on the same two servers; it checks, matches and counts nothing.
"""

from __future__ import annotations

import asyncio
import csv
import io
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import fastavro
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from schemas.process.settings import Settings
from tests.benchmarks.files import HEADER

BATCH: Final = 1_000
FIELDS: Final = tuple(name.lower().replace(" ", "_") for name in HEADER)
SCHEMA: Final = fastavro.parse_schema(
    {"type": "record", "name": "Row", "fields": [{"name": name, "type": "string"} for name in FIELDS]}
)
TABLE: Final = f"""
    DROP TABLE IF EXISTS public.plain;
    CREATE TABLE public.plain ({", ".join(f"{name} text" for name in FIELDS)}, PRIMARY KEY (upn, dfe_no, start_date))
"""
UPSERT: Final = f"""
    INSERT INTO public.plain VALUES ({", ".join(f"${number}" for number in range(1, len(FIELDS) + 1))})
    ON CONFLICT (upn, dfe_no, start_date) DO UPDATE SET sessions = excluded.sessions
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds from the first file to the last committed row, and the CPU seconds of both processes."""

    seconds: float
    cpu_s: float


def run(settings: Settings, files: list[Path], rows: int, topic: str) -> Outcome:
    """Carry all files to rows in `public.plain`, over a new topic of this name."""
    admin = AdminClient({"bootstrap.servers": settings.kafka})
    for made in admin.create_topics([NewTopic(topic, 4)]).values():
        made.result()
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_warm, range(2)))
        begun = time.monotonic()
        reading = pool.submit(_consume, settings.kafka, str.__str__(settings.postgres), topic, rows)
        writing = pool.submit(_produce, settings.kafka, topic, files)
        cpu_s = writing.result() + reading.result()
        return Outcome(time.monotonic() - begun, cpu_s)


def _warm(_: int) -> None:
    """Import this module, in each of the two, before the clock runs."""
    time.sleep(0.2)


def _produce(kafka: str, topic: str, files: list[Path]) -> float:
    begun = time.process_time()
    producer = Producer({"bootstrap.servers": kafka, "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
    for path in files:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                buffer = io.BytesIO()
                fastavro.schemaless_writer(buffer, SCHEMA, dict(zip(FIELDS, row.values(), strict=True)))
                producer.produce(topic, buffer.getvalue(), key=path.parent.name)
                producer.poll(0)
    producer.flush()
    return time.process_time() - begun


def _consume(kafka: str, dsn: str, topic: str, rows: int) -> float:
    return asyncio.run(_upsert(kafka, dsn, topic, rows))


async def _upsert(kafka: str, dsn: str, topic: str, rows: int) -> float:
    begun = time.process_time()
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    for batch in _batches(kafka, topic, rows):
        await connection.executemany(UPSERT, batch)
    await connection.close()
    return time.process_time() - begun


def _batches(kafka: str, topic: str, rows: int) -> Iterator[list[tuple[Any, ...]]]:
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": topic, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    batch: list[tuple[Any, ...]] = []
    seen = 0
    while seen < rows:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        seen += 1
        row = fastavro.schemaless_reader(io.BytesIO(message.value() or b""), SCHEMA, None)
        batch.append(tuple(row.values()))  # type: ignore[union-attr]  # a record is read as a dict
        if len(batch) == BATCH or seen == rows:
            yield batch
            batch = []
    consumer.close()
