"""How far a run has come: files through the whole line, rows a second, time left.

A file is through when the ledger knows it and every consumer of its topic is past its end. On a terminal one line
shows it live; elsewhere a plain line is printed now and then.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from consumers.runtime.offsets import Place
from deploy.roles import topics_read
from deploy.status.look import Look
from deploy.status.report import duration
from producers.watcher.inbox import look as look_at
from producers.watcher.spool import Spool
from schemas.codec import decode
from schemas.errors import BrokerError
from schemas.events import LedgerEntry
from schemas.process.kafka import Admin, read_to_end
from schemas.process.settings import Settings
from schemas.topics import LEDGER

LIVE_EVERY_S: Final = 1.0
PLAIN_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the run is after so many seconds."""

    through: int
    total: int
    rows: int
    seconds: float

    @property
    def rows_per_s(self) -> float:
        """Rows that every consumer has, a second."""
        return self.rows / self.seconds if self.seconds else 0.0

    @property
    def left_s(self) -> float | None:
        """How long the rest takes at this pace; None as long as there is none."""
        return (self.total - self.through) * self.seconds / self.through if self.through else None

    def as_text(self) -> str:
        """The same as a line."""
        left = "" if self.left_s is None else f", about {duration(self.left_s)} left"
        return f"{self.through:,} of {self.total:,} files, {self.rows:,} rows, {self.rows_per_s:,.0f} rows/s{left}"


def standing(
    entries: Sequence[LedgerEntry],
    look: Look,
    read: Mapping[str, frozenset[str]],
    *,
    waiting: int,
    seconds: float,
) -> Standing:
    """How far the files of these ledger entries, and as many that still wait, have come."""
    through = [entry for entry in entries if _is_through(entry, look, read)]
    rows = sum(entry.rows_accepted or 0 for entry in through if entry.state == "published")
    return Standing(len(through), len(entries) + waiting, rows, seconds)


def _is_through(entry: LedgerEntry, look: Look, read: Mapping[str, frozenset[str]]) -> bool:
    if entry.state != "published" or entry.topic is None:
        return True
    place, end = Place(entry.topic, entry.partition or 0), entry.end_offset or 0
    readers = [name for name, topics in read.items() if entry.topic in topics]
    return all(name in look.progress and look.progress[name].positions.get(place, 0) >= end for name in readers)


class Watching:
    """Follows the ledger beside a run; give it every look."""

    def __init__(self, settings: Settings, console: Console, live: Live | None) -> None:
        self._settings = settings
        self._console = console
        self._live = live
        self._read = topics_read(settings)
        self._next = {partition: end for (_, partition), end in Admin(settings).end_offsets([LEDGER]).items()}
        self._entries: list[LedgerEntry] = []
        self._begun = time.monotonic()
        self._shown_at = self._begun

    def note(self, look: Look) -> None:
        """Show how far the run is, unless it was shown a moment ago."""
        now = time.monotonic()
        if now - self._shown_at < (LIVE_EVERY_S if self._live else PLAIN_EVERY_S):
            return
        self._shown_at = now
        try:
            self._catch_up()
        except BrokerError:  # it is just being started again: shown the next time
            return
        seconds = now - self._begun
        found = standing(self._entries, look, self._read, waiting=self._waiting(), seconds=seconds)
        if self._live is None:
            self._console.print(found.as_text(), highlight=False)
        elif found.total:
            self._live.update(_bar(found), refresh=True)

    def _waiting(self) -> int:
        """The files that the ledger does not know; one of which it does may still lie in the spool for a moment."""
        inbox = self._settings.inbox
        if not inbox.is_dir():
            return 0
        known = {(entry.sender, entry.received_at) for entry in self._entries}
        return len(look_at(inbox).files) + len(set(Spool(self._settings).identities()) - known)

    def _catch_up(self) -> None:
        for record in read_to_end(self._settings, LEDGER, self._next):
            self._next[record.partition] = record.offset + 1
            if record.value is not None:
                self._entries.append(decode(record.value, LedgerEntry))


@contextmanager
def shown(settings: Settings, console: Console) -> Iterator[Watching]:
    """Show the progress of what is done in the block; on a terminal nothing of it stays.

    Raises:
        BrokerError: the broker does not say where the ledger ends.

    """
    if not console.is_terminal:
        yield Watching(settings, console, None)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield Watching(settings, console, live)


def _bar(found: Standing) -> Table:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True)
    grid.add_row(ProgressBar(total=found.total, completed=found.through), found.as_text())
    return grid
