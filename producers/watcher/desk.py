"""Carries out what people have decided about held files.

    1. the outcome goes onto the topics, in one transaction, under the key under which the file was entered when held
    2. the receipt is written again
    3. the file is put away
    4. the decision is put on record, and its request away

What a crash leaves of it is done again from step 2 on, because the ledger says whether step 1 has happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from producers.watcher import decisions, receipts
from producers.watcher.archive import put_away
from producers.watcher.arrival import UNREADABLE, Arrival, UnreadFileError, digest, open_delivery
from producers.watcher.decisions import Decision, Outcome
from producers.watcher.examine import Verdict
from producers.watcher.judge import Judge
from producers.watcher.ledger import Ledger
from producers.watcher.naming import inside
from producers.watcher.publish import InterruptedTransactionError, Publisher, entry_of
from producers.watcher.spool import copy
from schemas.errors import PupilstreamError
from schemas.events import LedgerEntry
from schemas.process.log import get_logger
from schemas.process.settings import Settings

NOT_HELD: Final = "NOT_HELD"
CHANGED: Final = "CHANGED_WHILE_HELD"


class UndecidableError(PupilstreamError):
    """A decision cannot be carried out: the file stays held.

    Attributes:
        reason: why, for the record.

    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The file stays held: {reason}")
        self.reason = reason


class Desk:
    """Where decisions become outcomes."""

    def __init__(self, settings: Settings, publisher: Publisher, *, ledger: Ledger, judge: Judge) -> None:
        self._home = settings.home
        self._publisher = publisher
        self._ledger = ledger
        self._judge = judge

    def waiting(self) -> Iterator[Decision]:
        """What is to be carried out, in the order in which it was asked for."""
        yield from decisions.asked(self._home)

    def carry_out(self, decision: Decision) -> None:
        """Do what was decided.

        Raises:
            OSError: not now.
            BrokerError: fenced, or the broker does not come back.

        """
        path = decision.file(self._home)
        try:
            outcome = self._put_through(decision, path)
        except UndecidableError as undecidable:
            outcome = Outcome("held", None, None, undecidable.reason)
        decisions.close(self._home, decision, outcome)
        self._ledger.forget(decision.identity)
        get_logger().info(
            "held_file_decided",
            sender=decision.sender,
            dataset=outcome.dataset,
            delivery_seq=outcome.delivery_seq,
            state=outcome.state,
            reason=outcome.reason,
            name=decision.by,
        )

    def _put_through(self, decision: Decision, path: Path | None) -> Outcome:
        while path is not None and (held := self._ledger.held(decision.identity)) is not None:
            with suppress(InterruptedTransactionError):  # the ledger has been read: it may be in
                return self._answer(decision, *self._decided(decision, held, path))
        entry = self._ledger.outcome(decision.identity)
        if entry is None or entry.state == "held":
            raise UndecidableError(NOT_HELD)
        if path is not None:
            arrival = _arrival(decision, path, None if entry.sha256 else entry.reason)
            self._answer(decision, arrival, self._judge.recall(arrival, entry))
        state = "accepted" if entry.state == "published" else entry.state
        return Outcome(state, entry.dataset, entry.delivery_seq, entry.reason)

    def _decided(self, decision: Decision, held: LedgerEntry, path: Path) -> tuple[Arrival, Verdict]:
        """Bring the outcome onto the topics."""
        if decision.action == "reject":
            arrival = _arrival(decision, path, None if held.sha256 else held.reason)
            entry = replace(held, state="rejected")
            self._publisher.enter([entry], were_held=True)
            return arrival, self._judge.recall(arrival, entry)
        arrival = _arrival(decision, path, None if held.sha256 else _made_ours(path))
        if held.sha256 not in {None, arrival.sha256}:
            raise UndecidableError(CHANGED)
        verdict, block = self._judge.judge(arrival, was_held=True)
        if block is not None:
            self._publisher.publish(block)
        elif verdict.receipt.state == "held":
            raise UndecidableError(verdict.receipt.reason or NOT_HELD)
        else:
            self._publisher.enter([entry_of(arrival, verdict.receipt)], were_held=True)
        return arrival, verdict

    def _answer(self, decision: Decision, arrival: Arrival, verdict: Verdict) -> Outcome:
        receipt = replace(verdict.receipt, notes=(*verdict.receipt.notes, decision.words))
        receipts.write(self._home, receipt, inside(arrival.name))
        if receipt.sha256 is not None:
            receipts.withdraw_unread(self._home, arrival.sender, inside(arrival.name))
        put_away(self._home, arrival, verdict.keeping)
        return Outcome(receipt.state, receipt.dataset, receipt.delivery_seq, receipt.reason)


def _arrival(decision: Decision, path: Path, unread: str | None) -> Arrival:
    """The held file as if it came in now, but for the moment of receipt."""
    sha256 = None
    if unread is None:
        try:
            sha256 = digest(path)
        except UnreadFileError as error:
            unread = error.rule
    return Arrival(decision.sender, path.name, decision.received_at, path, sha256, unread)


def _made_ours(path: Path) -> str | None:
    """Put a copy in the place of a file that was held unread: its sender may still have it open. A rule: it must not.

    Raises:
        UndecidableError: it cannot be read.

    """
    try:
        with open_delivery(path) as file:
            copy(file, path.parent, path.name)
    except UnreadFileError as error:
        return error.rule
    except PermissionError:
        raise UndecidableError(UNREADABLE) from None
    return None
