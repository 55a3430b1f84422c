"""Deliveries that have left their topics, made again from the files in the archive, under their own numbers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import zstandard

from consumers.runtime.blocks import Assembler
from consumers.runtime.work import Delivery
from producers.watcher.arrival import Arrival, digest, stamp_of
from producers.watcher.examine import Candidate, NothingPast, examine, unchecked_permit
from producers.watcher.publish import block_of
from producers.watcher.register import Permit, Register, parse_register
from schemas.events import LedgerEntry
from schemas.process.log import get_logger
from schemas.process.settings import Settings

_REGISTER: Final = Path("config", "agreements.csv")


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive of one installation, read by the register as it is now."""

    settings: Settings

    def holds(self, entry: LedgerEntry) -> bool:
        """Whether the file of a delivery is there."""
        return self._path(entry) is not None

    def deliveries(self, entries: Sequence[LedgerEntry]) -> Iterator[Delivery]:
        """The deliveries of these files, as the watcher put them onto their topics, oldest first."""
        for entry in sorted(entries, key=lambda one: (one.sender, one.dataset or "", one.delivery_seq or 0)):
            found = self._delivery(entry)
            if found is None:
                get_logger().error(
                    "archive_unusable", sender=entry.sender, dataset=entry.dataset, delivery_seq=entry.delivery_seq
                )
            else:
                yield found

    def _delivery(self, entry: LedgerEntry) -> Delivery | None:
        packed = self._path(entry)
        if packed is None:
            return None
        with tempfile.TemporaryDirectory(dir=self.settings.home / "spool") as folder:
            path = Path(folder, "file")
            with packed.open("rb") as source, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as target:
                zstandard.ZstdDecompressor().copy_stream(source, target)
            return self._judged(entry, path)

    def _judged(self, entry: LedgerEntry, path: Path) -> Delivery | None:
        arrival = Arrival(entry.sender, entry.file_name, entry.received_at, path, digest(path))
        if arrival.sha256 != entry.sha256:
            return None
        file = Candidate(entry.sender, entry.file_name, path, arrival.sha256, arrival.received_on)
        verdict = examine(
            file, self._permit(arrival), past=NothingPast(), secret=self.settings.secret_key, may_hold=False
        )
        if verdict.parsed is None:
            return None
        receipt = replace(verdict.receipt, delivery_seq=entry.delivery_seq)
        block = block_of(arrival, receipt, verdict.parsed, entry.published_at or entry.received_at)
        found = next(iter(Assembler(block.topic, block.partition).feed(enumerate(block.payloads))), None)
        return found if isinstance(found, Delivery) else None

    def _permit(self, arrival: Arrival) -> Permit:
        return self._register().permit(arrival.sender, arrival.received_on) or unchecked_permit()

    def _register(self) -> Register:
        path = self.settings.home / _REGISTER
        return parse_register(path.read_bytes()) if path.exists() else Register({})

    def _path(self, entry: LedgerEntry) -> Path | None:
        return next((self.settings.home / "archive" / entry.sender).glob(f"{stamp_of(entry.received_at)}_*"), None)
