"""A broker that goes away for a while in the middle of the work, and what subscribers were told afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from deploy.servers.embedded_kafka import EmbeddedKafka
from tests.support.csv_files import csv_bytes, exclusion_row
from tests.support.installation import COMMAND, Installation, installation
from tests.support.state import told
from tests.support.telling import assert_told_once
from tests.support.waiting import wait_until

Way = Literal["stop", "kill", "freeze"]

WAYS: Final[tuple[Way, ...]] = ("stop", "kill", "freeze")
TODAY: Final = "2026-11-20"
TIMEOUT_S: Final = 120.0
SCHOOLS: Final = tuple(str(8300001 + number) for number in range(6))
CHILDREN: Final = 5
TEAM: Final = "inclusion"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many alerts of each kind the topic holds, and the ids that a subscriber which ran all the time was told."""

    kinds: Counter[str]
    ids: set[str]
    heard: set[str]


def outage(way: Way, seconds: float) -> Outcome:
    """Files before, during and after the broker was away so long; returns when all work is done.

    Fails where an alert stands on the topic twice, or not as it is kept.
    """
    with broker() as kafka, installation(today=TODAY, kafka=kafka.address) as made, at_work(made) as heard:
        files = iter(SCHOOLS)
        for _ in range(2):
            send(made, next(files))
        wait_until(heard, timeout_s=TIMEOUT_S, what="a first alert")
        send(made, next(files))  # on its way when the broker goes
        with away(kafka, way, seconds):
            send(made, next(files))
            send(made, next(files))
        send(made, next(files))
        made.wait_until_idle(timeout_s=TIMEOUT_S)
        alerts = told(made.settings())
        assert_told_once(made.settings(), len(alerts))
        ids = {one.alert_id for one in alerts}
        wait_until(lambda: heard() >= ids, timeout_s=TIMEOUT_S, what="the subscriber to have heard all")
        return Outcome(Counter(one.kind for one in alerts), ids, heard())


@contextmanager
def broker() -> Iterator[EmbeddedKafka]:
    """A broker that nobody starts again but the test."""
    home = Path(tempfile.mkdtemp(prefix="ps-broker-"))
    kafka = EmbeddedKafka(home)
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.stop()
        shutil.rmtree(home)


@contextmanager
def away(kafka: EmbeddedKafka, way: Way, seconds: float) -> Iterator[None]:
    """The broker is not there for so long: ended, killed, or asleep with its connections open."""
    pid = kafka.pid
    assert pid is not None
    if way == "stop":
        kafka.stop()
    else:
        os.kill(pid, signal.SIGKILL if way == "kill" else signal.SIGSTOP)
    gone = time.monotonic()
    yield
    wait_until(lambda: time.monotonic() - gone >= seconds, timeout_s=seconds + 10, what="the outage to be over")
    if way == "freeze":
        os.kill(pid, signal.SIGCONT)
    kafka.start()


@contextmanager
def at_work(made: Installation) -> Iterator[Callable[[], set[str]]]:
    """`up`, and a subscriber that runs all the time: what it has been told."""
    (made.home / "config").mkdir()
    register = [f"{dfe_no},exclusions" for dfe_no in SCHOOLS]
    (made.home / "config" / "agreements.csv").write_text("\n".join(["DfE No,Datasets", *register, ""]))
    lines = made.home / "lines"
    with made.running():
        made.wait_until_idle(timeout_s=TIMEOUT_S)
        with lines.open("ab") as output:
            command: list[str | Path] = [COMMAND, "subscribe", "--home", made.home, "--team", TEAM]
            subscriber = subprocess.Popen(command, env={**os.environ, **made.environment}, stdout=output)
        try:
            yield lambda: {json.loads(line)["alert_id"] for line in lines.read_text().splitlines()}
        finally:
            subscriber.terminate()
            assert subscriber.wait(TIMEOUT_S) == 0


def send(made: Installation, dfe_no: str) -> None:
    """A file of a school with some children of its own, each suspended for five days: an alert each."""
    first = CHILDREN * SCHOOLS.index(dfe_no) + 1
    rows = [exclusion_row(number, DfE_No=dfe_no) for number in range(first, first + CHILDREN)]
    path = made.home / f"{dfe_no}.csv"
    path.write_bytes(csv_bytes(rows))
    made.drop(path, dfe_no)
