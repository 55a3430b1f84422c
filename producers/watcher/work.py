"""One file's way through the watcher: claimed, judged, written to the topics, answered, put away.

Every step can be repeated: what an error or a crash leaves behind is resumed under the same stamp, and the ledger says
whether its outcome is settled already. Files of which nothing is published are entered together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from producers.watcher import receipts
from producers.watcher.archive import put_away
from producers.watcher.arrival import Arrival
from producers.watcher.desk import Desk
from producers.watcher.examine import Verdict
from producers.watcher.inbox import Seen
from producers.watcher.judge import Judge
from producers.watcher.ledger import Ledger
from producers.watcher.naming import inside
from producers.watcher.publish import InterruptedTransactionError, Publisher, entry_of
from producers.watcher.register import Register, changes
from producers.watcher.shards import owns
from producers.watcher.spool import Spool
from schemas.codec import decode
from schemas.events import Agreement, LedgerEntry
from schemas.process import metrics
from schemas.process.kafka import read_to_end
from schemas.process.log import get_logger
from schemas.process.settings import Settings
from schemas.topics import AGREEMENTS

_NOTES_AT_ONCE: Final = 500
_FINDINGS_AT_ONCE: Final = 50_000
_ALARMING: Final = frozenset({"F16_SYMLINK", "F17_HARD_LINK", "F23_OTHER_SCHOOL", "V10_OTHER_SCHOOL"})
"""Somebody tries the door, or a school holds another's pupils: a person should look at once."""


@dataclass(frozen=True, slots=True)
class Note:
    """A file that was judged, of which nothing is published."""

    arrival: Arrival
    verdict: Verdict
    entry: LedgerEntry

    @property
    def size(self) -> int:
        """How many findings it holds in memory."""
        return len(self.verdict.receipt.rejected) + len(self.verdict.receipt.warnings)


class Step(NamedTuple):
    """One step for one sender. `OSError` from it: the next sweep will try again."""

    sender: str
    do: Callable[[], None]


class Work:
    """What is done with files, in steps, between `begin` and `end` of a sweep.

    The pool waits for disks and reads ahead.

    Every step, and `begin`, may also raise `BrokerError`: another watcher has taken over or the broker does not come
    back.
    """

    def __init__(
        self, settings: Settings, publisher: Publisher, *, ledger: Ledger, spool: Spool, pool: ThreadPoolExecutor
    ) -> None:
        self._settings = settings
        self._publisher = publisher
        self._ledger = ledger
        self._spool = spool
        self._pool = pool
        self._judge = Judge(settings, ledger, pool)
        self._desk = Desk(settings, publisher, ledger=ledger, judge=self._judge)
        self._notes: list[Note] = []
        self._finishing: list[Step] = []
        self._told: dict[str, Agreement] | None = None
        self.last_served = ""

    def begin(self, register: Register) -> None:
        """Start a sweep under this register, and publish it where it has changed."""
        if register is not self._judge.register or self._told is None:
            self._judge.register = register
            self._tell(register)

    def end(self) -> Iterator[Step]:
        """Enter what is still to be entered, then wait for each file's last step."""
        yield Step("", self._enter_notes)
        finishing, self._finishing = self._finishing, []
        yield from finishing
        self._judge.forget_what_was_read()

    def resume(self) -> Iterator[Step]:
        """Go on with each file that an earlier sweep, or an earlier watcher, left behind."""
        for leftover in self._spool.leftovers():
            if owns(self._settings, leftover.sender):
                yield Step(leftover.sender, partial(self._go_on, partial(self._spool.resume, leftover)))

    def decide(self) -> Iterator[Step]:
        """Carry out what people have decided about held files, after what was judged before."""
        for decision in self._desk.waiting():
            if owns(self._settings, decision.sender):
                yield Step("", self._enter_notes)
                yield Step(decision.sender, partial(self._desk.carry_out, decision))

    def take(self, files: Sequence[Seen], withheld: str | None = None) -> Iterator[Step]:
        """Take files out of the inbox, together, and go on with each in the order given.

        They are finished, or never will be: then the rule says so, and they are held as they are.
        """
        claims = [self._pool.submit(self._spool.claim, file, self._spool.next_moment(), withheld) for file in files]
        for place, (file, claim) in enumerate(zip(files, claims, strict=True), start=1):
            self.last_served = file.sender
            yield Step(file.sender, partial(self._go_on, claim.result, claims[place : place + 1]))

    def _go_on(self, claimed: Callable[[], Arrival | None], following: Sequence[Future[Arrival | None]] = ()) -> None:
        arrival = claimed()
        for claim in following:
            if claim.done() and claim.exception() is None and (upcoming := claim.result()) is not None:
                self._judge.read_ahead(upcoming)
        if arrival is not None:
            self._bring_to_end(arrival)

    def _bring_to_end(self, arrival: Arrival) -> None:
        while (entry := self._ledger.outcome(arrival.identity)) is None:
            verdict, block = self._judge.judge(arrival)
            if block is None:
                self._note(arrival, verdict)
                return
            if any(note.arrival.sender == arrival.sender for note in self._notes):
                self._enter_notes()  # judged before this file, they must be on record before it changes the head
            try:
                self._publisher.publish(block)
            except InterruptedTransactionError:
                continue  # the ledger has been read: it may be in
            self._finish(arrival, verdict)
            return
        self._finish(arrival, self._judge.recall(arrival, entry))

    def _note(self, arrival: Arrival, verdict: Verdict) -> None:
        self._notes.append(Note(arrival, verdict, entry_of(arrival, verdict.receipt)))
        if len(self._notes) >= _NOTES_AT_ONCE or sum(note.size for note in self._notes) >= _FINDINGS_AT_ONCE:
            self._enter_notes()

    def _enter_notes(self) -> None:
        notes, self._notes = self._notes, []
        if not notes:
            return
        while self._ledger.outcome(notes[0].arrival.identity) is None:
            try:
                self._publisher.enter([note.entry for note in notes])
            except InterruptedTransactionError:
                continue  # the ledger has been read: they may be in
        for note in notes:
            self._finish(note.arrival, note.verdict)

    def _finish(self, arrival: Arrival, verdict: Verdict) -> None:
        """Answer the sender and put the file away, beside other work; its outcome stands in the ledger."""
        finished = self._pool.submit(self._answer, arrival, verdict)
        self._finishing.append(Step(arrival.sender, partial(self._settle, finished, arrival, verdict)))

    def _answer(self, arrival: Arrival, verdict: Verdict) -> None:
        receipts.write(self._settings.home, verdict.receipt, inside(arrival.name))
        put_away(self._settings.home, arrival, verdict.keeping)

    def _settle(self, finished: Future[None], arrival: Arrival, verdict: Verdict) -> None:
        finished.result()
        self._ledger.forget(arrival.identity)
        receipt = verdict.receipt
        metrics.FILES.labels(receipt.dataset or "unknown", receipt.state).inc()
        if receipt.state == "accepted":
            metrics.FILE_ROWS.labels(receipt.dataset or "unknown", "accepted").inc(receipt.rows_accepted or 0)
            metrics.FILE_ROWS.labels(receipt.dataset or "unknown", "refused").inc(receipt.rows_rejected or 0)
        get_logger().info(
            "file_settled",
            sender=receipt.sender,
            dataset=receipt.dataset,
            delivery_seq=receipt.delivery_seq,
            state=receipt.state,
            reason=receipt.reason,
            rows_accepted=receipt.rows_accepted,
            rows_rejected=receipt.rows_rejected,
        )
        if receipt.reason in _ALARMING:
            get_logger().error("file_alarms", sender=receipt.sender, reason=receipt.reason)

    def _tell(self, register: Register) -> None:
        """Publish what changed in the agreements of our schools; done again by the next sweep if interrupted."""
        if self._told is None:
            self._told = self._published()
        wanted = {sender: told for sender, told in register.published().items() if owns(self._settings, sender)}
        changed = dict(changes(self._told, wanted))
        self._told, told = None, wanted
        if changed:
            try:
                self._publisher.tell_agreements(changed)
            except InterruptedTransactionError:
                return
            get_logger().info("register_published", count=len(changed))
        self._told = told

    def _published(self) -> dict[str, Agreement]:
        """The agreements of our schools as others know them now."""
        known: dict[str, Agreement] = {}
        for record in read_to_end(self._settings, AGREEMENTS):
            if record.value is None:
                known.pop(record.key, None)
            elif owns(self._settings, record.key):
                known[record.key] = decode(record.value, Agreement)
        return known
