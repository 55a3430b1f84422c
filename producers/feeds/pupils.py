"""The council's pupil index: a full snapshot, one event per record; a child may have rows for several periods."""

from __future__ import annotations

import polars as pl

from producers.feeds import values
from producers.feeds.context import Context
from producers.feeds.outcome import Outcome
from producers.feeds.people import read_birth_date, read_names, warn_of_blank_names
from producers.feeds.schools import read_school
from producers.feeds.sheet import Sheet
from schemas.codec import columns

_IDENTITY = ("upn", "first_name", "surname", "dob")


def read(sheet: Sheet, context: Context) -> Outcome:
    """The rows of a pupils file."""
    read_date = values.date_reader(context.profile.dates)
    names = {"first_name": "First Name", "surname": "Surname", "preferred_name": "Preferred Name"}
    frame = pl.DataFrame(
        {
            "row": sheet.rows,
            "pupil_id": sheet.read("Pupil ID", values.identifier),
            "upn": sheet.read("UPN", values.upn_of),
            "former_upn": sheet.read("Former UPN", values.upn_of),
            **read_names(sheet, names),
            "dob": read_birth_date(sheet, context),
            "gender": sheet.read("Gender", values.clean),
            "looked_after_from": sheet.read("Looked After From", read_date, pl.Date()),
            "looked_after_to": sheet.read("Looked After To", read_date, pl.Date()),
            "social_worker": sheet.read("Social Worker", values.clean),
            "sealed": _sealed(sheet),
            "dfe_no": read_school(sheet, refuses=False),
            "admission_number": sheet.read("Admission Number", values.identifier),
        }
    )
    warn_of_blank_names(sheet, "First Name", "Surname")
    frame = frame.filter(sheet.accepted())
    _refuse_contradictions(sheet, frame)
    sheet.warn_of_repeats(frame)
    frame = frame.filter(~pl.col("row").is_in(sheet.refused_rows().implode()))
    kinds = columns("CouncilPupil").items()
    rows = frame.select(pl.col(name).cast(kind) for name, kind in kinds if name != "delivery_seq")
    return Outcome(rows, units=rows.height)


def _sealed(sheet: Sheet) -> pl.Series:
    """Whatever is not a clear no protects the child."""
    read = sheet.read("Sealed", values.choice_reader(values.YES_OR_NO, "V28_SEALED"), pl.Boolean())
    return read.fill_null(~sheet.blank("Sealed"))


def _refuse_contradictions(sheet: Sheet, frame: pl.DataFrame) -> None:
    """Refuse every row of a `Pupil ID` that stands for two children."""
    differs = pl.any_horizontal(pl.col(name).drop_nulls().n_unique() > 1 for name in _IDENTITY)
    twice = frame.group_by("pupil_id").agg(differs=differs).filter("differs")["pupil_id"]
    rows = frame.filter(pl.col("pupil_id").is_in(twice.implode()))["row"]
    sheet.refuse_rows(rows, "Pupil ID", "V08_CONTRADICTION")
