"""Attendance files: one event per record, weekly or long, with two marks for each day from the start date."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import polars as pl

from producers.feeds import values
from producers.feeds.conflicts import settle_conflicts
from producers.feeds.context import Context
from producers.feeds.findings import FileRefusedError
from producers.feeds.marks import Marks, Numbers, decode
from producers.feeds.outcome import Outcome
from producers.feeds.people import read_birth_date, read_names, refuse_test_pupils, warn_of_blank_names
from producers.feeds.records import QUOTE_KEPT
from producers.feeds.schools import read_school, refuse_others
from producers.feeds.sessions import Sessions, days_since_epoch, weekday_of
from producers.feeds.sheet import REQUIRED_CELL, Sheet
from producers.feeds.values import Value
from schemas.codec import columns

_NOT_PLAIN: Final = r'[^ -~]|"'
_WRITTEN_OTHERWISE: Final = "[0-9,|;]|^(?:. )+.?$"
"""Longer codes, separators, or every other character a blank: not just a mark too few."""
_LONGEST: Final = 3_000
"""Characters: two marks for each day of a year, each of three characters and with a separator."""
_MOST_MARKS: Final = 4_000_000
_MOST_CHARACTERS: Final = 4 * _MOST_MARKS
_STATUSES: Final[dict[str, Value]] = {
    **{status.casefold(): status for status in "CMSFOGP"},
    **dict.fromkeys(("current", "single", "current single registration at this school"), "C"),
    **dict.fromkeys(("main", "current main", "current main dual registration"), "M"),
    **dict.fromkeys(("subsidiary", "current subsidiary", "current subsidiary dual registration"), "S"),
    **dict.fromkeys(("further education college", "fe college"), "F"),
    "other provider": "O",
    "guest": "G",
    "previous": "P",
}


def read(sheet: Sheet, context: Context) -> Outcome:
    """The rows of an attendance file.

    Raises:
        FileRefusedError: no session of an accepted row is covered yet.

    """
    frame = _identity(sheet, context).with_columns(_dates(sheet, context))
    _check_strings(sheet)
    frame = frame.with_columns(_strings(sheet).alias("text")).filter(sheet.accepted())
    start = days_since_epoch(frame["start_date"])
    _refuse_too_many(int(frame["text"].str.len_chars().sum()), _MOST_CHARACTERS)
    marks = decode(frame["text"], weekday_of(start), context.profile)
    _refuse_too_many(int(marks.counts.sum()), _MOST_MARKS)
    _refuse_misfits(sheet, frame, marks, context)
    sessions = _laid_out(marks, start, context)
    frame = _with_marks(frame.filter(pl.Series(marks.fits)), sessions)
    _judge(sheet, frame, sessions)
    accepted = sheet.kept(frame["row"])
    return _outcome(frame.filter(accepted), sessions.of_rows(accepted.to_numpy()), marks.decoding)


def _refuse_too_many(count: int, most: int) -> None:
    if count > most:
        raise FileRefusedError("F13_TOO_MANY_MARKS", "attendance")


def _identity(sheet: Sheet, context: Context) -> pl.DataFrame:
    school = read_school(sheet, refuses=True)
    refuse_others(sheet, school, context)
    upn = sheet.read("UPN", values.upn_of)
    admission = sheet.read("Admission Number", values.identifier)
    refuse_test_pupils(sheet, context, upn, admission)
    sheet.escalate(upn.is_null() & admission.is_null(), ("UPN", "Admission Number"), "V04_UPN_BLANK")
    warn_of_blank_names(sheet, "First Name", "Surname")
    names = {"first_name": "First Name", "surname": "Surname", "preferred_name": "Preferred Name"}
    return pl.DataFrame(
        {
            "row": sheet.rows,
            "dfe_no": school,
            "pupil_key": pl.select(pl.coalesce(upn, "adm:" + admission)).to_series(),
            "upn": upn,
            "former_upn": sheet.read("Former UPN", values.upn_of),
            "admission_number": admission,
            **read_names(sheet, names),
            "dob": read_birth_date(sheet, context),
            "gender": sheet.read("Gender", values.clean),
            "enrolment_status": sheet.read("Enrolment Status", values.choice_reader(_STATUSES, "V28_ENROLMENT_STATUS")),
            "part_time": sheet.read("Part Time", values.choice_reader(values.YES_OR_NO, "V28_PART_TIME"), pl.Boolean()),
        }
    )


def _dates(sheet: Sheet, context: Context) -> list[pl.Series]:
    start = sheet.read("Start Date", values.date_reader(context.profile.dates), pl.Date())
    stated = sheet.read("Attendance Year", values.attendance_year, pl.Int32())
    own = pl.col("start_date").dt.year() - (pl.col("start_date").dt.month() < 8).cast(pl.Int32)
    both = pl.DataFrame({"start_date": start, "stated": stated})
    return both.select("start_date", academic_year=pl.coalesce("stated", own).cast(pl.Int32)).get_columns()


def _strings(sheet: Sheet) -> pl.Series:
    return sheet.raw("Sessions").str.replace_all(QUOTE_KEPT, '"', literal=True)


def _check_strings(sheet: Sheet) -> None:
    """A string of marks is never trimmed: a blank at its end is a mark."""
    sheet.refuse(sheet.blank("Sessions"), "Sessions", REQUIRED_CELL)
    texts = sheet.raw("Sessions")
    sheet.refuse((texts.str.len_chars() > _LONGEST).fill_null(value=False), "Sessions", "V19_LENGTH")
    strange = texts.filter(texts.str.contains(_NOT_PLAIN)).unique().to_list()
    for rule, faulty in _by_fault(strange).items():
        sheet.refuse(texts.is_in(faulty), "Sessions", rule)


def _by_fault(texts: list[str]) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    for text in texts:
        fault = values.fault_of_marks(text)
        if fault:
            faults.setdefault(fault, []).append(text)
    return faults


def _refuse_misfits(sheet: Sheet, frame: pl.DataFrame, marks: Marks, context: Context) -> None:
    """Rows whose marks do not fit their days, by what is most likely wrong with them."""
    if marks.fits.all() and not marks.long:
        return
    even, weekday = pl.Series(marks.counts % 2 == 0), frame["start_date"].dt.weekday()
    rules = frame.select(
        "row",
        rule=pl.when(~pl.Series(marks.sound) | pl.col("text").str.contains(_WRITTEN_OTHERWISE))
        .then(pl.lit("V22_NO_DECODING"))
        .when(even & (weekday > 1) & (not marks.long))
        .then(pl.lit("START_DAY"))
        .otherwise(pl.lit("V19_LENGTH")),
    ).filter(pl.Series(~marks.fits))
    for (rule,), rows in rules.partition_by("rule", as_dict=True).items():
        sheet.refuse_rows(rows["row"], "Start Date" if rule == "START_DAY" else "Sessions", str(rule))
    if marks.long and context.profile.days == 5:
        sheet.refuse_rows(frame["row"].filter(pl.Series(marks.fits) & (weekday > 5)), "Start Date", "START_DAY")


def _laid_out(marks: Marks, start: Numbers, context: Context) -> Sessions:
    fits, counts = marks.fits, marks.counts[marks.fits]
    numbers = marks.numbers if fits.all() else marks.numbers[np.repeat(fits, marks.counts)]
    if marks.long:
        weekdays_only = np.full(len(counts), context.profile.days == 5)
    else:
        weekdays_only = (weekday_of(start[fits]) + counts // 2) == 5
    sessions = Sessions(numbers, counts, start[fits], weekdays_only, marks.vocabulary, context.received_on)
    return sessions.collapsed() if context.profile.sessions == "collapsed" else sessions


def _with_marks(frame: pl.DataFrame, sessions: Sessions) -> pl.DataFrame:
    return frame.drop("text").with_columns(
        sessions.lists(),
        days_per_week=pl.Series(np.where(sessions.weekdays_only, 5, 7), dtype=pl.Int32),
        last_day=pl.Series(sessions.last_day.astype(np.int32)).cast(pl.Date),
    )


def _judge(sheet: Sheet, frame: pl.DataFrame, sessions: Sessions) -> None:
    years = frame["academic_year"].cast(pl.Int64).to_numpy()
    outside = sessions.outside(_first_days(years), _first_days(years + 1) - 1)
    if outside.any():
        sheet.refuse_rows(frame["row"].filter(pl.Series(outside)), "Start Date", "V14_OUTSIDE_YEAR")
    for rule, rows in sessions.remarks().items():
        if rows.any():
            sheet.warn_rows(frame["row"].filter(pl.Series(rows)), "Sessions", rule)
    settle_conflicts(sheet, frame, sessions)


def _first_days(years: Numbers) -> Numbers:
    """1 August of each year, in days since the epoch."""
    distinct, place = np.unique(years, return_inverse=True)
    first = [(date(year, 8, 1) - date(1970, 1, 1)).days for year in distinct.tolist()]
    return np.array(first, dtype=np.int64)[place]


def _outcome(frame: pl.DataFrame, sessions: Sessions, decoding: str) -> Outcome:
    if frame.is_empty():
        return Outcome(_typed(frame), decoding=decoding)
    week = sessions.last_week()
    if week is None:
        raise FileRefusedError("F27_NOTHING_COVERED", "attendance")
    year = _year_of(frame, week)
    return Outcome(
        _typed(frame),
        decoding=decoding,
        academic_year=year,
        last_week=week,
        units=frame.filter(pl.col("academic_year") == year)["pupil_key"].n_unique(),
        one_code=sessions.is_one_code(week, frame["pupil_key"]),
    )


def _year_of(frame: pl.DataFrame, week: date) -> int:
    """The academic year that the rows of a week state."""
    in_week = (pl.col("start_date") < pl.lit(week).dt.offset_by("7d")) & (pl.col("last_day") >= week)
    return int(frame.filter(in_week).select(pl.col("academic_year").max()).item())


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        pl.col(name).cast(kind) for name, kind in columns("AttendanceMarks").items() if name != "delivery_seq"
    )
