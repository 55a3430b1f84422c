"""Exclusions files: one event per record, as sent; which rows make one suspension is the consumer's business.

Nothing but a missing start date, another school's number or a child who cannot be told costs a row: a suspended child
lost to a typing error is the worst that can happen.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import polars as pl

from producers.feeds import values
from producers.feeds.context import Context
from producers.feeds.outcome import Outcome
from producers.feeds.people import id_key, read_birth_date, read_names, refuse_test_pupils, warn_of_blank_names
from producers.feeds.plausibility import warn_of_oddities
from producers.feeds.reasons import read_reasons
from producers.feeds.schools import read_school, refuse_others
from producers.feeds.sheet import Sheet
from producers.feeds.values import Reading
from schemas.codec import columns
from schemas.codes import exclusion_types, normalised
from schemas.events import Completeness, RefusedRow

_PERMANENT: Final = "PERM"
_CODES: Final = frozenset({"susp", "fixd", "perm", "lnch"})
"""Codes that may stand before words, as in `FIXD - fixed term`."""


def read(sheet: Sheet, context: Context) -> Outcome:
    """The rows of an exclusions file."""
    frame = _children(sheet, context).with_columns(_times(sheet, context))
    frame = frame.with_columns(_types(sheet)).with_columns(read_reasons(sheet, frame["start_date"]))
    frame = _with_sound_ends(sheet, frame)
    _warn_of_gaps(sheet, frame)
    refused = _refused(frame.filter(~sheet.accepted()))
    frame = frame.filter(sheet.accepted())
    sheet.warn_of_repeats(frame)
    _warn_of_versions(sheet, frame)
    warn_of_oddities(sheet, frame)
    kinds = columns("Exclusion").items()
    rows = frame.select(pl.col(name).cast(kind) for name, kind in kinds if name != "delivery_seq")
    extent: Completeness = context.profile.exclusions or "reach_back"
    return Outcome(rows, completeness=extent, refused=refused, last_week=_last_week(frame["start_date"]))


def _last_week(starts: pl.Series) -> date | None:
    """The Monday of the week in which the latest suspension begins."""
    latest = starts.max()
    return latest - timedelta(days=latest.weekday()) if isinstance(latest, date) else None


def _children(sheet: Sheet, context: Context) -> pl.DataFrame:
    school = read_school(sheet, refuses=True)
    refuse_others(sheet, school, context)
    upn = sheet.read("UPN", values.upn_of)
    refuse_test_pupils(sheet, context, upn)
    names = read_names(sheet, {"surname": "Surname", "forename": "Forename"})
    born = read_birth_date(sheet, context)
    people = zip(names["surname"], names["forename"], born, school, strict=True)
    keys = [id_key(context.secret, last, first, day, dfe_no or "") for last, first, day, dfe_no in people]
    id_keys = pl.Series("id_key", keys, dtype=pl.String)
    sheet.escalate(upn.is_null() & id_keys.is_null(), ("UPN", "Surname"), "V04_UPN_BLANK")
    sheet.warn(sheet.blank("UPN"), "UPN", "V04_UPN_BLANK")
    warn_of_blank_names(sheet, "Surname", "Forename")
    return pl.DataFrame(
        {
            "row": sheet.rows,
            "dfe_no": school,
            "pupil_key": pl.select(pl.coalesce(upn, id_keys)).to_series(),
            "id_key": id_keys,
            "upn": upn,
            **names,
            "dob": born,
            "nc_year": sheet.read("NC Year", values.clean),
        }
    )


def _times(sheet: Sheet, context: Context) -> list[pl.Series]:
    read_date = values.date_reader(context.profile.dates)
    return [
        sheet.read("Start Date", read_date, pl.Date()).alias("start_date"),
        sheet.read("End Date", read_date, pl.Date()).alias("end_date"),
        sheet.read("Number of Sessions", values.session_count, pl.Int32()).alias("sessions"),
    ]


def _types(sheet: Sheet) -> list[pl.Series]:
    """The type of each row; one that no table knows counts as a suspension and is kept as sent."""
    known = {words: kind.code for kind in exclusion_types() for words in kind.words}

    def read_type(text: str) -> Reading:
        found = values.clean(text)
        words = normalised(str(found.value or ""))
        code = known.get(words) or known.get(words.partition(" ")[0] if words[:4] in _CODES else "")
        return Reading(code) if code else Reading(None, found.rules)

    read = sheet.read("Type", read_type)
    sent = sheet.read("Type", lambda text: Reading(values.clean(text).value))
    sheet.warn(read.is_null(), "Type", "V28_TYPE")
    unknown = pl.select(pl.when(read.is_null()).then(sent)).to_series()
    return [read.fill_null("SUSP").alias("type"), unknown.alias("type_as_sent")]


def _with_sound_ends(sheet: Sheet, frame: pl.DataFrame) -> pl.DataFrame:
    """Without an end before the start, and without the end of a length that cannot be."""
    before = (frame["end_date"] < frame["start_date"]).fill_null(value=False)
    sheet.warn(before, "End Date", "V26_END_BEFORE_START")
    unsound = before | sheet.rows.is_in(sheet.remarked("Number of Sessions", "V26_LENGTH").implode())
    missing = pl.when(~unsound)
    return frame.with_columns(missing.then("end_date").alias("end_date"), missing.then("sessions").alias("sessions"))


def _warn_of_gaps(sheet: Sheet, frame: pl.DataFrame) -> None:
    """What a suspension should say and a permanent exclusion need not."""
    permanent = frame["type"] == _PERMANENT
    sheet.warn(~permanent & sheet.blank("End Date"), "End Date", "V26_NO_END")
    sheet.warn(~permanent & sheet.blank("Number of Sessions"), "Number of Sessions", "V26_NO_LENGTH")
    sheet.warn(permanent & frame["end_date"].is_not_null(), "End Date", "V28_PERMANENT_WITH_END")


def _warn_of_versions(sheet: Sheet, frame: pl.DataFrame) -> None:
    """Rows of one pupil, start and type that differ in end or length are one suspension."""
    same = ("pupil_key", "start_date", "type")
    versions = pl.struct("end_date", "sessions").n_unique().over(same)
    sheet.warn_rows(frame.filter(versions > 1)["row"], "End Date", "V08_TWO_LENGTHS")


def _refused(frame: pl.DataFrame) -> tuple[RefusedRow, ...]:
    return tuple(RefusedRow(*values) for values in frame.select("row", "pupil_key", "start_date").iter_rows())
