"""What matching and intake would know, put into their tables: children in care, matches, agreements."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.support.consumer_database import ConsumerDatabase
from tests.support.pupil_rows import SCHOOL, UPN

CHILD = "P1"
Period = tuple[date, date | None]


def insert(database: ConsumerDatabase, table: str, **values: Any) -> None:
    """One row."""
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    columns = ", ".join(f'"{name}"' for name in values)
    database.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", *values.values())


def child_in_care(database: ConsumerDatabase, *periods: Period, pupil_id: str = CHILD, **fields: Any) -> None:
    """A child of the council's index with its periods in care."""
    child = {"pupil_id": pupil_id, "sealed": False, "dfe_no": SCHOOL, "delivery_seq": 1, "row": 1}
    insert(database, "matching.council_pupil", **{**child, **fields})
    for first_day, last_day in periods:
        insert(database, "matching.looked_after", pupil_id=pupil_id, first_day=first_day, last_day=last_day)


def match(database: ConsumerDatabase, *, dfe_no: str = SCHOOL, pupil_key: str = UPN, **fields: Any) -> None:
    """A pupil key known to be a child, or thought to be."""
    outcome, pupil_id = fields.get("outcome", "certain"), fields.pop("pupil_id", CHILD)
    row = {
        "dfe_no": dfe_no,
        "pupil_key": pupil_key,
        "outcome": outcome,
        "pupil_id": pupil_id if outcome == "certain" else None,
        "path": "upn",
        "reasons": ["UPN_SAME"],
        "dataset": "attendance",
        "delivery_seq": 1,
        "row": 1,
        "candidates": [pupil_id] if outcome in {"certain", "possible"} else [],
        "contested": False,
    }
    insert(database, "matching.pupil_match", **{**row, **fields})


def agreement(database: ConsumerDatabase, dfe_no: str = SCHOOL) -> None:
    """A school in the register."""
    values = {"dfe_no": dfe_no, "school_name": "Invented School", "datasets": ["attendance"], "profile": ""}
    insert(database, "intake.agreement", **values)
