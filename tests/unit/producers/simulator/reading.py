"""Reads a simulated folder back with the standard library alone, so that nothing of the simulator judges itself."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

ATTENDANCE: Final = (
    *("upn", "first_name", "surname", "preferred", "dob", "gender", "former_upn", "la", "dfe_no", "year"),
    *("start", "marks", "admission", "status", "part_time"),
)
EXCLUSIONS: Final = (
    *(
        "school",
        "surname",
        "forename",
        "upn",
        "dob",
        "dfe_no",
        "nc_year",
        "start",
        "end",
        "reason",
        "sessions",
        "action",
        "type",
    ),
)
ATTENDED: Final = frozenset({"/", "\\", *"LBKPVWJ"})
AUTHORISED: Final = frozenset({"C1", "C2", "J1", *"CEHIMRST"})
UNAUTHORISED: Final = frozenset("GNOU")
POSSIBLE: Final = ATTENDED | AUTHORISED | UNAUTHORISED

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Folder:
    """What one run of the simulator wrote."""

    path: Path

    @property
    def manifest(self) -> dict[str, Any]:
        return dict(json.loads((self.path / "manifest.json").read_text(encoding="utf-8")))

    def file(self, record: dict[str, Any]) -> Path:
        return self.path / "inbox" / str(record["sender"]) / str(record["file_name"])

    def council(self, dataset: str) -> list[Row]:
        (path,) = (self.path / "inbox" / "council").glob(f"{dataset}_*.csv")
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, strict=True))

    def attendance(self) -> dict[str, list[Row]]:
        return self._rows("attendance", ATTENDANCE)

    def exclusions(self) -> dict[str, list[Row]]:
        return self._rows("exclusions", EXCLUSIONS)

    def _rows(self, dataset: str, columns: tuple[str, ...]) -> dict[str, list[Row]]:
        """Rows by sender, under names of our own: schools name their columns differently but keep the order."""
        return {
            path.parent.name: [dict(zip(columns, record, strict=True)) for record in records(path)]
            for path in sorted((self.path / "inbox").glob(f"*/{dataset}_*.csv"))
        }


def records(path: Path) -> list[list[str]]:
    """The records after the header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, strict=True))[1:]


@cache
def decode(marks: str) -> tuple[str, ...]:
    """Monday AM to Friday PM; a digit belongs to the letter before it."""
    decoded = re.findall(r"[CJY][1-7]|.", marks)
    assert len(decoded) in (10, 14)
    assert decoded[10:] == ["#"] * (len(decoded) - 10)
    return tuple(decoded[:10])


@cache
def day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 (a calendar day has no zone)


def sessions(row: Row) -> dict[tuple[date, int], str]:
    """Mark by date and half of the day."""
    return {(day(row["start"]) + timedelta(days=n // 2), n % 2): mark for n, mark in enumerate(decode(row["marks"]))}


def upn_is_right(upn: str) -> bool:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    values = [letters.index(c) if c.isalpha() else int(c) for c in upn[1:]]
    total = sum(weight * value for weight, value in zip(range(2, 14), values, strict=True))
    return letters[total % 23] == upn[0]
