"""Single records of the ledger, the rejects and the register, made from the fields that a test is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from consumers.runtime.work import Records
from schemas import codec
from schemas.events import Agreement, Event, LedgerEntry, RejectedRow
from schemas.process.kafka import Record
from schemas.topics import AGREEMENTS, LEDGER, REJECTS
from tests.support.pupil_rows import SCHOOL

RECEIVED_AT = datetime(2026, 9, 18, 8, 0, tzinfo=UTC)


def entry(**fields: Any) -> LedgerEntry:
    """An accepted attendance file."""
    plain: dict[str, Any] = {
        "sender": SCHOOL,
        "dataset": "attendance",
        "delivery_seq": 1,
        "state": "published",
        "reason": None,
        "file_name": "week.csv",
        "sha256": "ab" * 32,
        "rows_total": 250,
        "rows_accepted": 249,
        "rows_rejected": 1,
        "received_at": RECEIVED_AT,
        "published_at": RECEIVED_AT,
    }
    return LedgerEntry(**{**plain, **fields})


def held(**fields: Any) -> LedgerEntry:
    """A file that a person has to look at."""
    return entry(**{"delivery_seq": None, "state": "held", "reason": "COUNT_CHANGED", "published_at": None} | fields)


def ledger(key: str, file: LedgerEntry, offset: int = 0) -> Records:
    """What the ledger says of one file."""
    return _records(LEDGER, offset, key, file)


def rejected(offset: int = 0, **fields: Any) -> Records:
    """A refused row."""
    plain: dict[str, Any] = {
        "sender": SCHOOL,
        "dataset": "attendance",
        "delivery_seq": 1,
        "row": 7,
        "column": "DOB",
        "rule": "V10_DATE",
    }
    return _records(REJECTS, offset, SCHOOL, RejectedRow(**{**plain, **fields}))


def agreed(offset: int = 0, **fields: Any) -> Records:
    """A line of the register."""
    plain: dict[str, Any] = {
        "dfe_no": SCHOOL,
        "school_name": "Hollow Lane Primary",
        "contact": None,
        "datasets": ("attendance",),
        "agreed_from": date(2026, 9, 1),
        "agreed_to": None,
    }
    agreement = Agreement(**{**plain, **fields})
    return _records(AGREEMENTS, offset, agreement.dfe_no, agreement)


def withdrawn(dfe_no: str = SCHOOL, offset: int = 0) -> Records:
    """A school that has left the register."""
    return _records(AGREEMENTS, offset, dfe_no, None)


def joined(*pieces: Records) -> Records:
    """Pieces of one topic as one batch."""
    records = tuple(record for piece in pieces for record in piece.records)
    return Records(pieces[0].topic, 0, pieces[-1].next_offset, records)


def _records(topic: str, offset: int, key: str, event: Event | None) -> Records:
    value = None if event is None else codec.encode(event)
    return Records(topic, 0, offset + 1, (Record(topic, 0, offset, key, value, {}),))
