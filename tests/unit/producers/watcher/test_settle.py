"""When a file is finished."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from producers.watcher.inbox import Seen
from producers.watcher.settle import UNSEEN, finished, renamed_into_place, settle


def seen(**overrides: Any) -> Seen:
    return replace(Seen(folder="8309996", name="marks.csv", inode=1, size=10, mtime_ns=1_000), **overrides)


def test_a_file_is_not_finished_when_it_is_first_seen() -> None:
    """One look says nothing about stability, however old the modification time."""
    _, finished = settle(UNSEEN, [seen(mtime_ns=0)], 100.0, settle_s=1.0)

    assert finished == []


def test_a_file_that_stays_the_same_is_finished_after_the_quiet_time() -> None:
    """Two looks, at least the quiet time apart, that see the same file."""
    first, _ = settle(UNSEEN, [seen()], 100.0, settle_s=1.0)
    second, early = settle(first, [seen()], 100.9, settle_s=1.0)
    _, finished = settle(second, [seen()], 101.0, settle_s=1.0)

    assert early == []
    assert finished == [seen()]


def test_every_change_starts_the_quiet_time_again() -> None:
    """Another size, modification time or inode is another file."""
    for changed in (seen(size=11), seen(mtime_ns=1_001), seen(inode=2)):
        first, _ = settle(UNSEEN, [seen()], 100.0, settle_s=1.0)
        _, finished = settle(first, [changed], 101.0, settle_s=1.0)

        assert finished == []


def test_a_future_modification_time_settles_like_any_other() -> None:
    """A sender's wrong clock does not keep its file waiting."""
    future = seen(mtime_ns=2**62)
    first, _ = settle(UNSEEN, [future], 100.0, settle_s=1.0)
    _, finished = settle(first, [future], 101.0, settle_s=1.0)

    assert finished == [future]


def test_a_file_that_was_renamed_into_place_is_finished_at_once() -> None:
    """The rename is the sender's word that the file is whole."""
    assert renamed_into_place([seen()], {("8309996", "marks.csv"): 2_000}) == [seen()]


def test_a_file_written_to_after_its_rename_is_not() -> None:
    """Somebody has begun to overwrite it in place."""
    assert renamed_into_place([seen(mtime_ns=3_000)], {("8309996", "marks.csv"): 2_000}) == []


def test_the_next_look_is_due_when_the_first_file_settles() -> None:
    """The waiting time is that of the file that has waited longest."""
    first, _ = settle(UNSEEN, [seen()], 100.0, settle_s=1.0)
    both, _ = settle(first, [seen(), seen(name="later.csv")], 100.4, settle_s=1.0)

    assert both.unsettled(100.5, 1.0) == 0.5
    assert UNSEEN.unsettled(100.5, 1.0) is None


def test_a_renamed_file_does_not_overtake_an_older_one_that_still_settles() -> None:
    """The hint of the older one may have been lost: a watcher that starts saw nothing of it."""
    older, younger = seen(name="w1.csv", mtime_ns=1_000), seen(name="w2.csv", mtime_ns=2_000)

    assert finished([older, younger], quiet=[], renamed=[younger], now_ns=9_000) == []
    assert finished([older, younger], quiet=[older], renamed=[younger], now_ns=9_000) == [older, younger]


def test_a_renamed_file_waits_for_no_younger_file_and_for_no_other_sender() -> None:
    """Somebody who still writes keeps nobody else waiting."""
    file = seen(mtime_ns=1_000)
    others = [seen(name="later.csv", mtime_ns=2_000), seen(folder="8309997", mtime_ns=1)]

    assert finished([file, *others], quiet=[], renamed=[file], now_ns=9_000) == [file]
