"""Runs the processes of one installation and starts again what dies.

Every child is a process of its own with a pid file, so that whatever is killed, the next start finds what is left. A
child that stopped by itself for a stated reason stays stopped; one that dies again and again stops everything.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy import processes
from deploy.errors import ServerError
from deploy.processes import Running
from deploy.roles import ROLES
from schemas.process.lifecycle import stopped_file
from schemas.process.log import get_logger

DEATHS_ALLOWED: Final = 5
DEATHS_WITHIN_S: Final = 60.0
FIRST_PAUSE_S: Final = 0.2
STOP_TIMEOUT_S: Final = 20.0


@dataclass(slots=True)
class Deaths:
    """When one process died lately: decides how long to pause, and when to give up."""

    times: deque[float] = field(default_factory=deque)

    def note(self, now: float) -> None:
        """One more death. `now` in seconds of a monotonic clock."""
        self.times.append(now)
        while now - self.times[0] > DEATHS_WITHIN_S:
            self.times.popleft()

    @property
    def too_many(self) -> bool:
        """Whether it is no use to start it again."""
        return len(self.times) >= DEATHS_ALLOWED

    @property
    def pause_s(self) -> float:
        """How long to wait before the next start: longer each time."""
        return FIRST_PAUSE_S * 2.0 ** (len(self.times) - 1)


@dataclass(slots=True)
class Charge:
    """One process in our care: how to start it, and what became of it."""

    name: str
    start: Callable[[], Running]
    running: Running | None = None
    deaths: Deaths = field(default_factory=Deaths)
    not_before: float = 0.0


class Supervisor:
    """Looks after the processes of one home. All calls from one thread; none blocks longer than a start or a stop."""

    def __init__(self, home: Path, servers: Iterable[Charge]) -> None:
        self._home = home
        self._servers = list(servers)
        self._roles = [Charge(role, lambda role=role: _start_role(role, home)) for role in ROLES]  # type: ignore[misc]  # the default argument binds the name

    def start(self) -> None:
        """Start every process of ours, after ending what an earlier start left behind."""
        for charge in self._roles:
            self._clear(charge.name)
            charge.running = charge.start()

    def look_after(self) -> None:
        """Start again whatever has died; call it often.

        Raises:
            ServerError: one died too often within a minute.

        """
        for charge in (*self._servers, *self._roles):
            if charge.running is not None:
                self._notice_death(charge)
            elif time.monotonic() >= charge.not_before and not self.stopped_itself(charge.name):
                charge.running = charge.start()

    def stopped_itself(self, name: str) -> bool:
        """Whether a process ended for a reason that starting it again would not mend."""
        return stopped_file(self._home, name).exists()

    @property
    def given_up(self) -> list[str]:
        """The processes that stopped by themselves, each with its reason on file."""
        return [charge.name for charge in self._roles if self.stopped_itself(charge.name)]

    def stop(self) -> None:
        """End our processes, the watcher first; servers go on."""
        for charge in self._roles:
            if charge.running is not None:
                processes.stop(charge.running, STOP_TIMEOUT_S)
                processes.exit_status(charge.running)
                charge.running = None

    def _notice_death(self, charge: Charge) -> None:
        running = charge.running
        if running is None:
            return
        status = processes.exit_status(running)
        if status is None and processes.is_alive(running):
            return
        charge.running = None
        charge.deaths.note(time.monotonic())
        charge.not_before = time.monotonic() + charge.deaths.pause_s
        get_logger().warning("process_died", name=charge.name, exit_code=status, count=len(charge.deaths.times))
        if charge.deaths.too_many and not self.stopped_itself(charge.name):
            log = self._home / "log" / f"{charge.name}.log"
            raise ServerError(f"{charge.name} died {DEATHS_ALLOWED} times within a minute: {log} says why")

    def _clear(self, name: str) -> None:
        """What an earlier start left: its process, and the reason it stopped for."""
        leftover = processes.find(name, self._home)
        if leftover is not None:
            processes.stop(leftover, STOP_TIMEOUT_S)
        stopped_file(self._home, name).unlink(missing_ok=True)


def _start_role(role: str, home: Path) -> Running:
    argv = [sys.executable, "-m", "deploy.child", role, str(home)]
    return processes.start(role, argv, home=home, log=home / "log" / f"{role}.log")
