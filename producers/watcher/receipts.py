"""The answer a school gets for a file: JSON for programs, text for people. No value of any field stands in it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from producers.feeds.findings import RULES, Finding
from producers.watcher import durable, naming
from producers.watcher.arrival import HELD_UNREAD
from schemas.events import Dataset

State = Literal["accepted", "rejected", "held", "duplicate"]

_NO_DIGEST: Final = "0" * 8
_ROWS_SHOWN: Final = 50

_PLAIN_FIELDS: Final = (
    "file_name", "sha256", "sender", "dataset", "delivery_seq", "state", "reason", "rows_total", "rows_accepted",
    "rows_rejected",
)  # fmt: skip
_STATES: Final[dict[State, str]] = {
    "accepted": "The file was accepted.",
    "rejected": "The file was rejected: nothing of it was used.",
    "held": "The file is held: nothing of it is used until the council has looked at it.",
    "duplicate": "The same file has been accepted before: nothing was changed.",
}
_REASONS: Final[dict[str, str]] = {
    "F03_NEVER_SETTLED": "The file went on growing for a day and was taken as it was. Send it again, whole.",
    "F16_SYMLINK": "This is a link and no file. Send the file itself.",
    "F17_HARD_LINK": "This file has a second name elsewhere and was not read. Send a copy.",
    "F22_UNREADABLE": "The file may not be read by us. Give us the right to read it and send it again.",
    "F24_MODIFIED_TIME": "The file's own time lies in the future or in 1970. Check the clock of your machine.",
    "PROGRAM_ERROR": "The file could not be processed, by a fault of the program. The council will look into it.",
}
"""What the feeds have no words for."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a file. `notes` are for people alone: what is unusual about a held file, what was decided."""

    file_name: str
    sha256: str | None
    sender: str
    dataset: Dataset | None
    delivery_seq: int | None
    state: State
    reason: str | None
    rows_total: int | None = None
    rows_accepted: int | None = None
    rows_rejected: int | None = None
    rejected: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def as_json(self) -> str:
        """For programs; the names of the fields are part of the contract."""
        told = {name: json.dumps(getattr(self, name), ensure_ascii=False) for name in _PLAIN_FIELDS}
        told |= {"rejected": _listed(self.rejected), "warnings": _listed(self.warnings)}
        return "{\n" + ",\n".join(f' "{name}": {text}' for name, text in told.items()) + "\n}\n"

    def as_text(self) -> str:
        """For people."""
        return "\n".join(_lines(self)) + "\n"


def write(home: Path, receipt: Receipt, stored_name: str) -> None:
    """Put both forms in the sender's folder, in place of earlier ones for the same name and bytes.

    `stored_name` is the file's name as we store it (`naming.inside`), which is not always the one shown.

    Raises:
        OSError: not now.

    """
    folder = durable.private_folder(home / "receipts" / receipt.sender)
    durable.write(folder / entry_name(stored_name, receipt.sha256, ".txt"), receipt.as_text().encode())
    durable.write(folder / entry_name(stored_name, receipt.sha256, ".json"), receipt.as_json().encode())
    durable.sync_folder(folder)


def withdraw_unread(home: Path, sender: str, stored_name: str) -> None:
    """Remove the receipt that a file got when it was held unread: it has one with its digest now."""
    text, told = (home / "receipts" / sender / entry_name(stored_name, None, end) for end in (".txt", ".json"))
    if told.exists() and json.loads(told.read_bytes())["reason"] in HELD_UNREAD:
        text.unlink(missing_ok=True)
        told.unlink()


def entry_name(stored_name: str, sha256: str | None, end: str) -> str:
    """The directory entry of a receipt."""
    return naming.entry("", stored_name, f".{(sha256 or _NO_DIGEST)[: len(_NO_DIGEST)]}{end}")


def sentence(rule: str) -> str:
    """What a rule or reason means and what to do about it; its own name where nobody has written that down."""
    return _REASONS.get(rule) or RULES.get(rule) or rule


def _lines(receipt: Receipt) -> Iterator[str]:
    yield f"{receipt.file_name} from {receipt.sender}"
    yield _STATES[receipt.state]
    if receipt.reason:
        yield f"{sentence(receipt.reason)} ({receipt.reason})"
    yield from receipt.notes
    if receipt.dataset:
        yield f"Dataset: {receipt.dataset}" + (f", delivery {receipt.delivery_seq}" if receipt.delivery_seq else "")
    if receipt.rows_total is not None:
        counts = receipt.rows_total, receipt.rows_accepted, receipt.rows_rejected
        yield "Rows: {}, accepted: {}, refused: {}".format(*counts)
    if any(found.row for found in (*receipt.rejected, *receipt.warnings)):
        yield "Row 1 is the first after the header: in a spreadsheet it stands in line 2."
    yield from _section("Refused rows", receipt.rejected)
    yield from _section("Warnings", receipt.warnings)


def _listed(findings: tuple[Finding, ...]) -> str:
    """As JSON, one a line; there may be tens of thousands, so columns and rules are written out once."""
    if not findings:
        return "[]"
    tails = {
        (column, rule): f'"column": {json.dumps(column)}, "rule": {json.dumps(rule)}}}'
        for column, rule in {(finding.column, finding.rule) for finding in findings}
    }
    lines = (f'  {{"row": {"null" if row is None else row}, {tails[column, rule]}' for row, column, rule in findings)
    return "[\n" + ",\n".join(lines) + "\n ]"


def _section(title: str, findings: Iterable[Finding]) -> Iterator[str]:
    rows: dict[tuple[str, str | None], list[int | None]] = defaultdict(list)
    for finding in findings:
        rows[finding.rule, finding.column].append(finding.row)
    if rows:
        yield ""
        yield f"{title}:"
    for (rule, column), numbers in rows.items():
        yield f"- {sentence(rule)} ({rule})"
        yield f"  {f'column {column}, ' if column else ''}{_numbered(numbers)}"


def _numbered(numbers: list[int | None]) -> str:
    counted = sorted({number for number in numbers if number is not None})
    if not counted:
        return "the whole file"
    more = len(counted) - _ROWS_SHOWN
    listed = ", ".join(map(str, counted[:_ROWS_SHOWN]))
    return f"row{'s' if len(counted) > 1 else ''} {listed}{f' and {more} more' if more > 0 else ''}"
