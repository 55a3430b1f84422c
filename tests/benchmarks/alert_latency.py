"""How soon subscribers know: from a finished exclusions file to an alert that a read_committed subscriber can read.

All the while a county's attendance files of one week are worked off, dropped at once before the first of ours.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles
from threading import Event, Thread
from typing import Final, Self

from confluent_kafka import Consumer, Message, TopicPartition

from deploy.demo import monday_after
from producers.simulator.app import Plan, simulate
from schemas.codec import decode
from schemas.events import COUNCIL, ExclusionAlert
from schemas.process.kafka import consumer_config
from schemas.process.settings import Settings
from schemas.topics import ALERTS, EXCLUSIONS, topics
from tests.benchmarks.report import Figure
from tests.benchmarks.whole_line import DONE, TIMEOUT_S, give_register
from tests.support.csv_files import csv_bytes, exclusion_row
from tests.support.installation import Installation, ask, installation
from tests.support.waiting import wait_until

SEED: Final = 39
YEAR: Final = 2024
WEEK: Final = 39
PAUSE_S: Final = 0.2
LOOK_EVERY: Final = 5


class Listener:
    """A subscriber that notes when the first alert of each school could be read, on the machine's clock.

    It reads the exclusions too, for the moments at which the broker took file and alert.
    """

    def __init__(self, settings: Settings) -> None:
        self.heard: dict[str, float] = {}
        self.taken: dict[str, dict[str, float]] = {EXCLUSIONS: {}, ALERTS: {}}
        self._plain = len(settings.topic_prefix)
        self._done = Event()
        self._consumer = Consumer(consumer_config(settings) | {"group.id": settings.name("latency")})
        self._consumer.assign(
            [
                TopicPartition(settings.topic(name), partition, 0)
                for name in self.taken
                for partition in range(topics()[name].partitions)
            ]
        )
        self._thread = Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._consumer.close()

    def _listen(self) -> None:
        while not self._done.is_set():
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None:
                self._note(message, time.time())

    def _note(self, message: Message, now: float) -> None:
        name = (message.topic() or "")[self._plain :]
        dfe_no = bytes(message.key() or b"").decode()
        if name == ALERTS:
            dfe_no = decode(message.value() or b"", ExclusionAlert).dfe_no
            self.heard.setdefault(dfe_no, now)
        self.taken[name].setdefault(dfe_no, message.timestamp()[1] / 1000)


def measure(schools: int) -> Iterator[Figure]:
    """A file with one suspension from each of so many schools, in any order, as long as the load lasts."""
    with tempfile.TemporaryDirectory(prefix="ps-bench-") as name:
        folder = Path(name)
        simulate(Plan(folder, WEEK, schools, SEED, YEAR))
        with installation(today=monday_after(folder).isoformat()) as made:
            give_register(made, folder / "config" / "agreements.csv")
            with made.running():
                made.wait_until_idle(timeout_s=TIMEOUT_S)
                for path in (folder / "inbox" / COUNCIL).iterdir():
                    made.drop(path, COUNCIL)
                made.wait_until_idle(timeout_s=TIMEOUT_S)
                sent, listener, load_s = _under_load(made, folder)
    section = f"From a finished exclusions file to a readable alert, while {schools} attendance files are worked off"
    waits = sorted(listener.heard[dfe_no] - sent[dfe_no] for dfe_no in sent)
    cuts = quantiles(waits, n=100, method="inclusive")
    yield Figure(section, "files measured", len(waits), "files")
    yield Figure(section, "the load lasted", load_s, "s")
    for name, taken in listener.taken.items():
        until = median(taken[dfe_no] - sent[dfe_no] for dfe_no in sent)
        yield Figure(section, f"median until the broker takes it for {name}", until, "s")
    yield Figure(section, "median", cuts[49], "s")
    yield Figure(section, "p95", cuts[94], "s", "under 2")
    yield Figure(section, "p99", cuts[98], "s", "under 5")
    yield Figure(section, "longest", waits[-1], "s")


def _under_load(made: Installation, folder: Path) -> tuple[dict[str, float], Listener, float]:
    """When each file was finished, who heard of its alert, and how long the load lasted."""
    settings, sent = made.settings(), dict[str, float]()
    load = sorted(folder.glob("inbox/*/attendance*.csv"))
    order = sorted({path.parent.name for path in load})
    random.Random(SEED).shuffle(order)
    pause = Event()
    with Listener(settings) as listener:
        begun = time.monotonic()
        for path in load:
            made.drop(path, path.parent.name)
        for number, dfe_no in enumerate(order):
            if number % LOOK_EVERY == 0 and _is_done(settings, len(load)):
                break
            path = _suspension(folder, dfe_no, number)
            sent[dfe_no] = time.time()
            made.drop(path, dfe_no)
            pause.wait(PAUSE_S)
        wait_until(lambda: _is_done(settings, len(load)), timeout_s=TIMEOUT_S, what="the load")
        load_s = time.monotonic() - begun
        wait_until(lambda: listener.heard.keys() >= sent.keys(), timeout_s=TIMEOUT_S, what="every alert")
        return sent, listener, load_s


def _is_done(settings: Settings, wanted: int) -> bool:
    return bool(ask(settings.postgres, DONE)[0][0] >= wanted)


def _suspension(folder: Path, dfe_no: str, number: int) -> Path:
    """A file with one child of its own, out of school for the first two days of the week."""
    monday = date(YEAR + 1, 6, 30)
    cells = {"DfE_No": dfe_no, "Start_Date": f"{monday:%d/%m/%Y}", "End_Date": f"{monday + timedelta(1):%d/%m/%Y}"}
    path = folder / f"exclusions_{dfe_no}.csv"
    path.write_bytes(csv_bytes([exclusion_row(1 + number, **cells, Number_of_Sessions="4")]))
    return path
