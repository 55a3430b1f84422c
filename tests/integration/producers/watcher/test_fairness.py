"""One school's flood, or giant, costs the others no more than a turn."""

from __future__ import annotations

import pytest

from producers.watcher import app
from producers.watcher.waiting import waiting_files
from schemas.events import LedgerEntry
from schemas.process.settings import Settings
from tests.support.inbox import OTHER_SCHOOL, SCHOOL, attendance, deliver
from tests.support.waiting import wait_until
from tests.support.watching import TIMEOUT_S, entries, watching, work_off

pytestmark = pytest.mark.backends

FLOOD = 80
A_STRETCH = 48
"""More files than a watcher takes in a stretch of a fifth of a second, which it may prolong by one batch of sixteen."""


def in_order_of_publication(settings: Settings) -> list[LedgerEntry]:
    """What was published, as it was."""

    def when(entry: LedgerEntry) -> float:
        assert entry.published_at is not None
        return entry.published_at.timestamp()

    return sorted(entries(settings), key=when)


def test_a_flood_does_not_keep_another_school_waiting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that comes while many of another school are worked off goes on after the present stretch of work."""
    monkeypatch.setattr(app, "_LONGEST_WORK_S", 0.2)
    for number in range(FLOOD):
        deliver(settings, attendance(pupils=1, first=number), name=f"{number:03d}.csv")
    with watching(settings):
        wait_until(lambda: waiting_files(settings) < FLOOD, timeout_s=TIMEOUT_S, what="the first of the flood")
        left = waiting_files(settings)
        deliver(settings, attendance(sender=OTHER_SCHOOL), sender=OTHER_SCHOOL)
        wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="an empty inbox")

    senders = [entry.sender for entry in in_order_of_publication(settings)]
    assert len(senders) == FLOOD + 1
    assert senders.index(OTHER_SCHOOL) <= FLOOD - left + A_STRETCH < FLOOD


def test_a_giant_costs_its_own_school_the_turn(settings: Settings) -> None:
    """Behind a school's giant wait its own files, and of each other school at most one goes after it."""
    deliver(settings, attendance(pupils=5000, sender=OTHER_SCHOOL), sender=OTHER_SCHOOL, name="0-giant.csv")
    for number in range(3):
        deliver(settings, attendance(pupils=2, first=number), name=f"{number}.csv")
        small = attendance(pupils=4000 + number, sender=OTHER_SCHOOL)
        deliver(settings, small, sender=OTHER_SCHOOL, name=f"{1 + number}.csv")

    work_off(settings)

    senders = [entry.sender for entry in in_order_of_publication(settings)]
    assert senders == [OTHER_SCHOOL, SCHOOL] * 3 + [OTHER_SCHOOL]
