"""The attendance consumer alone, from a filled topic to committed state: a year met for the first time, and week 39.

Judged by the processor time of the consumer's own process, broker and database apart: it holds on a busy machine. The
topic, the blocks and the engine are the real ones; the registers are those of a synthetic county.
"""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from pathlib import Path
from threading import Event
from typing import Final

import asyncpg
import polars as pl

from consumers.attendance.app import consumer
from consumers.runtime.process import calm_collector
from consumers.runtime.runner import run
from consumers.runtime.work import Consumer, Work
from producers.feeds.parsing import parse
from producers.simulator.county import found_county
from producers.simulator.school_week import make_school_week
from schemas.process.kafka import Admin, TransactionalProducer
from schemas.process.settings import Secret, Settings
from tests.benchmarks.report import Figure, cost, rate
from tests.support import backends
from tests.support.csv_files import context
from tests.support.running import Running, ask
from tests.support.streams import begun, publish_delivery
from tests.support.waiting import wait_until

SCHOOLS: Final = 40
YEAR: Final = 2025
LAST_WEEK: Final = 39
RECEIVED_ON: Final = date(2026, 8, 3)
TIMEOUT_S: Final = 600.0
SECTION: Final = "The attendance consumer alone, rows a second of its CPU, state committed"


@dataclass(frozen=True, slots=True)
class Spent:
    """What some rows took: seconds of the consumer's processor, and by the clock."""

    rows: int
    cpu_s: float
    seconds: float


class _Counted:
    """A consumer that also tells when the last awaited delivery has come: asking the database would cost time."""

    def __init__(self, consumer: Consumer, *, awaited: int) -> None:
        self.name, self.topics = consumer.name, consumer.topics
        self.package, self.history = consumer.package, consumer.history
        self.all_came = Event()
        self._consumer = consumer
        self._awaited = awaited

    async def apply(self, connection: asyncpg.Connection, work: Work) -> None:
        """As `Consumer.apply`."""
        await self._consumer.apply(connection, work)
        self._awaited -= 1
        if not self._awaited:
            self.all_came.set()


def measure() -> Iterator[Figure]:
    """A school year of 40 schools met for the first time, 38 weeks of it; then all 39, nothing changed before."""
    calm_collector()
    registers = list(_registers())
    last_monday = pl.concat([rows["start_date"] for _, rows in registers]).max()
    before = [(dfe_no, rows.filter(pl.col("start_date") < last_monday)) for dfe_no, rows in registers]
    with _installation() as settings:
        first = _worked_off(settings, before, delivery_seq=1)
        yield from _figures(first, "first load, 38 weeks", "at least 120,000")
        repeated = _worked_off(settings, registers, delivery_seq=2)
        yield from _figures(repeated, "unchanged year, week 39", "at least 200,000")


def _figures(spent: Spent, what: str, target: str) -> Iterator[Figure]:
    yield rate(SECTION, what, spent.rows, spent.cpu_s, target)
    yield cost(SECTION, what, spent.rows, spent.cpu_s)
    yield rate(SECTION, f"{what}, by the clock", spent.rows, spent.seconds)


def _registers() -> Iterator[tuple[str, pl.DataFrame]]:
    """Every school's rows of the whole year, read from its file of the last week."""
    county = found_county(1, YEAR, schools=SCHOOLS)
    with tempfile.TemporaryDirectory(prefix="ps-bench-") as folder:
        path = Path(folder) / "year.csv"
        for school in county.schools:
            file, *_ = make_school_week(county, school, week=LAST_WEEK, faults=0).outcomes
            path.write_bytes(file.delivery.data)
            yield school.dfe_no, parse(path, context(school.dfe_no, RECEIVED_ON)).rows


@contextmanager
def _installation() -> Iterator[Settings]:
    """Topics and a database of the benchmark's own."""
    with backends.kafka() as kafka, backends.postgres() as postgres, tempfile.TemporaryDirectory() as home:
        settings = Settings(
            home=Path(home),
            inbox=Path(home),
            kafka=kafka,
            postgres=Secret(postgres),
            topic_prefix=f"b{uuid.uuid4().hex[:8]}.",
        )
        Admin(settings).make_topics()
        yield settings
        backends.delete_topics(kafka, settings.topic_prefix)


def _worked_off(settings: Settings, files: Iterable[tuple[str, pl.DataFrame]], *, delivery_seq: int) -> Spent:
    rows = _publish(settings, files, delivery_seq)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    processor, clock = time.process_time(), time.monotonic()
    try:
        counted = _Counted(consumer(settings), awaited=SCHOOLS)
        with Running(lambda stop: run(counted, settings, stop)):
            assert counted.all_came.wait(TIMEOUT_S), "the topic was not worked off in time"
            wait_until(lambda: _committed(settings, delivery_seq), timeout_s=TIMEOUT_S, what="the last commit")
            return Spent(rows, time.process_time() - processor, time.monotonic() - clock)
    finally:
        os.sched_setaffinity(0, cores)


def _publish(settings: Settings, files: Iterable[tuple[str, pl.DataFrame]], delivery_seq: int) -> int:
    rows = 0
    with TransactionalProducer(settings, "watcher") as producer:
        for dfe_no, frame in files:
            opening = begun(
                sender=dfe_no,
                delivery_seq=delivery_seq,
                rows=frame.height,
                received_at=datetime.combine(RECEIVED_ON, time_of_day(8), tzinfo=UTC),
                received_on=RECEIVED_ON,
            )
            publish_delivery(producer, opening, frame.with_columns(delivery_seq=delivery_seq))
            rows += frame.height
    return rows


def _committed(settings: Settings, delivery_seq: int) -> bool:
    query = "SELECT count(*) FROM applied WHERE delivery_seq = $1"
    return ask(settings, "attendance", query, delivery_seq) == [(SCHOOLS,)]
