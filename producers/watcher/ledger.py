"""What has become of every file so far, as the ledger topic has it: the only memory of the watcher.

Kept are the heads, what a next file is compared with, the files that are held, and the outcome of the arrivals that
are on their way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from schemas.codec import decode
from schemas.events import Dataset, LedgerEntry
from schemas.process.kafka import read_to_end
from schemas.process.settings import Settings
from schemas.topics import LEDGER

Identity = tuple[str, datetime]
"""Sender and moment of receipt."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest delivery of a sender and dataset."""

    delivery_seq: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the last published delivery held, of one academic year for attendance."""

    delivery_seq: int
    units: int | None
    last_week: date | None


class Past(Protocol):
    """What a file is judged against, besides its own content."""

    def head(self, sender: str, dataset: Dataset) -> Head | None:
        """The newest delivery, if there is one."""
        ...

    def earlier(self, sender: str, dataset: Dataset, academic_year: int | None) -> Earlier | None:
        """The last delivery of that year, if there is one."""
        ...


class Deliveries:
    """Heads, folded from ledger entries in any order; an entry twice changes nothing."""

    def __init__(self) -> None:
        self._heads: dict[tuple[str, Dataset], Head] = {}
        self._earlier: dict[tuple[str, Dataset, int | None], Earlier] = {}

    def head(self, sender: str, dataset: Dataset) -> Head | None:
        """The newest delivery, if there is one."""
        return self._heads.get((sender, dataset))

    def earlier(self, sender: str, dataset: Dataset, academic_year: int | None) -> Earlier | None:
        """The last delivery of that year, if there is one."""
        return self._earlier.get((sender, dataset, academic_year))

    def next_seq(self, sender: str, dataset: Dataset) -> int:
        """The number of the next delivery."""
        head = self.head(sender, dataset)
        return 1 if head is None else head.delivery_seq + 1

    def apply(self, entry: LedgerEntry) -> None:
        """Take one more entry into account."""
        if entry.state != "published" or entry.dataset is None or entry.delivery_seq is None:
            return
        sender, dataset, seq = entry.sender, entry.dataset, entry.delivery_seq
        head = self._heads.get((sender, dataset))
        if head is None or head.delivery_seq < seq:
            self._heads[sender, dataset] = Head(seq, entry.sha256)
        earlier = self._earlier.get((sender, dataset, entry.academic_year))
        if earlier is None or earlier.delivery_seq < seq:
            self._earlier[sender, dataset, entry.academic_year] = Earlier(seq, entry.units, entry.last_week)


class Ledger:
    """The ledger topic as one reader knows it. `catch_up` blocks until its end; nothing else reads.

    Outcomes are remembered of the arrivals that `on_its_way` lists when reading begins, and of those noted here, until
    they are forgotten.
    """

    def __init__(self, settings: Settings, on_its_way: Callable[[], Iterable[Identity]]) -> None:
        self._settings = settings
        self._on_its_way = on_its_way
        self._next: dict[int, int] = {}
        self._outcomes: dict[Identity, LedgerEntry] = {}
        self._held: dict[Identity, LedgerEntry] = {}
        self.deliveries = Deliveries()

    def held(self, identity: Identity) -> LedgerEntry | None:
        """The entry of a file that waits for a person; None: it does not, or not any more."""
        return self._held.get(identity)

    def outcome(self, identity: Identity) -> LedgerEntry | None:
        """What has become of an arrival that is still on its way; None: nothing yet."""
        return self._outcomes.get(identity)

    def forget(self, identity: Identity) -> None:
        """The arrival is put away."""
        self._outcomes.pop(identity, None)

    def note(self, entry: LedgerEntry) -> None:
        """Take an entry into account that was just committed."""
        self._apply(entry)
        self._outcomes[entry.sender, entry.received_at] = entry

    def catch_up(self) -> None:
        """Read what has been committed since the last time.

        Raises:
            BrokerError: the topic could not be read to its end.
            ContractError: it holds something else than entries.

        """
        expected = set(self._on_its_way())
        for record in read_to_end(self._settings, LEDGER, self._next):
            self._next[record.partition] = record.offset + 1
            if record.value is not None:
                entry = decode(record.value, LedgerEntry)
                self._apply(entry)
                if (entry.sender, entry.received_at) in expected:
                    self._outcomes[entry.sender, entry.received_at] = entry

    def _apply(self, entry: LedgerEntry) -> None:
        self.deliveries.apply(entry)
        if entry.state == "held":
            self._held[entry.sender, entry.received_at] = entry
        else:
            self._held.pop((entry.sender, entry.received_at), None)
