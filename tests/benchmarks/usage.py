"""What each process of an installation uses: CPU seconds and peak memory, read from the operating system."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread
from typing import Final, Self

import psutil

from deploy.processes import find
from deploy.roles import ROLES, SERVERS

MEGABYTE: Final = 1024 * 1024
SAMPLE_S: Final = 0.25


def cpu_seconds(home: Path) -> dict[str, float]:
    """The CPU seconds that each process of this home, with its children, has used since it was started."""
    found = {name: _process(name, home) for name in (*SERVERS, *ROLES)}
    return {name: cpu_of(process) for name, process in found.items() if process is not None}


def cpu_of(process: psutil.Process) -> float:
    """The CPU seconds of one process and its children: those that live, and those that have ended."""
    own = process.cpu_times()
    living = sum(map(_cpu_of_child, process.children(recursive=True)))
    return float(own.user + own.system + own.children_user + own.children_system + living)


def used(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """The CPU seconds between two readings."""
    return {name: after[name] - before.get(name, 0.0) for name in after}


class Peaks:
    """The most memory each of our processes, without the servers, was seen to use while this is open, in bytes."""

    def __init__(self, home: Path) -> None:
        self.bytes: dict[str, int] = {}
        self._home = home
        self._done = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_S):
            for name in ROLES:
                process = _process(name, self._home)
                if process is not None:
                    self.bytes[name] = max(self.bytes.get(name, 0), process.memory_info().rss)


def _process(name: str, home: Path) -> psutil.Process | None:
    running = find(name, home)
    return None if running is None else psutil.Process(running.pid)


def _cpu_of_child(child: psutil.Process) -> float:
    try:
        times = child.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
