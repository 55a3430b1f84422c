"""A watcher at work in a test, in a thread or as a process of its own, and what it has written to the topics."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from producers.watcher import app
from producers.watcher.waiting import waiting_files
from schemas.codec import decode, schema_of
from schemas.events import DeliveryBegun, DeliveryCompleted, LedgerEntry
from schemas.process.kafka import read_to_end
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings
from schemas.topics import LEDGER
from tests.support.waiting import wait_until

TIMEOUT_S: Final = 60.0
_CHECKOUT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Told:
    """One whole delivery as a consumer reads it from a topic."""

    begun: DeliveryBegun
    rows: tuple[bytes, ...]
    completed: DeliveryCompleted


@contextmanager
def watching(settings: Settings) -> Iterator[None]:
    """A watcher in a thread of this process, as long as the context is open."""
    stop = StopRequest()
    thread = threading.Thread(target=app.run, args=(settings, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(TIMEOUT_S)
        assert not thread.is_alive()


def work_off(settings: Settings) -> None:
    """Run a watcher until nothing waits."""
    with watching(settings):
        wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="an empty inbox")


def start_process(settings: Settings, *, dies_at: str = "", privileged: bool = True) -> subprocess.Popen[bytes]:
    """A watcher as a process of its own, which kills itself where `crashing` is told; the caller ends it otherwise.

    One that is not privileged may not read what its owner closed to itself, even where the tests run as root.
    """
    told = {
        "PUPILSTREAM_KAFKA": settings.kafka,
        "PUPILSTREAM_TOPIC_PREFIX": settings.topic_prefix,
        "PUPILSTREAM_TODAY": str(settings.today),
        "PUPILSTREAM_SETTLE_S": str(settings.settle_s),
        "PUPILSTREAM_SWEEP_S": str(settings.sweep_s),
    }
    command = [sys.executable, "-m", "tests.support.crashing", str(settings.home), dies_at]
    if not privileged and os.geteuid() == 0:
        command = ["unshare", "--user", "--map-user=1000", "--map-group=1000", *command]
    return subprocess.Popen(command, env=told, cwd=_CHECKOUT, stderr=subprocess.DEVNULL)


def entries(settings: Settings) -> list[LedgerEntry]:
    """The ledger, in order of receipt."""
    found = [decode(r.value, LedgerEntry) for r in read_to_end(settings, LEDGER) if r.value is not None]
    return sorted(found, key=lambda entry: entry.received_at)


def deliveries(settings: Settings, topic: str) -> list[Told]:
    """Every delivery on a topic, in order of its offsets; a torn or interleaved one fails the test."""
    records: dict[int, list[bytes]] = defaultdict(list)
    for record in read_to_end(settings, topic):
        records[record.partition].append(record.value or b"")
    return [told for values in records.values() for told in _blocks(values)]


def receipt(settings: Settings, sender: str, name: str) -> dict[str, Any]:
    """The receipt, for programs, of the one file with this name."""
    (path,) = (settings.home / "receipts" / sender).glob(f"{name}.*.json")
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def _blocks(values: list[bytes]) -> Iterator[Told]:
    rest = iter(values)
    for first in rest:
        begun = decode(first, DeliveryBegun)
        rows = tuple(next(rest) for _ in range(begun.rows))
        completed = decode(next(rest), DeliveryCompleted)
        assert {schema_of(row).record for row in rows}.isdisjoint({"DeliveryBegun", "DeliveryCompleted"})
        assert completed.checksum == hashlib.sha256(b"".join(rows)).hexdigest()
        assert (completed.sender, completed.delivery_seq) == (begun.sender, begun.delivery_seq)
        yield Told(begun, rows, completed)
