"""How the same child is written down differently by its school and by the council's index.

`variation` names the difference: a nickname, an old or temporary or missing UPN, a changed surname, a birth date with
day and month swapped, or no record in the index at all. Columns `index_...` are the council's, plain ones the schools'.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from producers.simulator import names, numbers
from producers.simulator.people import OUTSIDE, serials
from producers.simulator.streams import stream
from producers.simulator.terms import WEEKS

VARIATIONS: Final = {
    "nickname_known": 0.015,  # the school says "Preferred Name"
    "nickname_used": 0.007,  # the school's first name is the nickname
    "former_upn": 0.003,  # the index still has the UPN that the school calls former
    "temporary_upn": 0.002,  # a temporary UPN until the permanent one arrives during the year
    "no_upn": 0.002,  # the school has an admission number only
    "surname_changed": 0.003,  # new in the index, old at the school
    "dob_swapped": 0.001,
    "not_in_index": 0.003,
}


def write_down(seed: int, year: int, *, people: pl.DataFrame) -> pl.DataFrame:
    """Adds the schools' `preferred`, `former_upn`, `temporary_upn`, `upn_week`, `school_dob`, and `index_...`."""
    rng = stream(seed, "identity")
    shares = np.array([*VARIATIONS.values()])
    drawn = np.searchsorted(np.cumsum(shares), rng.random(len(people)), side="right")
    nickname = pl.col("forename").replace_strict(names.NICKNAMES, default=None)
    spoilt = pl.Series("drawn", np.array([*VARIATIONS, ""])[drawn])
    people = people.with_columns(spoilt, nickname.alias("nickname"), *_numbers(year, people))
    people = people.with_columns(_possible_variation().alias("variation"))
    people = people.with_columns(
        pl.Series("upn_week", rng.integers(2, WEEKS + 1, len(people))),
        pl.Series("new_surname", names.surnames(rng, np.zeros(len(people), dtype=np.int64))),
    )
    return people.with_columns(_as_written()).drop("drawn", "nickname", "new_surname", "other_upn")


def _numbers(year: int, people: pl.DataFrame) -> list[pl.Series]:
    """An earlier UPN from a school elsewhere and a temporary one from the home school, should the child need them."""
    person, home, group = (people[name].to_numpy() for name in ("person", "home", "year_group"))
    elsewhere, issued = numbers.outside_establishments(person), year - group
    old = numbers.upns(elsewhere, issued, serials=500 + serials(elsewhere, issued) % 500)
    issuer = numbers.establishments(np.maximum(home, 0))
    temporary = numbers.temporary_upns(issuer, np.full_like(home, year), serials=serials(issuer, home * 0))
    return [pl.Series("other_upn", old), pl.Series("temporary_upn", temporary)]


def _possible_variation() -> pl.Expr:
    """What was drawn, where the child allows it: a nickname, a day that can be a month, a school in the register."""
    nicknamed = pl.col("drawn").is_in(["nickname_known", "nickname_used"])
    swappable = (pl.col("dob").dt.day() <= 12) & (pl.col("dob").dt.day() != pl.col("dob").dt.month())
    refused = (
        (nicknamed & pl.col("nickname").is_null())
        | ((pl.col("drawn") == "dob_swapped") & ~swappable)
        | (pl.col("home") == OUTSIDE)
    )
    return pl.when(refused).then(pl.lit("")).otherwise(pl.col("drawn"))


def _as_written() -> list[pl.Expr]:
    def when(variation: str) -> pl.Expr:
        return pl.col("variation") == variation

    swapped = pl.date(pl.col("dob").dt.year(), pl.col("dob").dt.day(), pl.col("dob").dt.month())
    return [
        pl.when(when("nickname_known")).then("nickname").alias("preferred"),
        pl.when(when("nickname_used")).then("nickname").otherwise("forename").alias("forename"),
        pl.when(when("former_upn")).then("other_upn").alias("former_upn"),
        pl.when(when("temporary_upn")).then("temporary_upn").alias("temporary_upn"),
        pl.when(when("dob_swapped")).then(swapped).otherwise("dob").alias("school_dob"),
        pl.col("forename").alias("index_forename"),
        pl.when(when("nickname_used")).then("nickname").alias("index_preferred"),
        pl.when(when("surname_changed")).then("new_surname").otherwise("surname").alias("index_surname"),
        pl.when(when("former_upn")).then("other_upn").otherwise("upn").alias("index_upn"),
    ]
