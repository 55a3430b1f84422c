"""Pupils, as rows, as deliveries and as matching sees them, made from the fields that a test is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl

from consumers.matching.evidence import Evidence, compare, known, person_of
from consumers.matching.pupils import CouncilPupil, Seen
from consumers.matching.rules import current
from consumers.matching.showing import shown
from consumers.runtime.work import Delivery, Records
from schemas import codec
from schemas.events import COUNCIL, ROW_RECORDS, Answer, Dataset, DeliveryBegun, ReviewDecision
from schemas.process.kafka import Record
from schemas.topics import DECISIONS, TOPIC_OF_DATASET

SCHOOL: Final = "8309996"
UPN: Final = "H830999624001"
DOB: Final = date(2014, 3, 7)
SECRET_KEY: Final = b"of the tests alone"

Row = dict[str, Any]


def attendance_row(**fields: object) -> Row:
    """A pupil's week."""
    row: Row = {
        "dfe_no": SCHOOL,
        "upn": UPN,
        "first_name": "Amara",
        "surname": "Okafor",
        "dob": DOB,
        "gender": "F",
        "academic_year": 2026,
        "start_date": date(2026, 9, 7),
        "days_per_week": 7,
        "marks": ["/", "\\"] * 5,
    }
    return _keyed({**row, **fields})


def exclusion_row(**fields: object) -> Row:
    """A pupil's suspension."""
    row: Row = {
        "dfe_no": SCHOOL,
        "upn": UPN,
        "id_key": "id:0123456789abcdef",
        "forename": "Amara",
        "surname": "Okafor",
        "dob": DOB,
        "start_date": date(2026, 9, 14),
        "type": "SUSP",
        "reasons": [],
        "cancelled": False,
    }
    return _keyed({**row, **fields})


def council_row(**fields: object) -> Row:
    """A child in the council's index."""
    row: Row = {
        "pupil_id": "P1",
        "upn": UPN,
        "first_name": "Amara",
        "surname": "Okafor",
        "dob": DOB,
        "gender": "F",
        "sealed": False,
        "dfe_no": SCHOOL,
    }
    return {**row, **fields}


def delivery(dataset: Dataset, rows: Iterable[Mapping[str, Any]], *, sender: str = SCHOOL, seq: int = 1) -> Delivery:
    """A whole delivery with these rows, numbered from 1 where they have no number."""
    numbered = [{"row": number, **row, "delivery_seq": seq} for number, row in enumerate(rows, start=1)]
    schema = codec.columns(ROW_RECORDS[dataset])
    sender = sender if dataset in {"attendance", "exclusions"} else COUNCIL
    begun = DeliveryBegun(
        sender=sender,
        dataset=dataset,
        delivery_seq=seq,
        file_name="pupils.csv",
        sha256="0" * 64,
        rows=len(numbered),
        received_at=datetime(2026, 9, 18, 8, 0, tzinfo=UTC),
        received_on=date(2026, 9, 18),
    )
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in numbered], schema=schema)
    return Delivery(TOPIC_OF_DATASET[dataset], 0, seq * 100_000, begun, frame)


def answers(*said: tuple[str, str, str | None, Answer], start: int = 0) -> Records:
    """What clerks answered, as (question, pupil key, child, answer), in the order of the topic from an offset on."""
    records = tuple(_answered(start + place, *one) for place, one in enumerate(said))
    return Records(DECISIONS, 0, start + len(records), records)


def question_of(row: Row) -> str:
    """What a clerk is asked by when a school's attendance file shows this row."""
    [pupil] = shown(delivery("attendance", [row], sender=row["dfe_no"]), SECRET_KEY).at([0])
    return pupil.seen.question


def _answered(offset: int, asked: str, key: str, pupil_id: str | None, answer: Answer) -> Record:
    at = datetime(2026, 9, 18, tzinfo=UTC)
    event = ReviewDecision(f"d{offset}", SCHOOL, key, asked, pupil_id, answer, "clerk", at, "asked the school")
    return Record(DECISIONS, 0, offset, SCHOOL, codec.encode(event), {})


def _keyed(row: Row) -> Row:
    """With the pupil key that a producer would give it."""
    number = row.get("admission_number")
    key = row["upn"] or (f"adm:{number}" if number else row.get("id_key"))
    return {"pupil_key": key, **row}


def seen(**fields: Any) -> Seen:
    """A pupil as a school shows it."""
    shown: Row = {
        "dfe_no": SCHOOL,
        "dataset": "attendance",
        "pupil_key": fields.get("upn", UPN),
        "delivery_seq": 1,
        "row": 1,
        "upn": UPN,
        "former_upn": None,
        "admission_number": None,
        "forename": "Amara",
        "surname": "Okafor",
        "preferred_name": None,
        "dob": DOB,
        "gender": "F",
        "reported": ("2026",),
        "doubled": False,
        "question": "q",
    }
    return Seen(**{**shown, **fields})


def child(**fields: Any) -> CouncilPupil:
    """A pupil as the council knows it."""
    known: Row = {name: council_row().get(name) for name in CouncilPupil._fields} | {"current": True} | fields
    return CouncilPupil(**known)


def evidence(row: Seen, pupil: CouncilPupil) -> Evidence:
    """How far a row and a child agree, by the rules in force."""
    return compare(row, person_of(row), known(pupil), current())
