"""Several watchers on one inbox: whose file is whose, and that none touches what another is in the middle of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from producers.watcher.arrival import stamp_of
from producers.watcher.inbox import look
from producers.watcher.naming import UNKNOWN
from producers.watcher.shards import owns
from producers.watcher.spool import CLAIMED, DRAFT, Spool
from schemas.events import COUNCIL
from schemas.process.settings import Settings
from tests.support.inbox import OTHER_SCHOOL, SCHOOL, deliver, settings_of

SHARDS = 2


def watchers(folder: Path) -> list[Settings]:
    """The settings of each watcher of one inbox."""
    return [replace(settings_of(folder), shard=shard, shards=SHARDS) for shard in range(SHARDS)]


def owner(folder: Path, sender: str) -> tuple[Settings, Settings]:
    """The watcher that takes the sender's files, and the other one."""
    mine, other = sorted(watchers(folder), key=lambda settings: not owns(settings, sender))
    return mine, other


@pytest.mark.parametrize("sender", [SCHOOL, OTHER_SCHOOL, COUNCIL, UNKNOWN, "8300000", "not a school"])
def test_every_sender_has_one_watcher(tmp_path: Path, sender: str) -> None:
    """A partition has one writer, and no file is nobody's."""
    assert [owns(settings, sender) for settings in watchers(tmp_path)].count(True) == 1


def test_a_claim_that_another_watcher_is_about_to_fill_stays(tmp_path: Path) -> None:
    """Its folder is made before the file is renamed into it, and a copy begins as a draft: both look abandoned."""
    mine, other = owner(tmp_path, SCHOOL)
    stamp = stamp_of(Spool(mine).next_moment())
    place, copy = mine.inbox / SCHOOL / CLAIMED / stamp, mine.home / "spool" / SCHOOL / stamp
    for folder in (place, copy):
        folder.mkdir(parents=True)
    (copy / f"{DRAFT}1").touch()

    Spool(other).leftovers()

    assert place.is_dir()
    assert (copy / f"{DRAFT}1").exists()


def test_a_leftover_is_resumed_by_the_watcher_of_its_sender_alone(tmp_path: Path) -> None:
    """The other one does not even see it."""
    mine, other = owner(tmp_path, SCHOOL)
    deliver(mine, b"UPN\n")
    spool = Spool(mine)
    (file,) = look(mine.inbox).files
    spool.claim(file, spool.next_moment())

    assert [left.sender for left in Spool(mine).leftovers()] == [SCHOOL]
    assert Spool(other).leftovers() == []
