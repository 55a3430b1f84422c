"""Where a file ends: archived compressed, kept as it came (rejected, held), or deleted."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final, Literal

import zstandard

from producers.watcher.arrival import HELD_UNREAD, Arrival, open_delivery
from producers.watcher.durable import move, private_folder, sync_folder
from producers.watcher.naming import entry, inside
from producers.watcher.spool import copy, remove, remove_place

Keeping = Literal["archive", "rejected", "held", "nothing"]

_LEVEL: Final = 3


def put_away(home: Path, arrival: Arrival, keeping: Keeping) -> None:
    """Bring the file to its last place and clear its stamp; may be done again after a crash.

    Raises:
        OSError: not now.

    """
    if keeping == "archive":
        _compress(arrival, private_folder(home / "archive" / arrival.sender))
    elif keeping != "nothing":
        _keep(arrival, _kept_path(home, arrival, keeping))
    remove(arrival.path)


def archived_path(folder: Path, arrival: Arrival) -> Path:
    """Where the archive has it."""
    return folder / entry(f"{arrival.stamp}_", inside(arrival.name), ".zst")


def _kept_path(home: Path, arrival: Arrival, keeping: Keeping) -> Path:
    folder = private_folder(home / keeping / arrival.sender)
    if keeping == "held":
        return private_folder(folder / arrival.stamp) / inside(arrival.name)
    return folder / entry(f"{arrival.stamp}_", inside(arrival.name), "")


def _compress(arrival: Arrival, folder: Path) -> None:
    draft = folder / f".{arrival.stamp}"
    with arrival.path.open("rb") as source, os.fdopen(_create(draft), "wb") as target:
        zstandard.ZstdCompressor(level=_LEVEL).copy_stream(source, target)
        target.flush()
        os.fsync(target.fileno())
    draft.rename(archived_path(folder, arrival))
    sync_folder(folder)


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _keep(arrival: Arrival, target: Path) -> None:
    try:
        move(arrival.path, target)
    except FileNotFoundError:  # moved before a crash
        remove_place(arrival.path.parent)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _keep_across(arrival, target)


def _keep_across(arrival: Arrival, target: Path) -> None:
    """An unread file in an inbox on another file system: a symlink is made anew, bytes are read of held files alone."""
    if arrival.path.is_symlink() and not target.is_symlink():
        target.symlink_to(arrival.path.readlink())
        sync_folder(target.parent)
    elif arrival.unread in HELD_UNREAD:
        with open_delivery(arrival.path) as file:
            copy(file, target.parent, target.name)
