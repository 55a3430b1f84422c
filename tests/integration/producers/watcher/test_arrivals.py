"""Files that arrive in unusual ways: written for ever, closed to us, with a wrong clock, on another file system."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from producers.watcher import app, decisions
from producers.watcher.waiting import waiting_files
from schemas.process.kafka import Admin
from schemas.process.settings import Settings
from schemas.topics import ATTENDANCE
from tests.support.holding import decide, files_below, ledger
from tests.support.inbox import SCHOOL, attendance, deliver, settings_of
from tests.support.waiting import wait_until
from tests.support.watching import TIMEOUT_S, deliveries, entries, receipt, start_process, watching, work_off

pytestmark = pytest.mark.backends

F24 = {"row": None, "column": None, "rule": "F24_MODIFIED_TIME"}


def rows_of(content: bytes) -> tuple[bytes, list[bytes]]:
    """A file's header, and its rows."""
    header, *rows = content.splitlines(keepends=True)
    return header, rows


def test_a_file_that_never_settles_is_held_as_it_is(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes unread; what its sender still writes is not lost, and all of it goes on when it is released."""
    monkeypatch.setattr(app, "_LONGEST_GROWTH_S", 0.3)
    header, rows = rows_of(attendance(pupils=2000))
    (settings.inbox / SCHOOL).mkdir()
    with watching(replace(settings, settle_s=5.0)), (settings.inbox / SCHOOL / "slow.csv").open("wb") as growing:
        growing.write(header)

        def is_held_after_another_row() -> bool:
            growing.write(rows.pop(0))
            growing.flush()
            return bool(decisions.held_files(settings.home))

        wait_until(is_held_after_another_row, timeout_s=TIMEOUT_S, what="the hold")
        growing.write(rows.pop(0))
    (entry,) = entries(settings)
    told = receipt(settings, SCHOOL, "slow.csv")

    decide(settings, "release")
    work_off(settings)

    (delivery,) = deliveries(settings, ATTENDANCE)
    after = receipt(settings, SCHOOL, "slow.csv")
    assert (entry.state, entry.reason, entry.sha256) == ("held", "F03_NEVER_SETTLED", None)
    assert (told["state"], told["sha256"], told["rows_total"]) == ("held", None, None)
    assert len(delivery.rows) == 2000 - len(rows)
    assert (after["state"], after["sha256"], after["delivery_seq"]) == ("accepted", delivery.begun.sha256, 1)
    assert [entry.state for entry in ledger(settings).values()] == ["published"]


def test_a_file_closed_to_us_is_held_after_some_attempts(settings: Settings) -> None:
    """Nothing waits for it any more; when somebody has opened it, it can be released."""
    deliver(settings, attendance()).chmod(0)
    process = start_process(settings, privileged=False)
    try:
        wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="the hold")
        (file,) = decisions.held_files(settings.home)
        refused = decide(settings, "release")
        wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="the first answer")
        file.path.chmod(0o600)
        decide(settings, "release")
        wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="the release")
    finally:
        process.terminate()
        process.wait(TIMEOUT_S)

    outcome = decisions.outcome_of(settings.home, refused)
    assert outcome == decisions.Outcome("held", None, None, "F22_UNREADABLE")
    assert receipt(settings, SCHOOL, "marks.csv")["state"] == "accepted"
    assert [entry.state for entry in ledger(settings).values()] == ["published"]


def test_a_file_that_cannot_be_opened_is_tried_again(settings: Settings) -> None:
    """Some senders give the right to read only after the last byte."""
    deliver(settings, attendance()).chmod(0)
    process = start_process(replace(settings, sweep_s=1.0), privileged=False)
    try:
        claimed = settings.inbox / SCHOOL / ".claimed"
        wait_until(lambda: list(claimed.glob("*/marks.csv")), timeout_s=TIMEOUT_S, what="the claim")
        for path in claimed.glob("*/marks.csv"):
            path.chmod(0o600)
        wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="the delivery")
    finally:
        process.terminate()
        process.wait(TIMEOUT_S)

    assert receipt(settings, SCHOOL, "marks.csv")["state"] == "accepted"


@pytest.mark.parametrize("modified_s", [0, time.time() + 10**6], ids=["1970", "future"])
def test_a_time_of_modification_that_cannot_be_true_is_told(settings: Settings, modified_s: float) -> None:
    """The file is accepted, with a warning on the whole of it."""
    os.utime(deliver(settings, attendance()), (modified_s, modified_s))

    work_off(settings)

    told = receipt(settings, SCHOOL, "marks.csv")
    assert told["state"] == "accepted"
    assert F24 in told["warnings"]


@pytest.fixture(name="apart")
def _apart(tmp_path: Path, kafka_address: str, topic_prefix: str) -> Iterator[Settings]:
    """An installation whose inbox is in memory, and so on another file system than its home."""
    inbox = Path(tempfile.mkdtemp(prefix="ps-inbox-", dir="/dev/shm"))
    settings = settings_of(tmp_path, kafka=kafka_address, topic_prefix=topic_prefix, inbox=inbox)
    Admin(settings).make_topics()
    yield settings
    shutil.rmtree(inbox)


def test_an_inbox_on_another_file_system_works_like_any_other(
    apart: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepted, rejected, held, a link, and one that never settles: each has its place below the home."""
    assert apart.inbox.stat().st_dev != apart.home.stat().st_dev
    deliver(apart, attendance(pupils=25), name="1-good.csv")
    deliver(apart, attendance(pupils=10), name="2-few.csv")
    deliver(apart, b"", name="3-empty.csv")
    (apart.inbox / SCHOOL / "4-link.csv").symlink_to(tmp_path / "elsewhere.csv")
    work_off(apart)
    monkeypatch.setattr(app, "_LONGEST_GROWTH_S", 0.0)
    with watching(apart):
        (apart.inbox / SCHOOL / "5-slow.csv").write_bytes(attendance())
        wait_until(lambda: len(entries(apart)) == 5, timeout_s=TIMEOUT_S, what="five entries")

    assert {entry.file_name: entry.reason for entry in entries(apart)} == {
        "1-good.csv": None,
        "2-few.csv": "COUNT_CHANGED",
        "3-empty.csv": "F01_EMPTY",
        "4-link.csv": "F16_SYMLINK",
        "5-slow.csv": "F03_NEVER_SETTLED",
    }
    assert files_below(apart.inbox) == []
    assert files_below(apart.home / "held") == ["2-few.csv", "5-slow.csv"]
    assert [name.partition("_")[2] for name in files_below(apart.home / "rejected")] == ["3-empty.csv", "4-link.csv"]
    (slow,) = (apart.home / "held").rglob("5-slow.csv")
    assert slow.read_bytes() == attendance()
