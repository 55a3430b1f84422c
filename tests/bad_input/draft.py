"""A file before and while it is spoilt: its rows as cells, then as lines, then as bytes.

Every personal cell of a fresh draft holds a token that occurs nowhere else, so that a token anywhere but in a topic, a
table or a kept file is a leak. All children and schools are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from producers.feeds.upn import check_letter
from schemas.events import Dataset
from tests.support.csv_files import (
    FULL_WEEK,
    MONDAY,
    RECEIVED,
    Row,
    attendance_row,
    calendar_row,
    csv_lines,
    exclusion_row,
    pupil_row,
)

ROWS: Final = 25
"""Enough for the rules that look at a whole school, few enough that one refused row holds no file."""

BORN: Final = date(2012, 2, 17)
"""A day that nothing else mentions."""

TOKEN: Final = "Xqsent"
"""What every personal cell that may hold letters begins with."""

UPN_AREA: Final = "83094"  # every UPN of a draft is one letter, these digits, and six more
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_MARKS: Final = (FULL_WEEK, "/\\/\\/\\L\\/\\", "/\\/\\II/\\/\\", "/\\/BM\\/\\/\\")
_COUNTY_YEAR: Final = (
    ("2026-09-03", "2026-10-23", "TERM"),
    ("2026-10-26", "2026-10-30", "HOLIDAY"),
    ("2026-11-02", "2026-12-18", "TERM"),
    ("2027-01-04", "2027-02-12", "TERM"),
    ("2027-02-22", "2027-03-25", "TERM"),
    ("2027-04-12", "2027-05-28", "TERM"),
    ("2027-06-07", "2027-07-23", "TERM"),
)

LineChange = Callable[[str], str]
ByteChange = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Draft:
    """What will be written. `lines` and `changes` are done after the cells, in the order given.

    Attributes:
        columns: in their order; those of the first row, if not given.
        headers: other names for columns, by the contract's own.
        lines: what is done to the text of a record, by its place; place 0 is the first after the header.

    """

    dataset: Dataset
    sender: str
    rows: tuple[Row, ...]
    profile: str = ""
    name: str = "file.csv"
    columns: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    lines: tuple[tuple[int, LineChange], ...] = ()
    changes: tuple[ByteChange, ...] = ()

    def content(self) -> bytes:
        """The bytes of the file."""
        columns = self.columns or tuple(self.rows[0])
        named = dict(self.headers)
        texts = [_line([named.get(column, column) for column in columns])]
        texts += [_line([row.get(column, "") for column in columns]) for row in self.rows]
        for place, change in self.lines:
            texts[place + 1] = change(texts[place + 1])
        data = "".join(text + "\r\n" for text in texts).encode()
        for spoil in self.changes:
            data = spoil(data)
        return data

    def with_cells(self, place: int, **cells: str) -> Draft:
        """Other texts in one row; a column is named by its letters, as `DfE_No`."""
        new = {name.replace("_", " "): text for name, text in cells.items()}
        rows = tuple({**row, **new} if at == place else row for at, row in enumerate(self.rows))
        return replace(self, rows=rows)

    def with_every(self, **cells: str) -> Draft:
        """The same texts in every row."""
        new = {name.replace("_", " "): text for name, text in cells.items()}
        return replace(self, rows=tuple({**row, **new} for row in self.rows))

    def with_copy(self, place: int, **cells: str) -> Draft:
        """One row again at the end, with other texts in some cells."""
        return replace(self, rows=(*self.rows, self.rows[place])).with_cells(len(self.rows), **cells)

    def with_profile(self, profile: str) -> Draft:
        """The same file of a school with this profile."""
        return replace(self, profile=profile)

    def with_line(self, place: int, change: LineChange) -> Draft:
        """The text of one record changed."""
        return replace(self, lines=(*self.lines, (place, change)))

    def with_bytes(self, change: ByteChange) -> Draft:
        """All bytes changed."""
        return replace(self, changes=(*self.changes, change))


def good(dataset: Dataset, sender: str, series: int = 0) -> Draft:
    """A file without a fault. Another series has other children."""
    return Draft(dataset, sender, tuple(_MAKERS[dataset](sender, series)))


def upn(number: int) -> str:
    """A valid UPN that only drafts have."""
    rest = f"{UPN_AREA}{number:06d}7"
    return check_letter(rest) + rest


def token(kind: str, number: int) -> str:
    """Letters that stand nowhere else."""
    letters = ""
    for _ in range(5):
        number, place = divmod(number, len(_LETTERS))
        letters = _LETTERS[place] + letters
    return TOKEN + kind + letters


def days_later(day: str, days: int) -> str:
    """An ISO date moved."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _attendance(sender: str, series: int) -> list[Row]:
    return [
        attendance_row(
            1,
            UPN=upn(number),
            First_Name=token("f", number),
            Surname=token("s", number),
            Preferred_Name=token("p", number),
            DOB=BORN.isoformat(),
            Gender="F",
            Former_UPN=upn(500_000 + number),
            DfE_No=sender,
            Start_Date=MONDAY.isoformat(),
            Sessions=_MARKS[number % len(_MARKS)],
            Admission_Number=token("a", number),
            Enrolment_Status="C",
            Part_Time="F",
        )
        for number in _numbers(series)
    ]


def _exclusions(sender: str, series: int) -> list[Row]:
    return [
        exclusion_row(
            1,
            School_Name="Invented Primary",
            UPN=upn(number),
            Forename=token("f", number),
            Surname=token("s", number),
            DOB=f"{BORN:%d/%m/%Y}",
            DfE_No=sender,
            Action_Code=token("c", number),
        )
        for number in _numbers(series)
    ]


def _pupils(_: str, series: int) -> list[Row]:
    return [
        pupil_row(
            1,
            Pupil_ID=token("i", number),
            UPN=upn(number),
            Former_UPN=upn(500_000 + number),
            First_Name=token("f", number),
            Surname=token("s", number),
            Preferred_Name=token("p", number),
            DOB=f"{BORN:%d/%m/%Y}",
            Gender="F",
            Social_Worker=token("w", number),
            Admission_Number=token("a", number),
        )
        for number in _numbers(series)
    ]


def _calendar(_: str, series: int) -> list[Row]:
    inset = date(2026, 9, 3) + timedelta(days=series % 300)
    return [
        *(calendar_row(From=first, To=last, Kind=kind) for first, last, kind in _COUNTY_YEAR),
        calendar_row(DfE_No="8309996", From=inset.isoformat(), To="", Kind="INSET"),
    ]


_MAKERS: Final[dict[Dataset, Callable[[str, int], list[Row]]]] = {
    "attendance": _attendance,
    "exclusions": _exclusions,
    "pupils": _pupils,
    "calendar": _calendar,
}
RECEIVED_ON: Final = RECEIVED


def _numbers(series: int) -> range:
    return range(series * ROWS, (series + 1) * ROWS)


def _line(cells: Sequence[str]) -> str:
    return csv_lines([cells]).removesuffix("\r\n")
