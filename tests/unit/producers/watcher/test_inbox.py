"""What counts as a file in the inbox."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from producers.watcher.inbox import look
from producers.watcher.waiting import waiting_files
from tests.support.inbox import SCHOOL, deliver, settings_of


def test_only_files_and_symlinks_of_the_two_levels_count(tmp_path: Path) -> None:
    """Folders, what lies deeper, special files and temporary names are left alone; those like a file are counted."""
    inbox = settings_of(tmp_path).inbox
    folder = inbox / SCHOOL
    (folder / "deep").mkdir(parents=True)
    for path in (inbox / "stray.csv", folder / "marks.csv", folder / "deep" / "x.csv", folder / "a.csv.part"):
        path.touch()
    (folder / "link.csv").symlink_to(inbox / "stray.csv")
    os.mkfifo(folder / "pipe.csv")
    (folder / "folder.csv").mkdir()

    listing = look(inbox)

    assert {(file.folder, file.name) for file in listing.files} == {
        (None, "stray.csv"),
        (SCHOOL, "marks.csv"),
        (SCHOOL, "link.csv"),
    }
    assert listing.special == 2


def test_a_socket_is_left_alone(tmp_path: Path) -> None:
    """A socket in a sender's folder is counted and stays."""
    inbox = tmp_path / "in"
    inbox.mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(inbox / "s.csv"))

        listing = look(inbox)

    assert (listing.files, listing.special) == ((), 1)


def test_everything_on_its_way_is_counted_as_waiting(tmp_path: Path) -> None:
    """Files in the inbox, claimed ones and copies wait; a half-made copy of a claimed file counts once."""
    settings = settings_of(tmp_path)
    deliver(settings, b"x")
    claimed = settings.inbox / SCHOOL / ".claimed" / "0000000000000001"
    copied = settings.home / "spool" / SCHOOL / "0000000000000001"
    for place in (claimed, copied):
        place.mkdir(parents=True)
    (claimed / "a.csv").touch()
    (copied / ".copy.1").touch()

    assert waiting_files(settings) == 2
