"""How many files are still on their way through the watcher: for `status`, and to know when all work is done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from producers.watcher.inbox import folder_path, folders, look
from producers.watcher.spool import CLAIMED, DRAFT
from schemas.process.settings import Settings

_SWEPT: Final = "watcher.swept"


def waiting_files(settings: Settings) -> int:
    """The files in the inbox that count, the claimed and the spooled; looked at in the direction in which they move."""
    inbox, spool = settings.inbox, settings.home / "spool"
    lying = len(look(inbox).files) if inbox.is_dir() else 0
    claimed = sum(_stamped(folder_path(inbox, name) / CLAIMED) for name in _senders(inbox)) if inbox.is_dir() else 0
    return lying + claimed + sum(map(_stamped, _children(spool)))


def note_sweep(home: Path) -> None:
    """Let others know that this process has taken the register in and looked at the inbox once."""
    (home / "run" / _SWEPT).write_text(str(os.getpid()), encoding="utf-8")


def swept_by(home: Path) -> int | None:
    """The process that last said so."""
    try:
        return int((home / "run" / _SWEPT).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # not yet, or half written
        return None


def _senders(inbox: Path) -> list[str | None]:
    return [None, *folders(inbox)]


def _stamped(folder: Path) -> int:
    return sum(path.name != DRAFT for place in _children(folder) for path in _children(place))


def _children(folder: Path) -> Iterator[Path]:
    """What lies in a folder, which the watcher may remove at any moment."""
    with suppress(FileNotFoundError, NotADirectoryError):
        for name in os.listdir(folder):
            yield folder / name
