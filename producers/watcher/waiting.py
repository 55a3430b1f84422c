"""How many files are still on their way through the watcher: for `status`, and to know when all work is done."""

from __future__ import annotations

from pathlib import Path

from producers.watcher.inbox import folder_path, folders, look
from producers.watcher.spool import CLAIMED, DRAFT
from schemas.process.settings import Settings


def waiting_files(settings: Settings) -> int:
    """The files in the inbox that count, the claimed and the spooled; looked at in the direction in which they move."""
    inbox = settings.inbox
    if not inbox.is_dir():
        return _stamped(settings.home / "spool", "*/*/*")
    lying = len(look(inbox).files)
    claimed = sum(_stamped(folder_path(inbox, name) / CLAIMED, "*/*") for name in [None, *folders(inbox)])
    return lying + claimed + _stamped(settings.home / "spool", "*/*/*")


def _stamped(folder: Path, pattern: str) -> int:
    return sum(path.name != DRAFT for path in folder.glob(pattern))
