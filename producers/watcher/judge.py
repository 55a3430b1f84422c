"""Judges arrivals under the register of the moment, against everything their senders sent before."""

from __future__ import annotations

import time
from dataclasses import replace

from producers.watcher.arrival import Arrival
from producers.watcher.examine import Candidate, NothingPast, Verdict, examine, is_odd_time, not_understood, recalled
from producers.watcher.ledger import Ledger, Past
from producers.watcher.publish import Block, block_of
from producers.watcher.register import NOBODY, Register
from schemas.events import LedgerEntry
from schemas.process.log import get_logger
from schemas.process.settings import Settings


class Judge:
    """What becomes of a file. Every method may raise `OSError`: the file cannot be read now."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger
        self.register: Register = NOBODY

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
        permit = self.register.permit(arrival.sender, arrival.received_on)
        return examine(_candidate(arrival), permit, past=past, secret=self._settings.secret_key, may_hold=may_hold)

    def _encoded(self, arrival: Arrival, verdict: Verdict, *, was_held: bool) -> tuple[Verdict, Block | None]:
        parsed = verdict.parsed
        if parsed is None:
            return verdict, None
        seq = self._ledger.deliveries.next_seq(arrival.sender, parsed.dataset)
        receipt = replace(verdict.receipt, delivery_seq=seq)
        block = block_of(arrival, receipt, parsed, self._settings.clock.now())
        return Verdict(receipt, None, verdict.keeping), replace(block, was_held=was_held)


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
