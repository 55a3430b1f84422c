"""The rows of the two files a school sends, as frames with the council's own header names."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from producers.simulator.codes import FIRST, SECOND, Marks
from producers.simulator.numbers import AUTHORITY
from producers.simulator.schools import Habits, School
from producers.simulator.suspensions import Suspension
from producers.simulator.terms import Closures, Terms

_TYPES: Final = {"SUSP": "Suspension", "PERM": "Permanent exclusion", "LNCH": "Lunchtime"}
_REASONS: Final = {
    "PP": "Physical assault against a pupil",
    "PA": "Physical assault against an adult",
    "VP": "Verbal abuse or threatening behaviour against a pupil",
    "VA": "Verbal abuse or threatening behaviour against an adult",
    "BU": "Bullying",
    "RA": "Racist abuse",
    "SM": "Sexual misconduct",
    "DA": "Drug and alcohol related",
    "DM": "Damage",
    "TH": "Theft",
    "DB": "Persistent or general disruptive behaviour",
    "OW": "Use or threat of use of an offensive weapon or prohibited item",
    "LG": "Abuse against sexual orientation and gender identity",
    "MT": "Inappropriate use of social media or online technology",
}
EXCLUSION_SCHEMA: Final = {
    **dict.fromkeys(("School Name", "Surname", "Forename", "UPN"), pl.String),
    "DOB": pl.Date,
    **dict.fromkeys(("DfE No", "NC Year"), pl.String),
    **dict.fromkeys(("Start Date", "End Date"), pl.Date),
    "Code Description": pl.String,
    "Number of Sessions": pl.Int64,
    **dict.fromkeys(("Action Code", "Type"), pl.String),
}


def as_shown(roll: pl.DataFrame, week: int) -> pl.DataFrame:
    """The roll with the UPNs and the status of a week: `shown_upn`, `shown_former`, `status`."""
    temporary = pl.col("variation") == "temporary_upn"
    early = temporary & (week < pl.col("upn_week"))
    missing = pl.col("variation") == "no_upn"
    left = (pl.col("role") == "C") & (pl.col("last_week") < week)
    return roll.with_columns(
        pl.when(~missing).then(pl.when(early).then("temporary_upn").otherwise("upn")).alias("shown_upn"),
        pl.when(temporary & ~early).then("temporary_upn").otherwise("former_upn").alias("shown_former"),
        pl.when(left).then(pl.lit("P")).otherwise("role").alias("status"),
    )


def attendance_rows(
    school: School, terms: Terms, *, shown: pl.DataFrame, marks: Marks, covered: NDArray[np.bool_]
) -> pl.DataFrame:
    """One row per pupil and week, pupil by pupil; `shown` has the part-time flag too."""
    pupil, week = np.nonzero(covered)
    habits = school.habits
    pupils = shown.select(
        pl.col("shown_upn").alias("UPN"),
        pl.col("forename").alias("First Name"),
        pl.col("surname").alias("Surname"),
        pl.col("preferred").alias("Preferred Name"),
        pl.col("school_dob").dt.strftime("%d/%m/%Y").alias("DOB"),
        pl.col("gender").alias("Gender"),
        pl.col("shown_former").alias("Former UPN"),
        *_school_number(school),
        pl.lit(_year(habits, terms.year), dtype=pl.String).alias("Attendance Year"),
        pl.lit(None, dtype=pl.String).alias("Start Date"),
        pl.lit(None, dtype=pl.String).alias("Sessions"),
        pl.col("admission").alias("Admission Number"),
        pl.col("status").alias("Enrolment Status"),
        pl.when("part_time").then(pl.lit("Y")).otherwise(pl.lit("N")).alias("Part Time"),
    )
    mondays = pl.Series([monday.strftime("%d/%m/%Y") for monday in terms.mondays])
    return pupils[pupil].with_columns(
        mondays[week].alias("Start Date"), _run_together(marks[pupil, week], habits.days).alias("Sessions")
    )


def exclusion_rows(
    school: School, terms: Terms, *, closures: Closures, shown: pl.DataFrame, told: list[Suspension], today: int
) -> pl.DataFrame:
    """One row per suspension and reason; `told` are those that have begun."""
    rows: list[tuple[object, ...]] = []
    for each in told:
        pupil, last = shown.row(each.row, named=True), each.shown_last(today)
        who = (school.name, pupil["surname"], pupil["forename"], pupil["shown_upn"], pupil["school_dob"])
        year, end = _nc_year(school.habits, pupil["year_group"]), None if last is None else terms.day(last)
        what = (_short_number(school), year, terms.day(each.first), end)
        length, kind = sessions(closures, each, last=last), _TYPES[each.kind] if school.habits.words else each.kind
        reasons = [_REASONS[reason] if school.habits.words else reason for reason in each.reasons]
        rows += [(*who, *what, reason, length, None, kind) for reason in reasons]
    return pl.DataFrame(rows, schema=EXCLUSION_SCHEMA, orient="row")


def sessions(closures: Closures, suspension: Suspension, *, last: int | None) -> int | None:
    """Half days missed: two a school day less a first morning in school; one for each lunchtime; None with no end."""
    if last is None:
        return None
    days = int((~closures.shut[suspension.first : last + 1]).sum())
    return days if suspension.kind == "LNCH" else 2 * days - suspension.from_midday


def _run_together(marks: Marks, days: int) -> pl.Series:
    """The marks of each row in one string without separators, the weekend as # where a school writes seven days."""
    text = np.zeros((len(marks), 2 * days, 2), dtype=np.uint8)
    text[:, :, 0] = ord("#")
    text[:, :10, 0], text[:, :10, 1] = FIRST[marks], SECOND[marks]
    offsets = np.zeros(len(marks) + 1, dtype=np.int64)
    np.cumsum((text != 0).sum(axis=(1, 2)), out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text[text != 0])]
    series = pl.from_arrow(pa.Array.from_buffers(pa.large_string(), len(marks), buffers))
    return pl.Series(series)


def _school_number(school: School) -> list[pl.Expr]:
    split = school.habits.number == "split"
    code = pl.lit(AUTHORITY if split else None, dtype=pl.String).alias("LA Code")
    written = school.dfe_no[3:] if split else _short_number(school)
    return [code, pl.lit(written).alias("DfE No")]


def _short_number(school: School) -> str:
    return f"{AUTHORITY}/{school.dfe_no[3:]}" if school.habits.number == "slash" else school.dfe_no


def _year(habits: Habits, year: int) -> str | None:
    return {"2025": f"{year}", "2025/26": f"{year}/{(year + 1) % 100:02}", "": None}[habits.year]


def _nc_year(habits: Habits, group: int) -> str:
    written = "R" if group == 0 else str(group)
    return f"Year {written}" if habits.words and group else written
