"""How many files are still on their way through the watcher: for `status`, and to know when all work is done."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from producers.watcher import decisions
from producers.watcher.durable import private_folder
from producers.watcher.inbox import folder_path, folders, look, names
from producers.watcher.spool import CLAIMED, DRAFT
from schemas.process.settings import Settings

_SWEPT: Final = "watcher.swept"


def waiting_files(settings: Settings) -> int:
    """The files that count in the inbox, the claimed, the spooled, and the held ones about which somebody has decided.

    Looked at in the direction in which they move.
    """
    inbox, spool = settings.inbox, settings.home / "spool"
    waiting = decisions.waiting(settings.home)
    if inbox.is_dir():
        waiting += len(look(inbox).files)
        waiting += sum(_stamped(folder_path(inbox, folder) / CLAIMED) for folder in [None, *folders(inbox)])
    return waiting + sum(_stamped(spool / sender) for sender in names(spool))


def note_sweep(home: Path) -> None:
    """Let others know that this process has taken the register in and looked at the inbox once."""
    (private_folder(home / "run") / _SWEPT).write_text(str(os.getpid()), encoding="utf-8")


def forget_sweep(home: Path) -> None:
    """A new watcher has not looked yet, whatever an earlier one with the same pid has said."""
    (home / "run" / _SWEPT).unlink(missing_ok=True)


def swept_by(home: Path) -> int | None:
    """The process that last said so."""
    try:
        return int((home / "run" / _SWEPT).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # not yet, or half written
        return None


def _stamped(folder: Path) -> int:
    return sum(not name.startswith(DRAFT) for stamp in names(folder) for name in names(folder / stamp))
