"""Hints of watchdog, on a real file system."""

from __future__ import annotations

from pathlib import Path

from producers.watcher.observe import Hints
from tests.support.inbox import SCHOOL, deliver, settings_of
from tests.support.waiting import wait_until


def test_a_rename_into_place_is_told_with_its_moment(tmp_path: Path) -> None:
    """The hint names folder and file, and is given once."""
    settings = settings_of(tmp_path)
    (settings.inbox / SCHOOL).mkdir()
    told: dict[tuple[str | None, str], int] = {}
    with Hints(settings.inbox) as hints:
        hints.follow([SCHOOL])
        path = deliver(settings, b"x")
        while not told and hints.wait(5):
            told = hints.renamed()

    assert set(told) == {(SCHOOL, "marks.csv")}
    assert told[SCHOOL, "marks.csv"] >= path.stat().st_mtime_ns


def test_our_own_folders_wake_nobody(tmp_path: Path) -> None:
    """Neither a claim nor an unfinished upload is news."""
    settings = settings_of(tmp_path)
    (settings.inbox / SCHOOL / ".claimed").mkdir(parents=True)
    with Hints(settings.inbox) as hints:
        hints.follow([SCHOOL])
        (settings.inbox / SCHOOL / ".claimed" / "1").mkdir()
        (settings.inbox / SCHOOL / "a.csv.part").touch()

        assert not hints.wait(0.3)


def test_a_folder_that_comes_back_is_followed_again(tmp_path: Path) -> None:
    """A watch ends with its folder; the next one needs a new watch."""
    settings = settings_of(tmp_path)
    folder = settings.inbox / SCHOOL
    folder.mkdir()
    with Hints(settings.inbox) as hints:
        hints.follow([SCHOOL])
        folder.rmdir()
        hints.follow([])
        folder.mkdir()
        hints.follow([SCHOOL])
        deliver(settings, b"x")

        wait_until(hints.renamed, timeout_s=5, what="a hint of the rename")


def test_a_missing_inbox_gives_no_hints_and_no_error(tmp_path: Path) -> None:
    """Sweeps do without."""
    with Hints(tmp_path / "nowhere") as hints:
        hints.follow([SCHOOL])

        assert not hints.wait(0.01)
