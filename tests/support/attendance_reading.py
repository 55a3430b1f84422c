"""Attendance files read the slow way, for the oracle: the csv module, one row, one character at a time.

Understands what the simulated county writes; shares nothing with the feeds but the table of codes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

from schemas.codes import attendance_codes

_ALIASES: Final = {
    "Forename": "First Name",
    "Week Start": "Start Date",
    "Marks": "Sessions",
    "Adm No": "Admission Number",
    "Part Time Pupil Flag": "Part Time",
}
_LONGER_CODES: Final = frozenset(code.code for code in attendance_codes() if len(code.code) == 2)
_PART_TIME: Final = {"Y": True, "N": False}

Cells = dict[str, str]
Row = dict[str, Any]


def cells_of(data: bytes) -> list[Cells]:
    """The rows of a file as text, under the first of each column's names."""
    records = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return [{_ALIASES.get(name, name): text for name, text in record.items()} for record in records]


def rows_of(cells: Iterable[Cells], delivery_seq: int) -> list[Row]:
    """The rows of a delivery as the oracle takes them."""
    return [_row(one, delivery_seq) for one in cells]


def split(sessions: str) -> list[str]:
    """A string of marks run together, a blank one as nothing."""
    return [mark.strip(" ") for mark in _marks(sessions)]


def _marks(sessions: str) -> Iterator[str]:
    place = 0
    while place < len(sessions):
        length = 2 if sessions[place : place + 2] in _LONGER_CODES else 1
        yield sessions[place : place + length]
        place += length


def _row(cells: Cells, delivery_seq: int) -> Row:
    start = _day(cells["Start Date"])
    marks = split(cells["Sessions"])
    return {
        "delivery_seq": delivery_seq,
        "pupil_key": cells["UPN"] or f"adm:{cells['Admission Number']}",
        "upn": cells["UPN"] or None,
        "former_upn": cells["Former UPN"] or None,
        "admission_number": cells["Admission Number"] or None,
        "academic_year": start.year if start.month >= 8 else start.year - 1,
        "start_date": start,
        "days_per_week": 7,
        "marks": marks,
        "enrolment_status": cells["Enrolment Status"] or None,
        "part_time": _PART_TIME.get(cells["Part Time"]),
    }


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a calendar day has no zone
