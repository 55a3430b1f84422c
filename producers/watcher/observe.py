"""Hints that something has happened in the inbox: the only door to watchdog.

A hint wakes the sweep early and may say that a file was renamed into place. Hints get lost, in bursts silently, and on
network mounts there are none: nothing but speed depends on them.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from watchdog.events import (
    DirCreatedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from producers.watcher.naming import is_temporary
from schemas.process.log import get_logger

_TELLING: Final = [FileCreatedEvent, FileMovedEvent, FileClosedEvent, DirCreatedEvent]
_DEPTH: Final = 2  # inbox/<file> and inbox/<sender>/<file>


class Hints(FileSystemEventHandler):
    """Collects hints while it is open; every method may be called from any thread."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._renamed: dict[tuple[str | None, str], int] = {}
        self._observer = Observer()

    def __enter__(self) -> Self:
        try:
            self._observer.schedule(self, str(self._inbox), recursive=True, event_filter=list(_TELLING))
            self._observer.start()
        except OSError as error:  # no inotify here, or its limit is reached: sweeps do without
            get_logger().warning("hints_unavailable", code=str(error.errno))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Note one event; called on watchdog's own thread."""
        place = self._place(os.fsdecode(event.dest_path or event.src_path))
        if place is None:
            return
        if isinstance(event, FileMovedEvent):
            with self._lock:
                self._renamed[place] = time.time_ns()
        self._news.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for news, at most so long; whether there is some."""
        if not self._news.wait(timeout_s):
            return False
        self._news.clear()
        return True

    def renamed(self) -> dict[tuple[str | None, str], int]:
        """The files (folder, name) that were renamed into place since the last call, and when."""
        with self._lock:
            taken, self._renamed = self._renamed, {}
        return taken

    def _place(self, path: str) -> tuple[str | None, str] | None:
        """Folder and name, unless it is a temporary name or none of a sender's files."""
        parts = Path(path).relative_to(self._inbox).parts
        if not 0 < len(parts) <= _DEPTH or any(map(is_temporary, parts)):
            return None
        return (parts[0] if len(parts) == _DEPTH else None), parts[-1]
