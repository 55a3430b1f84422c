"""Judges arrivals under the register of the moment, against everything their senders sent before.

What a file says does not depend on what came before it: while one is on its way to the topics, the next may be read.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from producers.feeds.parsing import Context, Parsed, identify, parse
from producers.watcher.arrival import Arrival
from producers.watcher.examine import Candidate, NothingPast, Verdict, examine, is_odd_time, not_understood, recalled
from producers.watcher.ledger import Ledger, Past
from producers.watcher.naming import is_allowed
from producers.watcher.publish import Block, block_of
from producers.watcher.register import NOBODY, Permit, Register
from schemas.events import Dataset, LedgerEntry
from schemas.process.log import get_logger
from schemas.process.settings import Settings

_SMALL: Final = 1_000_000
"""Bytes. The larger the file, the less it gains, and the more memory two at once would take."""


class Judge:
    """What becomes of a file. Every method may raise `OSError`: the file cannot be read now."""

    def __init__(self, settings: Settings, ledger: Ledger, pool: ThreadPoolExecutor) -> None:
        self._settings = settings
        self._ledger = ledger
        self._pool = pool
        self._ahead: dict[tuple[Path, Context], Future[Parsed | None]] = {}
        self.register: Register = NOBODY

    def read_ahead(self, arrival: Arrival) -> None:
        """Begin to read a small file that is judged soon, unless something says already that it will not be read."""
        permit = self._permit(arrival)
        if permit is None or arrival.unread or not is_allowed(arrival.name) or self._is_head(arrival, permit):
            return
        if arrival.path.stat().st_size <= _SMALL:
            context = Context(arrival.sender, arrival.received_on, permit.profile, self._settings.secret_key)
            reading = self._pool.submit(_read_what_is_agreed, arrival.path, context, permit.datasets)
            self._ahead[arrival.path, context] = reading

    def forget_what_was_read(self) -> None:
        """Drop what was read ahead and not asked for."""
        self._ahead.clear()

    def judge(self, arrival: Arrival, *, was_held: bool = False) -> tuple[Verdict, Block | None]:
        """The verdict, and the file encoded, if it is to be published; one that was held is not held again."""
        file = _candidate(arrival)
        try:
            verdict = self._examine(arrival, self._ledger.deliveries, may_hold=not was_held)
            return self._encoded(arrival, verdict, was_held=was_held)
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - one file on which the program fails must not stop all others
            get_logger().error("file_not_understood", sender=arrival.sender, exc_info=True)
            return not_understood(file), None

    def recall(self, arrival: Arrival, entry: LedgerEntry) -> Verdict:
        """The verdict that the ledger states."""
        file = _candidate(arrival)
        past = self._ledger.deliveries if entry.state in {"held", "rejected"} else NothingPast()
        try:
            again = self._examine(arrival, past, may_hold=True)
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - as above
            again = not_understood(file)
        return recalled(entry, file, again)

    def _examine(self, arrival: Arrival, past: Past, *, may_hold: bool) -> Verdict:
        file, secret = _candidate(arrival), self._settings.secret_key
        return examine(file, self._permit(arrival), past=past, secret=secret, may_hold=may_hold, read=self._read)

    def _read(self, path: Path, context: Context) -> Parsed:
        reading = self._ahead.pop((path, context), None)
        parsed = None if reading is None else reading.result()
        return parse(path, context) if parsed is None else parsed

    def _permit(self, arrival: Arrival) -> Permit | None:
        return self.register.permit(arrival.sender, arrival.received_on)

    def _is_head(self, arrival: Arrival, permit: Permit) -> bool:
        """Whether the same bytes are a head already: a repeated file is not read."""
        heads = (self._ledger.deliveries.head(arrival.sender, dataset) for dataset in permit.datasets)
        return any(head is not None and head.sha256 == arrival.sha256 for head in heads)

    def _encoded(self, arrival: Arrival, verdict: Verdict, *, was_held: bool) -> tuple[Verdict, Block | None]:
        parsed = verdict.parsed
        if parsed is None:
            return verdict, None
        seq = self._ledger.deliveries.next_seq(arrival.sender, parsed.dataset)
        receipt = replace(verdict.receipt, delivery_seq=seq)
        block = block_of(arrival, receipt, parsed, self._settings.clock.now())
        return Verdict(receipt, None, verdict.keeping), replace(block, was_held=was_held)


def _read_what_is_agreed(path: Path, context: Context, datasets: frozenset[Dataset]) -> Parsed | None:
    return parse(path, context) if identify(path, context.profile) in datasets else None


def _candidate(arrival: Arrival) -> Candidate:
    return Candidate(
        arrival.sender,
        arrival.name,
        arrival.path,
        arrival.sha256,
        arrival.received_on,
        unread=arrival.unread,
        odd_time=is_odd_time(arrival.path.lstat().st_mtime_ns, time.time_ns()),
    )
