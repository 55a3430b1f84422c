"""Who is looked after and since when, who has a social worker, and whose record is sealed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl

from producers.simulator.numbers import Ints
from producers.simulator.streams import stream
from producers.simulator.terms import Terms

_IN_CARE: Final = 0.008
_SOCIAL_WORKER: Final = 0.015
_SEALED: Final = 0.0004
_TEAMS: Final = ("Children in Care Team North", "Children in Care Team South", "Locality Team 3", "Locality Team 7")

Period = tuple[date, date | None]


def take_into_care(seed: int, terms: Terms, *, people: pl.DataFrame) -> pl.DataFrame:
    """Adds `in_care`, `care_from`, `care_to`, for a few an earlier `before_from`, `before_to`; `team` and `sealed`."""
    rng = stream(seed, "care")
    known = np.flatnonzero((people["variation"] != "not_in_index").to_numpy())
    cared = np.sort(rng.choice(known, max(3, round(_IN_CARE * len(people))), replace=False))
    frame = _periods(rng, terms, cared=cared)
    others = rng.random(len(people)) < _SOCIAL_WORKER
    team = np.where(rng.random(len(people)) < 0.5, *_TEAMS[2:])
    sealed = rng.random(len(people)) < _SEALED
    sealed[rng.choice(known)] = True
    people = people.with_columns(
        pl.Series("sealed", sealed), pl.when(pl.Series(others)).then(pl.Series(team)).alias("locality")
    ).join(frame, on="person", how="left", maintain_order="left")
    return people.with_columns(
        pl.col("care_from").is_not_null().alias("in_care"), pl.coalesce("care_team", "locality").alias("team")
    ).drop("care_team", "locality")


def periods(person: dict[str, object], known_on: date) -> list[Period]:
    """The looked-after periods of a row of people that have begun by a day; an end still to come is not known yet."""
    pairs = [(person["before_from"], person["before_to"]), (person["care_from"], person["care_to"])]
    return [
        (start, end if isinstance(end, date) and end <= known_on else None)
        for start, end in pairs
        if isinstance(start, date) and start <= known_on
    ]


def _periods(rng: np.random.Generator, terms: Terms, *, cared: Ints) -> pl.DataFrame:
    """Most have been in care since before the year; some enter, some leave, some come back during it."""
    start, rows = terms.mondays[0], []
    for person in cared:
        kind = rng.choice(["long", "enters", "leaves", "returns"], p=[0.76, 0.12, 0.07, 0.05])
        earlier = start - timedelta(days=int(rng.integers(30, 1500)))
        first, second = sorted(start + timedelta(days=int(d)) for d in rng.choice(300, 2, replace=False))
        now, before = {
            "long": ((earlier, None), (None, None)),
            "enters": ((first, None), (None, None)),
            "leaves": ((earlier, second), (None, None)),
            "returns": ((second, None), (earlier, first)),
        }[str(kind)]
        rows.append((int(person), *now, *before, str(rng.choice(_TEAMS[:2]))))
    names = {"person": pl.Int64, "care_from": pl.Date, "care_to": pl.Date, "before_from": pl.Date, "before_to": pl.Date}
    return pl.DataFrame(rows, schema={**names, "care_team": pl.String}, orient="row")
