"""What is odd about a suspension though every cell can be read: told to the school, never changed, never refused."""

from __future__ import annotations

from typing import Final

import polars as pl

from producers.feeds.sheet import Sheet

_SESSIONS_OF_THE_YEARLY_LIMIT: Final = 90
_AGE_ABOVE_YEAR_GROUP: Final = 4
_YEARS_AMISS: Final = 1
_PUPIL_YEAR: Final = ("pupil_key", "academic_year")


def warn_of_oddities(sheet: Sheet, frame: pl.DataFrame) -> None:
    """Note suspensions that overlap or pass the yearly limit in this file alone, and years that do not fit the age."""
    dated = frame.with_columns(academic_year=_academic_year("start_date"))
    sheet.warn_rows(_overlapping(dated), "Start Date", "V29_OVERLAP")
    sheet.warn_rows(_above_the_limit(dated), "Number of Sessions", "V27_YEARLY_LIMIT")
    sheet.warn_rows(_out_of_year(dated), "NC Year", "V31_YEAR_GROUP")


def _academic_year(column: str) -> pl.Expr:
    return pl.col(column).dt.year() - (pl.col(column).dt.month() < 8).cast(pl.Int32)


def _overlapping(frame: pl.DataFrame) -> pl.Series:
    """Suspensions and permanent exclusions that begin before an earlier suspension of the same child has ended."""
    away = frame.filter(pl.col("type") != "LNCH", ~pl.col("cancelled")).sort("pupil_key", "start_date")
    ends = away.with_columns(end_date=pl.when(pl.col("type") != "PERM").then("end_date"))
    ends = ends.group_by("pupil_key", "start_date", maintain_order=True).agg(pl.col("end_date").max())
    reach = ends.with_columns(reach=pl.col("end_date").cum_max().shift(1).over("pupil_key"))
    found = away.join(reach.drop("end_date"), on=["pupil_key", "start_date"], how="left", maintain_order="left")
    return found.filter(pl.col("start_date") <= pl.col("reach"))["row"]


def _above_the_limit(frame: pl.DataFrame) -> pl.Series:
    """The rows of a child whose suspensions in one year exceed 45 days."""
    once = frame.filter(pl.col("type") == "SUSP").unique(["pupil_key", "start_date"], keep="first")
    totals = once.group_by(_PUPIL_YEAR).agg(pl.col("sessions").sum())
    above = totals.filter(pl.col("sessions") > _SESSIONS_OF_THE_YEARLY_LIMIT).select(_PUPIL_YEAR)
    return frame.join(above, on=_PUPIL_YEAR, how="semi", maintain_order="left")["row"]


def _out_of_year(frame: pl.DataFrame) -> pl.Series:
    """Rows whose year group is more than a year from the one that fits the birth date."""
    stated = pl.col("nc_year").str.extract(r"^(?:[Yy](?:ear)? ?)?0?([0-9]{1,2})$", 1).cast(pl.Int32)
    born_in = _academic_year("dob").cast(pl.Int32)
    # A child born in the academic year 2014/15 is in year 1 in 2020/21: five years old on its first day.
    usual = pl.col("academic_year") - born_in - 1 - _AGE_ABOVE_YEAR_GROUP
    return frame.filter((stated - usual).abs() > _YEARS_AMISS)["row"]
