"""What the council sends, its index of children and its calendar, and the register of agreements."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import polars as pl

from producers.simulator.care import periods
from producers.simulator.county import County
from producers.simulator.numbers import AUTHORITY, outside_establishments
from producers.simulator.people import OUTSIDE

_DATES: Final = {"Looked After From": pl.Date, "Looked After To": pl.Date}


def friday(county: County, week: int) -> date:
    """The day on which the files of a week are made."""
    return county.terms.mondays[week - 1] + timedelta(days=4)


def index_rows(county: County, week: int) -> pl.DataFrame:
    """Everybody the council knows by that week: several rows for a child with several looked-after periods."""
    known = known_children(county, week)
    rows = [
        (person["person"], start, end)
        for person in known.filter("in_care").iter_rows(named=True)
        for start, end in periods(person, friday(county, week))
    ]
    cared = pl.DataFrame(rows, schema={"person": pl.Int64, **_DATES}, orient="row")
    schools = pl.DataFrame(
        {"school": range(len(county.schools)), "DfE No": [school.dfe_no for school in county.schools]}
    )
    joined = known.join(_current_schools(county, week), on="person", how="left").join(schools, on="school", how="left")
    outside = pl.Series("outside", outside_establishments(joined["person"].to_numpy())).cast(pl.String)
    joined = joined.with_columns(pl.concat_str(pl.lit(AUTHORITY), outside).alias("outside"))
    return joined.join(cared, on="person", how="left").sort("person", "Looked After From").select(_index_columns())


def known_children(county: County, week: int) -> pl.DataFrame:
    return county.people.filter((pl.col("variation") != "not_in_index") & (pl.col("first_week") <= week))


def calendar_rows(county: County) -> pl.DataFrame:
    terms = county.terms
    rows: list[tuple[str | None, date, date, str]] = [
        (None, terms.day(5 * first), terms.day(5 * last + 4), "TERM") for first, last in terms.blocks()
    ]
    for school, closures in zip(county.schools, county.closures, strict=True):
        for kind, days in (("INSET", closures.inset), ("CLOSED", closures.closed)):
            rows += [(school.dfe_no, terms.day(day), terms.day(day), kind) for day in days]
    schema = {"DfE No": pl.String, "From": pl.Date, "To": pl.Date, "Kind": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def agreement_rows(county: County) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "DfE No": [school.dfe_no for school in county.schools],
            "School Name": [school.name for school in county.schools],
            "Contact": [school.contact for school in county.schools],
            "Datasets": "attendance;exclusions",
            "Agreed From": date(county.terms.year, 8, 1),
            "Agreed To": None,
            "Profile": ["exclusions=full" if school.habits.full else None for school in county.schools],
        }
    )


def _current_schools(county: County, week: int) -> pl.DataFrame:
    """The one school that a child is registered at in a week: the main one of two."""
    here = (pl.col("first_week") <= week) & (pl.col("last_week") >= week) & pl.col("role").is_in(["C", "M"])
    return county.enrolments.filter(here).select("person", "school", "admission")


def _index_columns() -> list[pl.Expr]:
    return [
        pl.col("pupil_id").alias("Pupil ID"),
        pl.col("index_upn").alias("UPN"),
        pl.lit(None, dtype=pl.String).alias("Former UPN"),
        pl.col("index_forename").alias("First Name"),
        pl.col("index_surname").alias("Surname"),
        pl.col("index_preferred").alias("Preferred Name"),
        pl.col("dob").alias("DOB"),
        pl.col("gender").alias("Gender"),
        *(pl.col(name) for name in _DATES),
        pl.col("team").alias("Social Worker"),
        pl.when("sealed").then(pl.lit("Y")).alias("Sealed"),
        pl.when(pl.col("home") == OUTSIDE).then("outside").otherwise("DfE No").alias("DfE No"),
        pl.col("admission").alias("Admission Number"),
    ]
