"""Which child is on which school's roll, from which week to which: moves, leavers, dual registrations and guests.

One row per child and school; `last_week` 39 means to the end of the year. `away_...` says in which weeks and on which
weekdays the child is at another school, and with which code this school marks it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from producers.simulator.numbers import Ints
from producers.simulator.people import OUTSIDE
from producers.simulator.schools import Phase, School
from producers.simulator.streams import stream
from producers.simulator.terms import WEEKS

_LEAVERS: Final = 0.03
_LEAVERS_IN_CARE: Final = 0.10
_STAY_IN_COUNTY: Final = 0.65
_DUAL: Final = 0.002
_GUESTS: Final = 0.001
_PERMANENT: Final = {Phase.PRIMARY: 0.0001, Phase.SECONDARY: 0.003, Phase.SPECIAL: 0.001}
_WEEKS_BEFORE_REMOVAL: Final = 4
_LAST_PERMANENT: Final = 33
_MAIN_DAYS: Final = 0b00111  # Monday to Wednesday at the main school, Thursday and Friday at the other
_OTHER_DAYS: Final = 0b11000
_EVERY_DAY: Final = 0b11111


def enrol(seed: int, schools: tuple[School, ...], *, people: pl.DataFrame) -> pl.DataFrame:
    rng = stream(seed, "enrolments")
    home = _leave(rng, schools, people=people.filter(pl.col("home") != OUTSIDE))
    moved = _arrivals(rng, schools, home=home)
    stays = pl.Series((home["last_week"] == WEEKS) & (home["first_week"] == 1))
    shared = pl.Series(rng.random(len(home)))
    dual = home.filter(stays & (shared < _DUAL))
    guest = home.filter(stays & (shared > 1 - _GUESTS))
    visits = pl.Series("first_week", rng.integers(2, WEEKS - 4, len(guest)))
    guest = guest.with_columns(visits, (visits + 3).alias("last_week"))
    home = _away(home, dual, guest=guest)
    rows = [
        home,
        moved,
        _second_roll(rng, schools, rows=dual, role="S"),
        _second_roll(rng, schools, rows=guest, role="G"),
    ]
    table = pl.concat(rows, how="diagonal").drop("home", "in_care").with_columns(pl.col("away_days").fill_null(0))
    return table.sort("school", "person").with_columns(_admission_numbers())


def _leave(rng: np.random.Generator, schools: tuple[School, ...], *, people: pl.DataFrame) -> pl.DataFrame:
    """The first enrolment of every child, cut short for leavers and for those permanently excluded."""
    count = len(people)
    u = rng.random(count)
    chance = np.where(people["in_care"], _LEAVERS_IN_CARE, _LEAVERS)
    first = people["first_week"].to_numpy()
    leaves = (u < chance) & (first == 1)
    last = np.where(leaves, rng.integers(1, WEEKS, count), WEEKS)
    phase = np.array([_PERMANENT[school.phase] for school in schools])[people["home"].to_numpy()]
    excluded = ~leaves & (first == 1) & (rng.random(count) < phase)
    week = np.where(excluded, rng.integers(2, _LAST_PERMANENT, count), 0)
    week[np.flatnonzero(excluded)[:1]] = 2
    last = np.where(excluded, week + _WEEKS_BEFORE_REMOVAL, last)
    return people.select("person", "home", "in_care", "first_week", "first_day").with_columns(
        pl.col("home").alias("school"),
        pl.lit("C").alias("role"),
        pl.Series("last_week", last),
        pl.Series("permanent_week", week),
    )


def _arrivals(rng: np.random.Generator, schools: tuple[School, ...], *, home: pl.DataFrame) -> pl.DataFrame:
    """Leavers who turn up at another school of the same kind the week after."""
    gone = home.filter(pl.col("last_week") < WEEKS)
    target = _other_school(rng, schools, here=gone["school"].to_numpy())
    arrives = (rng.random(len(gone)) < _STAY_IN_COUNTY) & (target != gone["school"].to_numpy())
    return (
        gone.with_columns(
            pl.Series("school", target),
            (pl.col("last_week") + 1).alias("first_week"),
            pl.lit(0, dtype=pl.Int64).alias("first_day"),
            pl.lit(WEEKS, dtype=pl.Int64).alias("last_week"),
            pl.lit(0, dtype=pl.Int64).alias("permanent_week"),
        )
    ).filter(pl.Series(arrives))


def _other_school(rng: np.random.Generator, schools: tuple[School, ...], *, here: Ints) -> Ints:
    """For each school another of its phase, or itself where it is the only one."""
    by_phase = {phase: [school.index for school in schools if school.phase is phase] for phase in Phase}
    target = here.copy()
    for place, school in enumerate(here):
        others = [other for other in by_phase[schools[school].phase] if other != school]
        target[place] = others[int(rng.integers(len(others)))] if others else school
    return target


def _away(home: pl.DataFrame, dual: pl.DataFrame, *, guest: pl.DataFrame) -> pl.DataFrame:
    """Marks at home of those also elsewhere: D on days at the subsidiary school, B during a visit as a guest."""
    away = pl.concat(
        [
            _absent(dual.select("person"), "D", days=_OTHER_DAYS).with_columns(away_from=1, away_to=WEEKS),
            _absent(guest.select("person", away_from="first_week", away_to="last_week"), "B", days=_EVERY_DAY),
        ],
        how="diagonal_relaxed",
    )
    return home.join(away, on="person", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("away_code") == "D").then(pl.lit("M")).otherwise("role").alias("role")
    )


def _absent(frame: pl.DataFrame, code: str, *, days: int) -> pl.DataFrame:
    return frame.with_columns(pl.lit(code).alias("away_code"), pl.lit(days, dtype=pl.Int64).alias("away_days"))


def _second_roll(
    rng: np.random.Generator, schools: tuple[School, ...], *, rows: pl.DataFrame, role: str
) -> pl.DataFrame:
    target = _other_school(rng, schools, here=rows["school"].to_numpy())
    second = rows.with_columns(pl.Series("school", target), pl.lit(role).alias("role"))
    if role == "S":
        second = _absent(second, "D", days=_MAIN_DAYS).with_columns(
            pl.lit(1, dtype=pl.Int64).alias("away_from"), pl.lit(WEEKS, dtype=pl.Int64).alias("away_to")
        )
    return second.filter(pl.col("school") != rows["school"])


def _admission_numbers() -> pl.Expr:
    """Unique inside one school, some with leading zeros, as schools number them."""
    return pl.int_range(1, pl.len() + 1).over("school").cast(pl.String).str.zfill(5).alias("admission")
