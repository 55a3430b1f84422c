"""The examples that other teams begin with, each run as they would run it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import asyncpg
import pytest

from schemas.codec import decode
from schemas.events import ExclusionAlert
from schemas.process.kafka import TransactionalProducer, read_to_end
from schemas.process.settings import Settings
from schemas.topics import ALERTS
from tests.support.alerts import alert, publish_alerts
from tests.support.running import ask
from tests.support.waiting import wait_until

pytestmark = pytest.mark.backends

TIMEOUT_S = 60.0
EXAMPLES = files("deploy") / "examples"
SCHEMA = str(files("schemas") / "avro" / "ExclusionAlert.v1.avsc")
CHECKOUT = Path(__file__).parents[3]


@contextmanager
def at_work(arguments: Sequence[str], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An example in Python, its output going to a file, killed at the end."""
    with output.open("ab") as file:
        process = subprocess.Popen([sys.executable, *arguments], stdout=file, stderr=file)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_subscriber_tells_each_alert_as_it_comes(
    settings: Settings, producer: TransactionalProducer, tmp_path: Path
) -> None:
    """Killed and started again, it goes on behind the last one that it had done its work on."""
    output = tmp_path / "lines"
    program = [str(EXAMPLES / "subscriber.py"), settings.kafka, "inclusion", SCHEMA, settings.topic(ALERTS)]

    def told() -> list[str]:
        return [json.loads(line)["alert_id"] for line in output.read_text().splitlines()]

    publish_alerts(producer, alert("a"), alert("b"))
    with at_work(program, output):
        wait_until(lambda: told() == ["a", "b"], timeout_s=TIMEOUT_S, what="two lines")
    publish_alerts(producer, alert("c"))
    with at_work(program, output):
        wait_until(lambda: told()[-1] == "c", timeout_s=TIMEOUT_S, what="the third line")

    assert list(dict.fromkeys(told())) == ["a", "b", "c"]


def test_the_subscriber_is_as_short_as_promised() -> None:
    """Some thirty lines, without the text before them."""
    _, _, program = (EXAMPLES / "subscriber.py").read_text(encoding="utf-8").split('"""', 2)

    assert len([line for line in program.splitlines() if line]) <= 30


def test_the_line_for_kcat_shows_keys_and_headers(
    settings: Settings, producer: TransactionalProducer, tmp_path: Path
) -> None:
    """By kcat itself where it is installed, else by a stand-in that knows the options of the example and no other."""
    publish_alerts(producer, alert("a"), alert("b", pupil_id=None))
    path = os.environ["PATH"] if shutil.which("kcat") else f"{stand_in(tmp_path)}:{os.environ['PATH']}"

    line = [str(EXAMPLES / "kcat.sh"), settings.kafka, settings.topic_prefix]
    told = subprocess.run(line, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True).stdout

    attributes = "ce_type=SUSPENSION_STARTED,ce_source=pupilstream/exclusions,ce_time=2026-09-18T08:00:00+00:00"
    expected = [
        f"{offset}\t{key}\tce_id={name},{attributes},ce_specversion=1.0"
        for offset, (key, name) in enumerate([("P0000042", "a"), ("8309996", "b")])
    ]
    assert told.splitlines() == expected


def stand_in(folder: Path) -> Path:
    """A folder with a command `kcat` in it."""
    command = folder / "kcat"
    command.write_text(f'#!/bin/sh\ncd {CHECKOUT} && exec {sys.executable} -m tests.support.kcat "$@"\n')
    command.chmod(0o700)
    return folder


def sink(settings: Settings) -> list[str]:
    """The example that fills a table, on the test's own database."""
    dsn = str.__str__(settings.postgres)
    return [str(EXAMPLES / "sql_sink.py"), settings.kafka, dsn, SCHEMA, settings.topic(ALERTS)]


def table(settings: Settings) -> list[tuple[str, bool]]:
    """What it holds: each alert, and whether it is superseded."""
    return [(name, gone) for name, gone in ask(settings, "public", "SELECT alert_id, superseded FROM alert ORDER BY 1")]


def assert_same_as_the_topic(settings: Settings) -> None:
    """The table holds each alert of the topic once, knows which are current, and the position is behind the last."""
    records = list(read_to_end(settings, ALERTS))
    alerts = [decode(record.value or b"", ExclusionAlert) for record in records]
    superseded = {old for one in alerts for old in one.supersedes}
    assert table(settings) == sorted((one.alert_id, one.alert_id in superseded) for one in alerts)
    assert ask(settings, "public", "SELECT next FROM alert_position") == [(records[-1].offset + 1,)]


def test_the_sink_killed_within_its_transaction_loses_and_doubles_nothing(
    settings: Settings, producer: TransactionalProducer, tmp_path: Path
) -> None:
    """Rows and position are committed together: the next one reads the same alerts again."""
    publish_alerts(producer, alert("a"))
    with at_work(sink(settings), tmp_path / "sink"):
        wait_until(lambda: len(table(settings)) == 1, timeout_s=TIMEOUT_S, what="the first row")
        with table_locked(settings):
            publish_alerts(producer, alert("b", "a"), alert("c"))
            waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            wait_until(
                lambda: ask(settings, "public", waiting), timeout_s=TIMEOUT_S, what="the sink in its transaction"
            )
    assert table(settings) == [("a", False)]

    with at_work(sink(settings), tmp_path / "sink"):
        wait_until(lambda: len(table(settings)) == 3, timeout_s=TIMEOUT_S, what="all rows")

    assert_same_as_the_topic(settings)


def test_the_sink_killed_at_any_moment_loses_and_doubles_nothing(
    settings: Settings, producer: TransactionalProducer, tmp_path: Path
) -> None:
    """Four sinks in a row are killed while alerts come."""
    chance = random.Random(9)
    numbers = iter(range(1, 10_000))
    for _ in range(4):
        goal = len(table(settings)) + chance.randrange(1, 40)
        with at_work(sink(settings), tmp_path / "sink"):

            def reached(goal: int = goal) -> bool:
                number = next(numbers)
                publish_alerts(producer, alert(f"{number:04}", f"{number - chance.randrange(1, 9):04}"))
                return len(table(settings)) >= goal

            wait_until(reached, timeout_s=TIMEOUT_S, what=f"{goal} rows")
    last = next(numbers) - 1

    with at_work(sink(settings), tmp_path / "sink"):
        wait_until(lambda: len(table(settings)) >= last, timeout_s=TIMEOUT_S, what="all rows")

    assert_same_as_the_topic(settings)


@contextmanager
def table_locked(settings: Settings) -> Iterator[None]:
    """Nobody can write into the table."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(settings.postgres))
        transaction = connection.transaction()
        runner.run(transaction.start())
        runner.run(connection.execute("LOCK TABLE public.alert IN EXCLUSIVE MODE"))
        yield
        connection.terminate()
