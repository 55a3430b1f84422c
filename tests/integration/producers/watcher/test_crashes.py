"""Whatever dies at whatever moment, each file becomes exactly one delivery with its entry, receipt and place."""

from __future__ import annotations

import errno
import json
import os
import random
import signal

import pytest

from producers.watcher import spool
from producers.watcher.waiting import waiting_files
from schemas.process.lifecycle import stopped_file
from schemas.process.settings import Settings
from schemas.topics import ATTENDANCE
from tests.support.inbox import SCHOOL, attendance, deliver
from tests.support.waiting import wait_until
from tests.support.watching import TIMEOUT_S, deliveries, entries, receipt, start_process, watching, work_off

pytestmark = pytest.mark.backends

KAFKA = "schemas.process.kafka:TransactionalProducer"
STEPS = [
    "producers.watcher.spool:Spool._take before 2",
    "producers.watcher.spool:remove before 2",
    "producers.watcher.work:Work._bring_to_end before 2",
    f"{KAFKA}.begin after 3",
    f"{KAFKA}.flush after 2",
    f"{KAFKA}.commit before 3",
    f"{KAFKA}.commit after 3",
    "producers.watcher.receipts:write after 2",
    "producers.watcher.archive:remove before 2",
]
"""Each kills the watcher with one of several files half done; the first transaction is the register's."""


def deliver_some(settings: Settings, count: int) -> list[str]:
    """Files with different contents, each with one pupil more than the last."""
    for number in range(count):
        deliver(settings, attendance(pupils=1 + number), name=f"{number:03d}.csv")
    return [f"{number:03d}.csv" for number in range(count)]


def assert_each_became_one_delivery(settings: Settings, names: list[str]) -> None:
    """Blocks, entries, receipts and archived files are the same deliveries, each once."""
    told = deliveries(settings, ATTENDANCE)
    published = entries(settings)
    assert sorted(block.begun.file_name for block in told) == names
    assert sorted(entry.file_name for entry in published) == names
    assert [block.begun.delivery_seq for block in told] == list(range(1, len(names) + 1))
    assert sorted(receipt(settings, SCHOOL, name)["delivery_seq"] for name in names) == list(range(1, len(names) + 1))
    archived = [path.name.partition("_")[2] for path in (settings.home / "archive" / SCHOOL).iterdir()]
    assert sorted(archived) == [f"{name}.zst" for name in names]
    assert waiting_files(settings) == 0


def wait_for_work(settings: Settings, left: int) -> None:
    """Return when no more than that many files wait."""
    wait_until(lambda: waiting_files(settings) <= left, timeout_s=TIMEOUT_S, what="some work to be done")


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_leaves_one_delivery_of_each_file(settings: Settings, step: str) -> None:
    """The next watcher finishes what the dead one began."""
    names = deliver_some(settings, 4)
    process = start_process(settings, dies_at=step)
    assert process.wait(TIMEOUT_S) == -signal.SIGKILL

    work_off(settings)

    assert_each_became_one_delivery(settings, names)


def test_a_crash_with_repeated_files_enters_each_once(settings: Settings) -> None:
    """Also the entries of files of which nothing is published are known by their moment of receipt."""
    deliver(settings, attendance())
    work_off(settings)
    for number in range(5):
        deliver(settings, attendance(), name=f"{number}.csv")
    assert start_process(settings, dies_at=f"{KAFKA}.commit after 1").wait(TIMEOUT_S) == -signal.SIGKILL

    work_off(settings)

    assert [entry.state for entry in entries(settings)] == ["published", *["duplicate"] * 5]
    assert all(receipt(settings, SCHOOL, f"{number}.csv")["state"] == "duplicate" for number in range(5))


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_at_random_moments_lose_and_double_nothing(settings: Settings, seed: int) -> None:
    """Four watchers in a row are killed while they work through a heap of files."""
    chance = random.Random(seed)
    names = deliver_some(settings, 60)
    for _ in range(4):
        before = waiting_files(settings)
        process = start_process(settings)
        goal = before - chance.randrange(1, 12)
        wait_for_work(settings, goal)
        process.kill()
        process.wait(TIMEOUT_S)

    work_off(settings)

    assert_each_became_one_delivery(settings, names)


def test_an_old_watcher_that_wakes_up_is_fenced(settings: Settings) -> None:
    """It ends with its own exit status and a note, and what it had claimed is published by the new one, once."""
    deliver(settings, attendance(), name="000.csv")
    old = start_process(settings)
    wait_until(lambda: entries(settings), timeout_s=TIMEOUT_S, what="the first delivery")
    os.kill(old.pid, signal.SIGSTOP)
    names = ["000.csv"]

    def deliver_until_it_ends() -> bool:
        if waiting_files(settings) < 5:
            names.append(f"{len(names):03d}.csv")
            deliver(settings, attendance(pupils=3 + len(names) % 3, first=len(names)), name=names[-1])
        return old.poll() is not None

    with watching(settings):
        wait_until(lambda: deliver_until_it_ends() or len(names) > 3, timeout_s=TIMEOUT_S, what="some work")
        os.kill(old.pid, signal.SIGCONT)
        wait_until(deliver_until_it_ends, timeout_s=TIMEOUT_S, what="the old watcher to end")
        wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="an empty inbox")

    assert old.wait(TIMEOUT_S) == 4
    assert "taken over" in json.loads(stopped_file(settings.home, "watcher").read_text())["reason"]
    assert_each_became_one_delivery(settings, names)


def test_a_full_disk_holds_everything_back(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is published while copies cannot be made safe; when there is room again, work goes on."""
    names = deliver_some(settings, 3)
    attempts: list[object] = []

    def no_room(path: object) -> None:
        attempts.append(path)
        raise OSError(errno.ENOSPC, "no room")

    with watching(settings):
        with monkeypatch.context() as fault:
            fault.setattr(spool, "sync_folder", no_room)
            wait_until(lambda: len(attempts) > 5, timeout_s=TIMEOUT_S, what="attempts")
            assert entries(settings) == []
        wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="an empty inbox")

    assert_each_became_one_delivery(settings, names)


def test_sigterm_ends_a_watcher_between_two_files(settings: Settings) -> None:
    """It ends with status 0, and nothing is left half done."""
    names = deliver_some(settings, 40)
    process = start_process(settings)
    wait_for_work(settings, 34)
    process.terminate()

    assert process.wait(TIMEOUT_S) == 0
    assert not list((settings.home / "spool").glob("*/*"))
    work_off(settings)
    assert_each_became_one_delivery(settings, names)
