"""The broker goes away and comes back while a watcher runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.servers.embedded_kafka import EmbeddedKafka
from producers.watcher.waiting import waiting_files
from schemas.process.kafka import Admin
from schemas.topics import ATTENDANCE
from tests.support.inbox import attendance, deliver, settings_of
from tests.support.waiting import wait_until
from tests.support.watching import TIMEOUT_S, deliveries, entries, watching

pytestmark = pytest.mark.backends


def test_files_that_come_while_the_broker_is_down_go_on_when_it_is_back(tmp_path: Path) -> None:
    """Each once, in order, without a restart of the watcher; so does one that was under way."""
    broker = EmbeddedKafka(tmp_path / "broker", heap_mb=256)
    settings = settings_of(tmp_path, kafka=broker.start())
    try:
        Admin(settings).make_topics()
        with watching(settings):
            deliver(settings, attendance(pupils=1), name="1.csv")
            wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="the first file")
            broker.stop()
            deliver(settings, attendance(pupils=2), name="2.csv")
            wait_until(lambda: list((settings.home / "spool").rglob("2.csv")), timeout_s=TIMEOUT_S, what="the copy")
            deliver(settings, attendance(pupils=2), name="3.csv")
            broker.start()
            wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="the rest")
        told = [(entry.file_name, entry.state, entry.delivery_seq) for entry in entries(settings)]
        blocks = [block.begun.file_name for block in deliveries(settings, ATTENDANCE)]
    finally:
        broker.stop()

    assert told == [("1.csv", "published", 1), ("2.csv", "published", 2), ("3.csv", "duplicate", 2)]
    assert blocks == ["1.csv", "2.csv"]
