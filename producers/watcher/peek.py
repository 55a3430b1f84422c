"""A look at the header of a file that still lies in the inbox, to know which may wait. What it says is only a hint."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from producers.feeds.parsing import identify
from producers.watcher.arrival import SpecialFileError, UnreadFileError, open_delivery
from producers.watcher.inbox import Seen
from producers.watcher.naming import is_allowed
from producers.watcher.register import Register


class Peek:
    """Remembers what it saw, as long as the file lies there unchanged."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._waits: dict[Seen, bool] = {}

    def forget_all_but(self, files: Iterable[Seen]) -> None:
        """Drop what is known of files that are gone."""
        self._waits = {file: self._waits[file] for file in files if file in self._waits}

    def waits(self, file: Seen, register: Register, day: date) -> bool:
        """Whether the file holds marks, and so comes after every other kind."""
        if file not in self._waits:
            self._waits[file] = self._holds_marks(file, register, day)
        return self._waits[file]

    def _holds_marks(self, file: Seen, register: Register, day: date) -> bool:
        permit = register.permit(file.sender, day)
        if permit is None or not is_allowed(file.name):
            return False
        try:
            with open_delivery(file.path(self._inbox)) as opened:
                return identify(Path(f"/dev/fd/{opened.fileno()}"), permit.profile) == "attendance"
        except (UnreadFileError, SpecialFileError, OSError):
            return False
