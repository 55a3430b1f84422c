"""A held file, decisions about it as the command `held` leaves them for the watcher, and what has become of it."""

from __future__ import annotations

from pathlib import Path

from producers.watcher import decisions
from producers.watcher.decisions import Action, Decision, HeldFile
from producers.watcher.waiting import waiting_files
from schemas.codec import decode
from schemas.events import LedgerEntry
from schemas.process.kafka import read_to_end
from schemas.process.settings import Settings
from schemas.topics import ATTENDANCE, LEDGER
from tests.support.inbox import SCHOOL, attendance, deliver
from tests.support.watching import deliveries, receipt, work_off


def decide(settings: Settings, action: Action, *, by: str = "A. Clerk", why: str = "looked at it") -> Decision:
    """Decide about the one file that is held."""
    (file,) = decisions.held_files(settings.home)
    decision = decision_about(settings, file, action, by=by, why=why)
    decisions.ask(settings.home, decision)
    return decision


def decision_about(
    settings: Settings, file: HeldFile, action: Action, *, by: str = "A. Clerk", why: str = "looked at it"
) -> Decision:
    """What somebody decides about one of several."""
    return Decision(file.sender, file.received_at, action, by, why, settings.clock.now())


def hold_one(settings: Settings) -> None:
    """A delivery of 25 pupils, then a file of 19 that waits for a person."""
    deliver(settings, attendance(pupils=25), name="first.csv")
    deliver(settings, attendance(pupils=19), name="second.csv")
    work_off(settings)


def ledger(settings: Settings) -> dict[str, LedgerEntry]:
    """The newest entry under each key, as it will be after compaction."""
    return {r.key: decode(r.value, LedgerEntry) for r in read_to_end(settings, LEDGER) if r.value is not None}


def files_below(folder: Path) -> list[str]:
    """The names of all files but the records of decisions."""
    return sorted(path.name for path in folder.rglob("*") if not path.is_dir() and ".decided" not in path.parts)


def receipts_of(settings: Settings, name: str) -> list[str]:
    """The forms in which a file's receipts are there."""
    return sorted(path.suffix for path in (settings.home / "receipts" / SCHOOL).glob(f"{name}.*"))


def assert_released(settings: Settings) -> None:
    """The held file is delivery 2, with one entry, one receipt, one place."""
    first, second = deliveries(settings, ATTENDANCE)
    (entry,) = [entry for entry in ledger(settings).values() if entry.file_name == "second.csv"]
    told = receipt(settings, SCHOOL, "second.csv")
    assert [first.begun.delivery_seq, second.begun.delivery_seq] == [1, 2]
    assert (entry.state, entry.delivery_seq, entry.reason, entry.units) == ("published", 2, None, 19)
    assert (told["state"], told["delivery_seq"], told["reason"]) == ("accepted", 2, None)
    assert receipts_of(settings, "second.csv") == [".json", ".txt"]
    assert len(ledger(settings)) == 2
    assert files_below(settings.home / "held") == []
    assert len(files_below(settings.home / "archive")) == 2
    assert waiting_files(settings) == 0
