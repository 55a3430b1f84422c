"""A county's files dropped into a running installation while its processes are killed, at moments a seed decides."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from producers.simulator.app import Plan, simulate
from schemas.events import COUNCIL
from tests.support.installation import Installation, finish
from tests.support.waiting import wait_until

TARGETS: Final = ("kafka", "postgres", "watcher", "relay", "intake", "matching", "attendance", "exclusions", "up")
LONGEST_PAUSE_S: Final = 1.2
IDLE_TIMEOUT_S: Final = 240.0
RESTART_TIMEOUT_S: Final = 90.0
WEEKS: Final = (1, 2, 3)
TODAY: Final = "2025-09-29"
YEAR: Final = 2025
COUNCIL_FILES: Final = 2  # the pupils and the calendar of the first week


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file on its way to a sender's folder."""

    sender: str
    path: Path


def county(folder: Path, *, schools: int, seed: int, faults: float = 0.25) -> list[Arrival]:
    """Three weeks of files, in the order in which they are sent, the council's first; one register for all."""
    for week in WEEKS:
        simulate(Plan(folder / f"week{week}", week, schools, seed, YEAR, faults))
    return [
        Arrival(path.parent.name, path)
        for week in WEEKS
        for path in sorted((folder / f"week{week}" / "inbox").rglob("*"), key=_council_first)
        if path.is_file()
    ]


def _council_first(path: Path) -> tuple[bool, Path]:
    return path.parent.name != COUNCIL, path


def adopt_register(installation: Installation, folder: Path) -> None:
    """Give the installation the county's agreements."""
    target = installation.home / "config" / "agreements.csv"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes((folder / f"week{WEEKS[0]}" / "config" / "agreements.csv").read_bytes())


def undisturbed(installation: Installation, arrivals: list[Arrival]) -> None:
    """Work the files off in peace; the servers go on."""
    for arrival in begin_with_the_council(installation, arrivals):
        installation.drop(arrival.path, arrival.sender)
    installation.run("up", "--until-idle", expected=None)


def begin_with_the_council(installation: Installation, arrivals: list[Arrival]) -> list[Arrival]:
    """Let the calendar be known before the first suspension, for an alert keeps the day six it was raised with.

    Returns the files still to be sent.
    """
    for arrival in arrivals[:COUNCIL_FILES]:
        installation.drop(arrival.path, arrival.sender)
    installation.run("up", "--until-idle", expected=None)
    return arrivals[COUNCIL_FILES:]


class Nemesis:
    """Kills, and sees to it that `up` runs again when it was the one to be killed."""

    def __init__(self, installation: Installation, seed: int) -> None:
        self.killed: dict[str, int] = dict.fromkeys(TARGETS, 0)
        self._installation = installation
        self._random = random.Random(seed)
        self._pause = Event()
        self._up: subprocess.Popen[bytes] = installation.up()

    def torment(self, arrivals: list[Arrival], kills: int) -> None:
        """Drop all files, in order, so many kills of each process spread among them; return when all work is done."""
        self._installation_is_ready()
        for action in self._plan(arrivals, kills):
            if isinstance(action, Arrival):
                self._installation.drop(action.path, action.sender)
                continue
            self._pause.wait(self._random.uniform(0, LONGEST_PAUSE_S))
            self._kill(action)
        self._ensure_up()
        self._installation.wait_until_idle(timeout_s=IDLE_TIMEOUT_S)

    def end(self) -> None:
        """Stop `up`, in peace."""
        finish(self._up)

    def _installation_is_ready(self) -> None:
        self._installation.wait_until_idle(timeout_s=IDLE_TIMEOUT_S)

    def _plan(self, arrivals: list[Arrival], kills: int) -> Iterator[Arrival | str]:
        """Files in their order, kills in any, evenly mixed."""
        doomed = [name for name in TARGETS for _ in range(kills)]
        self._random.shuffle(doomed)
        share = len(arrivals) / max(1, len(doomed))
        sent = 0
        for number, name in enumerate(doomed, 1):
            until = round(number * share)
            yield from arrivals[sent:until]
            sent = until
            yield name
        yield from arrivals[sent:]

    def _kill(self, name: str) -> None:
        """Kill it as soon as it runs: what died lately is started again only after a pause."""
        if name == "up":
            self._up.kill()
            self._up.wait()
            self._ensure_up()
        else:
            wait_until(lambda: self._killed(name), timeout_s=RESTART_TIMEOUT_S, what=f"{name} runs again")
        self.killed[name] += 1

    def _killed(self, name: str) -> bool:
        """Whether it ran, and runs no longer; `up` itself ends where one process died too often within a minute."""
        self._ensure_up()
        return self._installation.kill(name)

    def _ensure_up(self) -> None:
        if self._up.poll() is not None:
            self._up = self._installation.up()
