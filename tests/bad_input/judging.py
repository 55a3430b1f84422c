"""A file judged without a server: as the watcher judges it, against what the same sender delivered before."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from producers.feeds.profile import Profile
from producers.watcher.arrival import (
    Arrival,
    SpecialFileError,
    UnreadFileError,
    digest,
    open_delivery,
)
from producers.watcher.examine import Candidate, Verdict, examine, is_odd_time
from producers.watcher.inbox import look
from producers.watcher.ledger import Deliveries
from producers.watcher.publish import block_of, entry_of
from producers.watcher.receipts import Receipt
from producers.watcher.register import OF_A_SCHOOL, OF_THE_COUNCIL, Permit
from tests.bad_input.case import Example, answer_to
from tests.bad_input.draft import RECEIVED_ON, Draft

SECRET: Final = b"the installation's secret"
_NOON: Final = datetime(RECEIVED_ON.year, RECEIVED_ON.month, RECEIVED_ON.day, 12, tzinfo=UTC)


@dataclass(slots=True)
class Judge:
    """One inbox without a watcher."""

    home: Path
    past: Deliveries

    def receipt(self, draft: Draft, example: Example | None = None) -> Receipt | None:
        """The receipt; None: the file stays where it is. An accepted file is from then on the head."""
        folder = self.home / "inbox" / draft.sender
        folder.mkdir(parents=True)
        content = draft.content()
        if example is not None and example.arrive is not None:
            example.arrive(folder, draft.name, content)
        else:
            (folder / draft.name).write_bytes(content)
        try:
            seen = look(self.home / "inbox").files
            return self._judged(draft, seen[0].name) if seen else None
        finally:
            _clear(folder)

    def _judged(self, draft: Draft, name: str) -> Receipt | None:
        path = self.home / "inbox" / draft.sender / name
        sha256, unread = None, None
        try:
            with open_delivery(path):
                sha256 = digest(path)
        except UnreadFileError as error:
            unread = error.rule
        except SpecialFileError:
            return None
        odd_time = is_odd_time(path.lstat().st_mtime_ns, time.time_ns())
        file = Candidate(draft.sender, name, path, sha256, RECEIVED_ON, unread, odd_time)
        permit = Permit(OF_A_SCHOOL | OF_THE_COUNCIL, Profile.parse(draft.profile))
        verdict = examine(file, permit, past=self.past, secret=SECRET)
        self._remember(Arrival(draft.sender, name, _NOON, path, sha256, unread), verdict)
        return verdict.receipt

    def _remember(self, arrival: Arrival, verdict: Verdict) -> None:
        parsed = verdict.parsed
        if parsed is None:
            self.past.apply(entry_of(arrival, verdict.receipt))
            return
        receipt = replace(verdict.receipt, delivery_seq=self.past.next_seq(arrival.sender, parsed.dataset))
        self.past.apply(block_of(arrival, receipt, parsed, _NOON).entry)


def judge(home: Path, earlier: Iterable[Draft], draft: Draft, example: Example | None = None) -> Receipt | None:
    """The receipt of a draft after those of the same sender."""
    judging = Judge(home, Deliveries())
    for before in earlier:
        receipt = judging.receipt(before)
        assert receipt is not None
        assert receipt.state == "accepted"
    return judging.receipt(draft, example)


def _clear(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
    folder.rmdir()
    for path in folder.parent.parent.glob("*.elsewhere"):
        path.unlink()


def assert_answered(name: str, draft: Draft, receipt: Receipt | None, *spoilt: tuple[Example, int]) -> None:
    """The receipt says what the examples say, or there is none where the file waits."""
    expected = answer_to(draft, *spoilt)
    if receipt is None:
        assert expected.states == {"waiting"}, name
        return
    assert receipt.state in expected.states, name
    assert receipt.reason in expected.reasons, name
    assert frozenset(receipt.rejected) == expected.rejected, name
    assert frozenset(receipt.warnings) == expected.warnings, name
    assert (receipt.rows_total, receipt.rows_accepted) == (expected.rows_total, expected.rows_accepted), name
    assert receipt.dataset in {draft.dataset, None}, name
    assert receipt.dataset is not None or receipt.state == "rejected", name
