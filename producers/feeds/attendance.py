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
from producers.feeds.people import read_birth_date, read_names, refuse_test_pupils
from producers.feeds.schools import read_school, refuse_others
from producers.feeds.sessions import Sessions, days_since_epoch, weekday_of
from producers.feeds.sheet import REQUIRED_CELL, Sheet
from producers.feeds.values import BLANKS, Value
from schemas.codec import columns

_FAR_YEAR: Final = 9999
_STATUSES: Final[dict[str, Value]] = {
    **{status.casefold(): status for status in "CMSFOGP"},
    **dict.fromkeys(("current", "single", "current single", "single registration"), "C"),
    **dict.fromkeys(("main", "current main", "dual main"), "M"),
    **dict.fromkeys(("subsidiary", "current subsidiary", "dual subsidiary"), "S"),
    "guest": "G",
    "previous": "P",
}


def read(sheet: Sheet, context: Context) -> Outcome:
    """The rows of an attendance file.

    Raises:
        FileRefusedError: every date lies outside its year, or no session is covered yet.

    """
    frame = _identity(sheet, context).with_columns(_dates(sheet, context))
    _read_strings(sheet)
    frame = frame.with_columns(sheet.raw("Sessions").alias("text")).filter(sheet.accepted())
    if frame.is_empty():
        return Outcome(_typed(frame.with_columns(marks=pl.lit([], dtype=pl.List(pl.String)), days_per_week=7)))
    start = days_since_epoch(frame["start_date"])
    marks = decode(frame["text"], weekday_of(start), context.profile)
    _refuse_misfits(sheet, frame, marks, weekday_of(start), context)
    sessions = _laid_out(marks, start, context)
    frame = frame.filter(pl.Series(marks.fits)).drop("text")
    return _judged(sheet, frame, sessions, marks)


def _identity(sheet: Sheet, context: Context) -> pl.DataFrame:
    school = read_school(sheet, refuses=True)
    refuse_others(sheet, school, context)
    upn = sheet.read("UPN", values.upn_of)
    admission = sheet.read("Admission Number", values.identifier)
    refuse_test_pupils(sheet, context, upn, admission)
    sheet.escalate(upn.is_null() & admission.is_null(), ("UPN", "Admission Number"), "V04_UPN_BLANK")
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
    start = sheet.read("Start Date", values.date_reader(context.profile.dates), pl.Date()).alias("start_date")
    stated = sheet.read("Attendance Year", values.attendance_year, pl.Int32())
    own = start.dt.year() - (start.dt.month() < 8).cast(pl.Int32)
    return [start, pl.select(pl.coalesce(stated, own).cast(pl.Int32)).to_series().alias("academic_year")]


def _read_strings(sheet: Sheet) -> None:
    """A string of marks is never trimmed: a blank at its end is a mark."""
    texts = sheet.raw("Sessions")
    sheet.refuse(texts.str.strip_chars(BLANKS).fill_null("") == "", "Sessions", REQUIRED_CELL)
    strange = texts.str.contains(r'[^ -~]|"').fill_null(value=False)
    if strange.any():
        faults = {text: values.fault_of_marks(text) for text in texts.filter(strange).unique().to_list()}
        for rule in sorted({rule for rule in faults.values() if rule}):
            sheet.refuse(texts.is_in([text for text, fault in faults.items() if fault == rule]), "Sessions", rule)


def _refuse_misfits(sheet: Sheet, frame: pl.DataFrame, marks: Marks, weekdays: Numbers, context: Context) -> None:
    misfits = frame.select("row", "text").with_columns(
        weekday=pl.Series(weekdays), odd=pl.Series(marks.counts % 2 == 1), fits=pl.Series(marks.fits)
    )
    misfits = misfits.filter(~pl.col("fits"))
    late_start = (pl.col("weekday") > 0) & ~pl.col("odd") if not marks.long else pl.lit(value=False)
    rules = misfits.with_columns(
        pl.when(pl.col("text").str.contains("[0-9 ,|;]"))
        .then(pl.lit("V22_NO_DECODING"))
        .when(late_start)
        .then(pl.lit("START_DAY"))
        .otherwise(pl.lit("V19_LENGTH"))
        .alias("rule")
    )
    for rule, rows in rules.partition_by("rule", as_dict=True).items():
        column = "Start Date" if rule[0] == "START_DAY" else "Sessions"
        sheet.refuse(sheet.rows.is_in(rows["row"].implode()), column, str(rule[0]))
    if marks.long and context.profile.days == 5:
        weekend = frame["row"].filter(pl.Series((weekdays > 4) & marks.fits))
        sheet.refuse(sheet.rows.is_in(weekend.implode()), "Start Date", "START_DAY")


def _laid_out(marks: Marks, start: Numbers, context: Context) -> Sessions:
    fits, counts = marks.fits, marks.counts[marks.fits]
    numbers = marks.numbers if fits.all() else marks.numbers[np.repeat(fits, marks.counts)]
    if marks.long:
        weekdays_only = np.full(len(counts), context.profile.days == 5)
    else:
        weekdays_only = (weekday_of(start[fits]) + counts // 2) == 5
    sessions = Sessions(numbers, counts, start[fits], weekdays_only, marks.vocabulary, context.received_on)
    return sessions.collapsed() if context.profile.sessions == "collapsed" else sessions


def _judged(sheet: Sheet, frame: pl.DataFrame, sessions: Sessions, marks: Marks) -> Outcome:
    frame = frame.with_columns(
        sessions.lists(),
        days_per_week=pl.Series(np.where(sessions.weekdays_only, 5, 7), dtype=pl.Int32),
        last_day=pl.Series(sessions.last_day.astype(np.int32)).cast(pl.Date),
    )
    years = frame["academic_year"]
    outside = sessions.outside(_august(years), _august(years + 1) - 1)
    sheet.refuse(sheet.rows.is_in(frame["row"].filter(pl.Series(outside)).implode()), "Start Date", "V14_OUTSIDE_YEAR")
    for rule, rows in sessions.remarks().items():
        if rows.any():
            sheet.warn(sheet.rows.is_in(frame["row"].filter(pl.Series(rows)).implode()), "Sessions", rule)
    settle_conflicts(sheet, frame)
    accepted = ~frame["row"].is_in(sheet.refused_rows().implode())
    kept = sessions.of_rows(accepted.to_numpy())
    frame = frame.filter(accepted)
    if frame.is_empty():
        return Outcome(_typed(frame), decoding=marks.decoding)
    week = kept.last_week()
    if week is None:
        raise FileRefusedError("F27_NOTHING_COVERED", "attendance")
    year = _year_of(frame, week)
    return Outcome(
        _typed(frame),
        decoding=marks.decoding,
        academic_year=year,
        last_week=week,
        units=frame.filter(pl.col("academic_year") == year)["pupil_key"].n_unique(),
        one_code=kept.is_one_code(week, frame["pupil_key"]),
    )


def _year_of(frame: pl.DataFrame, week: date) -> int:
    """The academic year that the rows of a week state."""
    in_week = (pl.col("start_date") < pl.lit(week).dt.offset_by("7d")) & (pl.col("last_day") >= week)
    return int(frame.filter(in_week).select(pl.col("academic_year").max()).item())


def _august(years: pl.Series) -> Numbers:
    return days_since_epoch(pl.select(pl.date(years, 8, 1)).to_series())


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        pl.col(name).cast(kind) for name, kind in columns("AttendanceMarks").items() if name != "delivery_seq"
    )
