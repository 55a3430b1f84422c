"""Files as senders deliver them, good unless a test says otherwise. All children and schools are invented."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from producers.feeds.context import Context
from producers.feeds.parsing import Parsed, parse
from producers.feeds.profile import Profile
from producers.feeds.upn import check_letter

SCHOOL = "8309996"
OTHER_SCHOOL = "8309997"
RECEIVED = date(2026, 11, 20)
"""A Friday."""
MONDAY = date(2026, 11, 9)
FULL_WEEK = "/\\" * 5

Row = dict[str, str]


def upn(number: int = 1) -> str:
    """A valid, invented UPN."""
    rest = f"8309996{17 + number // 1000:02d}{number % 1000:03d}"
    return check_letter(rest) + rest


def attendance_row(number: int = 1, /, **cells: str) -> Row:
    """One pupil's full week; name a column by its letters: `DfE_No`, `Start_Date`."""
    return _row(
        {
            "UPN": upn(number),
            "First Name": "Ada",
            "Surname": "Example",
            "DOB": "2015-03-12",
            "DfE No": SCHOOL,
            "Attendance Year": "2026/27",
            "Start Date": MONDAY.isoformat(),
            "Sessions": FULL_WEEK,
            "Admission Number": str(1000 + number),
        },
        cells,
    )


def exclusion_row(number: int = 1, /, **cells: str) -> Row:
    """A suspension of one week."""
    return _row(
        {
            "Surname": "Example",
            "Forename": "Ada",
            "UPN": upn(number),
            "DOB": "12/03/2012",
            "DfE No": SCHOOL,
            "NC Year": "10",
            "Start Date": "09/11/2026",
            "End Date": "13/11/2026",
            "Code Description": "Bullying",
            "Number of Sessions": "10",
            "Action Code": "",
            "Type": "SUSP",
        },
        cells,
    )


def pupil_row(number: int = 1, /, **cells: str) -> Row:
    """A child in care whom the council knows."""
    return _row(
        {
            "Pupil ID": f"P{number}",
            "UPN": upn(number),
            "First Name": "Ada",
            "Surname": "Example",
            "DOB": "12/03/2012",
            "Looked After From": "01/09/2025",
            "Looked After To": "",
            "Social Worker": "Team North",
            "Sealed": "",
            "DfE No": SCHOOL,
        },
        cells,
    )


def calendar_row(**cells: str) -> Row:
    """A term of the whole county."""
    return _row({"DfE No": "", "From": "2026-09-03", "To": "2026-10-23", "Kind": "TERM"}, cells)


def csv_bytes(rows: Iterable[Row], *, delimiter: str = ",", line_end: str = "\r\n", encoding: str = "utf-8") -> bytes:
    """A file with these rows, quoted only where CSV needs it; the first row names the columns."""
    dicts = list(rows)
    return csv_lines([list(dicts[0]), *(list(row.values()) for row in dicts)], delimiter, line_end).encode(encoding)


def csv_lines(records: Sequence[Sequence[str]], delimiter: str = ",", line_end: str = "\r\n") -> str:
    """Records as text, whatever their width."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=line_end).writerows(records)
    return file.getvalue()


def weeks(count: int, pupils: int = 1, **cells: str) -> list[Row]:
    """Every pupil's rows of the weeks that end with that of `MONDAY`."""
    starts = [MONDAY - timedelta(weeks=back) for back in reversed(range(count))]
    return [
        attendance_row(number, **{"Start_Date": start.isoformat(), **cells})
        for start in starts
        for number in range(1, pupils + 1)
    ]


def context(sender: str = SCHOOL, received_on: date = RECEIVED, profile: str = "") -> Context:
    """What is known about a file besides its bytes."""
    return Context(sender, received_on, Profile.parse(profile), b"the installation's secret")


def parsed(folder: Path, content: bytes | Iterable[Row], known: Context | None = None) -> Parsed:
    """What the feeds make of a file."""
    path = folder / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else csv_bytes(content))
    return parse(path, known or context())


def _row(good: Row, cells: dict[str, str]) -> Row:
    return {**good, **{name.replace("_", " "): text for name, text in cells.items()}}
