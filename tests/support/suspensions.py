"""Exclusions files, calendars, identities and closed days from the fields that a test is about, for the consumer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final

import polars as pl

from consumers.exclusions.calendar import CalendarRow
from consumers.exclusions.statements import FiledRow, Filing
from consumers.runtime.work import Delivery, Records
from producers.feeds.parsing import Parsed
from schemas import codec
from schemas.events import COUNCIL, ClosedDays, DeliveryBegun, PupilIdentity
from schemas.process.kafka import Record
from schemas.topics import CLOSED_DAYS, COUNCIL_CALENDAR, EXCLUSIONS, IDENTITIES

SCHOOL: Final = "8309996"
OTHER_SCHOOL: Final = "8309997"
UPN: Final = "H830999624001"
OTHER_UPN: Final = "T830999624002"
ID_KEY: Final = "id:0123456789abcdef"
MONDAY: Final = date(2026, 9, 14)
RECEIVED: Final = date(2026, 9, 18)

_ROW: Final = FiledRow(
    row=1,
    pupil_key=UPN,
    id_key=ID_KEY,
    upn=UPN,
    nc_year="9",
    start_date=MONDAY,
    end_date=date(2026, 9, 15),
    sessions=4,
    type="SUSP",
    type_as_sent=None,
    reasons=("DB",),
    description="Persistent disruptive behaviour",
    action_code=None,
    cancelled=False,
)
_FILING: Final = Filing(
    dfe_no=SCHOOL, delivery_seq=1, received_on=RECEIVED, completeness="reach_back", refused=(), rows=()
)


def filed_row(**fields: Any) -> FiledRow:
    """One row of a file: a suspension of two days; a UPN given is the pupil's key."""
    if "upn" in fields:
        fields.setdefault("pupil_key", fields["upn"] or fields.get("id_key", ID_KEY))
    return replace(_ROW, **fields)


def filing(*rows: FiledRow, **fields: Any) -> Filing:
    """One file of a school, its rows numbered in their order."""
    numbered = tuple(replace(row, row=number) for number, row in enumerate(rows, start=1))
    return replace(_FILING, rows=numbered, **fields)


def exclusions_file(*rows: FiledRow, **fields: Any) -> Delivery:
    """The delivery of one file of a school."""
    filed = filing(*rows, **fields)
    told = [asdict(row) | {"dfe_no": filed.dfe_no, "delivery_seq": filed.delivery_seq} for row in filed.rows]
    begun = _begun(filed.dfe_no, filed.delivery_seq, len(rows), filed.received_on)
    begun = replace(begun, completeness=filed.completeness, refused=filed.refused)
    return Delivery(EXCLUSIONS, 0, filed.delivery_seq, begun, _frame("Exclusion", told))


def sent_file(sent: Parsed, **fields: Any) -> Delivery:
    """The delivery of a file as the feeds have read it."""
    opening = replace(_FILING, completeness=sent.completeness, refused=sent.refused, **fields)
    numbered = sent.rows.with_columns(delivery_seq=pl.lit(opening.delivery_seq, dtype=pl.Int64))
    rows = numbered.select(*codec.columns("Exclusion"))
    begun = _begun(opening.dfe_no, opening.delivery_seq, rows.height, opening.received_on)
    begun = replace(begun, completeness=opening.completeness, refused=opening.refused)
    return Delivery(EXCLUSIONS, 0, opening.delivery_seq, begun, rows)


def calendar_file(*rows: CalendarRow, seq: int = 1) -> Delivery:
    """The delivery of one calendar of the council."""
    told = [
        {"row": n, "dfe_no": row.dfe_no or None, "date_from": row.first, "date_to": row.last, "kind": row.kind}
        for n, row in enumerate(rows, start=1)
    ]
    begun = replace(_begun(COUNCIL, seq, len(rows), RECEIVED), dataset="calendar", completeness="snapshot")
    return Delivery(
        COUNCIL_CALENDAR, 0, seq, begun, _frame("CalendarDays", [one | {"delivery_seq": seq} for one in told])
    )


def identity(**fields: Any) -> PupilIdentity:
    """Who the pupil is: by default a child matched with certainty, not in care."""
    known = PupilIdentity(SCHOOL, UPN, "P1", "certain")
    return replace(known, **fields)


def identities(*known: PupilIdentity) -> Records:
    """Identities as matching publishes them."""
    return _records(IDENTITIES, [(identity_key(one), codec.encode(one)) for one in known])


def identity_key(one: PupilIdentity) -> str:
    """A key as matching makes it, though not its hash."""
    return f"{one.dfe_no}/{one.pupil_key[::-1]}"


def withdrawn(one: PupilIdentity) -> Records:
    """Matching takes an identity back."""
    return _records(IDENTITIES, [(identity_key(one), None)])


def closed(*days: date, dfe_no: str = SCHOOL, academic_year: int = 2026) -> Records:
    """Days on which a school's registers show it closed."""
    event = ClosedDays(dfe_no, academic_year, days)
    return _records(CLOSED_DAYS, [(f"{dfe_no}/{academic_year}", codec.encode(event))])


def _records(topic: str, told: Iterable[tuple[str, bytes | None]]) -> Records:
    records = tuple(Record(topic, 0, offset, key, value, {}) for offset, (key, value) in enumerate(told))
    return Records(topic, 0, len(records), records)


def _begun(sender: str, seq: int, rows: int, received_on: date) -> DeliveryBegun:
    return DeliveryBegun(
        sender=sender,
        dataset="exclusions",
        delivery_seq=seq,
        file_name="suspensions.csv",
        sha256="0" * 64,
        rows=rows,
        received_at=datetime.combine(received_on, time(8), UTC),
        received_on=received_on,
    )


def _frame(record: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    schema = codec.columns(record)
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
