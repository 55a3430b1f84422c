"""The command `subscribe`: what a team is told, how far, and what it is told when something is wrong."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.subscribe import group
from deploy.subscribe.command import Wish, subscribe
from schemas.errors import BrokerError, ConfigError
from schemas.process.kafka import TransactionalProducer
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings
from tests.support.alerts import alert, publish_alerts
from tests.support.installation import COMMAND
from tests.support.waiting import wait_until

pytestmark = pytest.mark.backends

TIMEOUT_S = 60.0
TEAM = "virtual-school"


def told(settings: Settings, **asked: Any) -> list[dict[str, Any]]:
    """What one run that ends by itself tells a team."""
    lines: list[str] = []
    wish = Wish(**{"team": TEAM, "once": True, **asked})
    assert subscribe(settings, wish, StopRequest(), say=lines.append, note=lambda _: None) == 0
    return [json.loads(line) for line in lines]


def ids(settings: Settings, **asked: Any) -> list[str]:
    """The ids of what one run tells."""
    return [line["alert_id"] for line in told(settings, **asked)]


@contextmanager
def subscriber(settings: Settings, output: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command at work, its lines going to a file."""
    command: list[str | Path] = [COMMAND, "subscribe", "--team", TEAM, "--kafka", settings.kafka, *arguments]
    environment = {**os.environ, "PUPILSTREAM_TOPIC_PREFIX": settings.topic_prefix, "PUPILSTREAM_HOME": ""}
    with output.open("ab") as file:
        process = subprocess.Popen(command, env=environment, stdout=file)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def lines_in(output: Path) -> list[str]:
    """The ids of the whole lines of a file."""
    text = output.read_text() if output.exists() else ""
    return [json.loads(line)["alert_id"] for line in text.splitlines(keepends=True) if line.endswith("\n")]


def test_a_line_has_every_field_of_the_contract(settings: Settings, producer: TransactionalProducer) -> None:
    """Dates and times as ISO 8601, everything else as JSON has it."""
    publish_alerts(producer, alert("a", "z"))

    (line,) = told(settings)

    assert line == {
        "alert_id": "a",
        "kind": "SUSPENSION_STARTED",
        "version": 1,
        "supersedes": ["z"],
        "raised_at": "2026-09-18T08:00:00+00:00",
        "data_as_of": "2025-10-17",
        "due_date": "2025-10-16",
        "pupil_id": "P0000042",
        "dfe_no": "8309996",
        "type": "SUSP",
        "start_date": "2025-10-16",
        "end_date": "2025-10-23",
        "day_six_date": "2025-10-23",
        "chain_school_days": 6.0,
        "term_days": 6.0,
        "year_days": 6.0,
        "looked_after": True,
        "historic": False,
        "delivery_seq": 2,
        "row": 1,
    }


def test_a_team_that_was_away_is_told_what_it_missed(settings: Settings, producer: TransactionalProducer) -> None:
    """Each team has a place of its own in the topic."""
    publish_alerts(producer, alert("a"), alert("b", "a"))
    first = ids(settings)
    publish_alerts(producer, alert("c"), alert("d", "b"))

    assert (first, ids(settings), ids(settings)) == (["b"], ["c", "d"], [])
    assert ids(settings, team="inclusion") == ["c", "d"]


def test_kinds_and_a_first_day_choose(settings: Settings, producer: TransactionalProducer) -> None:
    """A first day is told again from there, whatever the team was told before."""
    later = alert("c", raised_at=alert("c").raised_at.replace(month=10))
    publish_alerts(producer, alert("a"), alert("b", kind="DAY_SIX_DUE"), later)

    assert ids(settings, kinds=("DAY_SIX_DUE",)) == ["b"]
    assert ids(settings, since=later.raised_at.date()) == ["c"]
    assert ids(settings, since=later.raised_at.date()) == ["c"]


def test_the_table_holds_what_is_current(settings: Settings, producer: TransactionalProducer, tmp_path: Path) -> None:
    """One line an alert, for its owner alone; made anew from the topic when it was lost."""
    path = tmp_path / "current.csv"
    publish_alerts(producer, alert("a", due_date=None), alert("b"))
    ids(settings, state=path)
    publish_alerts(producer, alert("c", "b", looked_after=False))
    path.unlink()
    ids(settings, state=path)

    with path.open(newline="") as file:
        rows = [(row["alert_id"], row["due_date"], row["looked_after"]) for row in csv.DictReader(file)]
    assert rows == [("c", "2025-10-16", "false"), ("a", "", "true")]
    assert path.stat().st_mode & 0o077 == 0


def test_nothing_uncommitted_is_told(settings: Settings, producer: TransactionalProducer) -> None:
    """A transaction that is open, or was taken back, is not there for a subscriber."""
    publish_alerts(producer, alert("a"))
    producer.begin()
    producer.send_one("exclusions.alerts.v1", 0, "P1", b"not yet", {})
    producer.flush()
    while_open = ids(settings)
    producer.abort()
    publish_alerts(producer, alert("b"))

    assert (while_open, ids(settings)) == (["a"], ["b"])


def test_a_subscriber_that_was_killed_goes_on(
    settings: Settings, producer: TransactionalProducer, tmp_path: Path
) -> None:
    """The command tells as alerts come; after SIGKILL the next one tells the rest."""
    output = tmp_path / "lines"
    publish_alerts(producer, alert("a"))
    with subscriber(settings, output) as process:
        wait_until(lambda: lines_in(output) == ["a"], timeout_s=TIMEOUT_S, what="the first line")
        publish_alerts(producer, alert("b"))
        wait_until(lambda: lines_in(output) == ["a", "b"], timeout_s=TIMEOUT_S, what="the second line")
        process.kill()
    publish_alerts(producer, alert("c"))

    with subscriber(settings, output, "--once") as process:
        assert process.wait(TIMEOUT_S) == 0

    assert list(dict.fromkeys(lines_in(output))) == ["a", "b", "c"]


def test_a_reader_that_has_gone_ends_the_command_in_silence(
    settings: Settings, producer: TransactionalProducer
) -> None:
    """As with any command whose lines go through `head`."""
    publish_alerts(producer, alert("a"))
    read, write = os.pipe()
    os.close(read)
    command: list[str | Path] = [COMMAND, "subscribe", "--team", TEAM, "--kafka", settings.kafka, "--once"]
    environment = {**os.environ, "PUPILSTREAM_TOPIC_PREFIX": settings.topic_prefix, "PUPILSTREAM_HOME": ""}
    done = subprocess.run(
        command, env=environment, stdout=write, stderr=subprocess.PIPE, check=False, timeout=TIMEOUT_S
    )
    os.close(write)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_second_subscriber_of_a_team_reads_nothing(
    settings: Settings, producer: TransactionalProducer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them reads; the other one is told so."""
    monkeypatch.setattr(group, "PATIENCE_S", 1.0)
    publish_alerts(producer, alert("a"))
    output = tmp_path / "lines"
    with subscriber(settings, output):
        wait_until(lambda: lines_in(output) == ["a"], timeout_s=TIMEOUT_S, what="the first line")
        with pytest.raises(BrokerError, match="another --team"):
            ids(settings, since=alert("a").raised_at.date())


def test_a_broker_that_does_not_answer_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    monkeypatch.setattr(group, "ANSWER_WITHIN_S", 0.5)
    with pytest.raises(BrokerError, match=r"127\.0\.0\.1:1: start the installation"):
        ids(replace(settings, kafka="127.0.0.1:1"))


def test_a_broker_without_the_topic_is_not_the_right_one(settings: Settings) -> None:
    """As when the installation's prefix is missing."""
    with pytest.raises(ConfigError, match="PUPILSTREAM_TOPIC_PREFIX"):
        ids(replace(settings, topic_prefix="nobody."))
