"""Attendance files whose marks add up exactly to a column of the Department's year-to-date table, in full size.

Long shape: one row per pupil, two marks for every Monday to Friday of the academic year 2025/26. A column is shared out
among schools of a size that there is. Which pupil has which mark is drawn by lot, from a seed.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from producers.feeds.upn import check_letter

TABLE: Final = "attendance_year_to_date.tsv"
SLASHES: Final = {"present_am": "/", "present_pm": "\\"}
LAST_MARK: Final = "N"
FIRST_DAY: Final = date(2025, 8, 1)
DAYS: Final = sum((FIRST_DAY + timedelta(days=day)).weekday() < 5 for day in range(365))
"""Mondays to Fridays of the academic year."""
PUPILS_A_SCHOOL: Final = 1_500
PROFILE: Final = "days=5"
HEADER: Final = "UPN,First Name,Surname,DOB,DfE No,Attendance Year,Start Date,Sessions"

Words = npt.NDArray[np.bytes_]
"""Marks in ASCII, each filled up with zeros to the longest."""


def published() -> dict[str, dict[str, Decimal]]:
    """The table: by column the figure of each measure, in the order of the publication."""
    text = files("tests.support").joinpath(TABLE).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    return {name: {row["measure"]: Decimal(row[name]) for row in rows} for name in rows[0] if name != "measure"}


def marks_of(figures: Mapping[str, Decimal]) -> dict[str, int]:
    """How often a column has each mark: everything above its first sum."""
    names = list(figures)[: list(figures).index(LAST_MARK) + 1]
    return {SLASHES.get(name, name): int(figures[name]) for name in names if figures[name]}


def write_schools(folder: Path, marks: Mapping[str, int], first_number: int) -> list[str]:
    """Files with so many of each mark, one a school, in `folder/<DfE number>/`: the schools, numbered from one on."""
    sessions = np.stack(_mornings_and_afternoons(marks, np.random.default_rng(first_number)), axis=1)
    a_school = PUPILS_A_SCHOOL * DAYS
    shares = [sessions[start : start + a_school] for start in range(0, len(sessions), a_school)]
    schools = [str(first_number + place) for place in range(len(shares))]
    for dfe_no, days in zip(schools, shares, strict=True):
        _write_school(folder / dfe_no, dfe_no, days)
    return schools


def pupil(dfe_no: str, number: int) -> str:
    """The UPN of a school's pupil, counted from 0."""
    rest = f"{dfe_no}{17 + number // 1000}{number % 1000:03}"
    return check_letter(rest) + rest


def _mornings_and_afternoons(marks: Mapping[str, int], lot: np.random.Generator) -> tuple[Words, Words]:
    """As many of the one as of the other, each slash where it belongs, other marks wherever there is room."""
    days, odd = divmod(sum(marks.values()), 2)
    assert not odd, "an odd number of sessions is no number of days"
    am, pm = SLASHES.values()
    others = np.repeat(
        np.array([mark.encode() for mark in marks if mark not in {am, pm}]),
        [number for mark, number in marks.items() if mark not in {am, pm}],
    )
    lot.shuffle(others)
    room = days - marks[am]
    mornings = np.concatenate([np.full(marks[am], am.encode(), others.dtype), others[:room]])
    afternoons = np.concatenate([np.full(marks[pm], pm.encode(), others.dtype), others[room:]])
    lot.shuffle(mornings)
    lot.shuffle(afternoons)
    return mornings, afternoons


def _write_school(folder: Path, dfe_no: str, days: Words) -> None:
    folder.mkdir(parents=True)
    with (folder / "year_to_date.csv").open("w", newline="", encoding="ascii") as file:
        file.write(f"{HEADER}\r\n")
        for number, start in enumerate(range(0, len(days), DAYS)):
            marks = days[start : start + DAYS].tobytes().translate(None, b"\0").decode()
            file.write(f"{pupil(dfe_no, number)},Ada,Example,2012-03-12,{dfe_no},2025,{FIRST_DAY},{marks}\r\n")
