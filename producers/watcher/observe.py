"""Hints that something has happened in the inbox: the only door to watchdog.

A hint wakes the sweep early and may say that a file was renamed into place. Hints get lost, in bursts silently, and on
network mounts there are none: nothing but speed depends on them.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from collections.abc import Iterable
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
from watchdog.observers.api import ObservedWatch

from producers.watcher.inbox import folder_path
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
        self._watches: dict[str | None, ObservedWatch] = {}

    def __enter__(self) -> Self:
        logging.getLogger("watchdog").setLevel(logging.CRITICAL)  # it complains of every watch that ends
        self._observer.start()
        self._watch(None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join()

    def follow(self, folders: Iterable[str]) -> None:
        """Take hints from these folders of the inbox, and no longer from those that are not among them.

        Each is watched by itself: our own folders below them are none of the observer's business.
        """
        wanted = set(folders)
        for gone in self._watches.keys() - wanted - {None}:
            self._observer.unschedule(self._watches.pop(gone))
        for new in wanted - self._watches.keys():
            self._watch(new)

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

    def _watch(self, folder: str | None) -> None:
        path = str(folder_path(self._inbox, folder))
        try:
            self._watches[folder] = self._observer.schedule(self, path, event_filter=list(_TELLING))
        except OSError as error:  # gone, or no inotify here, or its limit is reached: sweeps do without
            get_logger().warning("hints_unavailable", code=errno.errorcode.get(error.errno or 0, "unknown"))

    def _place(self, path: str) -> tuple[str | None, str] | None:
        """Folder and name, unless it is a temporary name or none of a sender's files."""
        parts = Path(path).relative_to(self._inbox).parts
        if not 0 < len(parts) <= _DEPTH or any(map(is_temporary, parts)):
            return None
        return (parts[0] if len(parts) == _DEPTH else None), parts[-1]
