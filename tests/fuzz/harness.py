"""One file judged as the watcher judges it, encoded as it would be published, and held to its limits."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from producers.feeds.profile import Profile
from producers.watcher.arrival import Arrival, UnreadFileError, digest
from producers.watcher.examine import Candidate, NothingPast, Verdict, examine
from producers.watcher.publish import Block, block_of
from producers.watcher.register import OF_A_SCHOOL, OF_THE_COUNCIL, Permit
from tests.bad_input.draft import RECEIVED_ON, TOKEN

SECONDS_A_MEGABYTE: Final = 2.0
MOST_MEGABYTES: Final = 200.0
SENDER: Final = "8309996"

_MEGABYTE: Final = 1_000_000
_NOON: Final = datetime(RECEIVED_ON.year, RECEIVED_ON.month, RECEIVED_ON.day, 12, tzinfo=UTC)
_STATUS: Final = Path("/proc/self/status")
_PEAK_RESET: Final = Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file came to, and what it took."""

    verdict: Verdict
    seconds: float
    megabytes: float

    @property
    def signature(self) -> tuple[object, ...]:
        """What tells one behaviour from another."""
        receipt = self.verdict.receipt
        rules = frozenset((found.rule, found.column) for found in (*receipt.rejected, *receipt.warnings))
        decoding = self.verdict.parsed.decoding if self.verdict.parsed else None
        return receipt.dataset, receipt.state, receipt.reason, rules, decoding


class Harness:
    """Judges files under one profile after another."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "file.csv"

    def write(self, content: bytes) -> None:
        """Put the file where it is read from, and left if all ends."""
        self.path.write_bytes(content)

    def judge(self, profile: str = "") -> Outcome:
        """The outcome for the file that lies there.

        Raises:
            AssertionError: something of it is partial, or holds a value.

        """
        before, began = _resident(), time.process_time()
        _reset_peak()
        verdict, block = self._judged(profile)
        took = time.process_time() - began
        outcome = Outcome(verdict, took, _peak() - before)
        _assert_whole(verdict, block)
        _assert_silent(verdict)
        return outcome

    def limits_broken(self, outcome: Outcome) -> list[str]:
        """The limits of time and memory that an outcome exceeds, in words."""
        allowed = SECONDS_A_MEGABYTE * max(1.0, self.path.stat().st_size / _MEGABYTE)
        broken = []
        if outcome.seconds > allowed:
            broken.append(f"{outcome.seconds:.1f} s of CPU where {allowed:.1f} s are allowed")
        if outcome.megabytes > MOST_MEGABYTES:
            broken.append(f"{outcome.megabytes:.0f} MB of memory where {MOST_MEGABYTES:.0f} MB are allowed")
        return broken

    def _judged(self, profile: str) -> tuple[Verdict, Block | None]:
        sha256, unread = None, None
        try:
            sha256 = digest(self.path)
        except UnreadFileError as error:
            unread = error.rule
        file = Candidate(SENDER, self.path.name, self.path, sha256, RECEIVED_ON, unread)
        permit = Permit(OF_A_SCHOOL | OF_THE_COUNCIL, Profile.parse(profile))
        verdict = examine(file, permit, past=NothingPast(), secret=b"the installation's secret")
        arrival = Arrival(SENDER, self.path.name, _NOON, self.path, sha256, unread)
        parsed = verdict.parsed
        return verdict, None if parsed is None else block_of(arrival, verdict.receipt, parsed, _NOON)


def _assert_whole(verdict: Verdict, block: Block | None) -> None:
    """All of a file goes on, or all of it is answered."""
    receipt, refused = verdict.receipt, {found.row for found in verdict.receipt.rejected}
    assert (receipt.state == "accepted") == (block is not None)
    assert (receipt.reason is None) == (receipt.state == "accepted")
    if receipt.state in {"accepted", "held"}:
        assert receipt.rows_total is not None
        assert receipt.rows_total == (receipt.rows_accepted or 0) + (receipt.rows_rejected or 0)
        assert receipt.rows_rejected == len(refused)
    if block is not None and verdict.parsed is not None:
        rows = verdict.parsed.rows["row"].to_list()
        assert len(block.payloads) == len(rows) + 2 == (receipt.rows_accepted or 0) + 2
        assert rows == sorted(set(rows) - refused)
        assert hashlib.sha256(b"".join(block.payloads[1:-1])).hexdigest().encode() in block.payloads[-1]


def _assert_silent(verdict: Verdict) -> None:
    """The receipt can be read by programs and people, and holds no value."""
    told, text = verdict.receipt.as_json(), verdict.receipt.as_text()
    assert json.loads(told)["state"] == verdict.receipt.state
    assert TOKEN not in told + text


def _resident() -> float:
    return _megabytes("VmRSS:")


def _peak() -> float:
    return _megabytes("VmHWM:")


def _megabytes(name: str) -> float:
    """A figure of the kernel for this process; 0 where there is none."""
    if not _STATUS.exists():
        return 0.0
    (line,) = [line for line in _STATUS.read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1]) * 1024 / _MEGABYTE


def _reset_peak() -> None:
    if _PEAK_RESET.exists():
        _PEAK_RESET.write_text("5")
