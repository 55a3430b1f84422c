"""The files of the benchmark: 40 schools, 250 pupils each, 13 weeks: 3,250 rows a file, 130,000 in all."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from producers.feeds.upn import check_letter

SCHOOLS: Final = 40
PUPILS: Final = 250
WEEKS: Final = 13
FIRST_MONDAY: Final = date(2025, 9, 1)
HEADER: Final = ("UPN", "First Name", "Surname", "DOB", "DfE No", "Start Date", "Sessions", "Enrolment Status")
MARKS: Final = ("/\\", "/\\", "/\\", "/\\", "/\\", "/\\", "/\\", "/\\", "L\\", "II", "MM", "NN", "/O", "C2C2")


def write_files(folder: Path, seed: int = 1, *, pupils: int = PUPILS) -> list[Path]:
    """One attendance file a school, of so many pupils, below its DfE number, and the register, `agreements.csv`."""
    schools = [f"{8309999 - number}" for number in range(SCHOOLS)]
    lines = [f"{dfe_no},School {dfe_no},,attendance;exclusions,2025-01-01,," for dfe_no in schools]
    header = "DfE No,School Name,Contact,Datasets,Agreed From,Agreed To,Profile"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agreements.csv").write_text("\n".join([header, *lines]) + "\n")
    return [_write_school(folder, dfe_no, pupils, random.Random(f"{seed}/{dfe_no}")) for dfe_no in schools]


def _write_school(folder: Path, dfe_no: str, pupils: int, chance: random.Random) -> Path:
    path = folder / dfe_no / "attendance.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(pupils):
            rest = f"{dfe_no}{24 - number // 1_000:02}{number % 1_000:03}"
            pupil = (f"{check_letter(rest)}{rest}", f"First{number}", f"Last{number}", _birth_date(number), dfe_no)
            for week in range(WEEKS):
                monday = FIRST_MONDAY + timedelta(weeks=week)
                marks = "".join(chance.choice(MARKS) for _ in range(5))
                writer.writerow([*pupil, f"{monday:%d/%m/%Y}", marks, "C"])
    return path


def _birth_date(number: int) -> str:
    return f"{date(2012, 9, 1) + timedelta(days=number % 1_000):%d/%m/%Y}"
