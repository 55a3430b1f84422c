"""The children of the county: age, family, name and UPN of each, as they truly are.

How the schools and the council's index write them down differently stands in `identity.py`. Siblings share a surname
and often a school; twins share a birth date too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from producers.simulator import names, numbers
from producers.simulator.numbers import Ints
from producers.simulator.schools import Phase, School
from producers.simulator.streams import stream
from producers.simulator.terms import WEEKS

OUTSIDE: Final = -1  # the home of a child in the index whose school is not in the register
_GROUPS: Final = {Phase.PRIMARY: (0, 7), Phase.SECONDARY: (7, 5), Phase.SPECIAL: (0, 12)}
_SIXTH_FORM_SHARE: Final = 0.3
_TWINS: Final = 0.013
_SIBLINGS: Final = 0.18
_SIBLINGS_ELSEWHERE: Final = 0.06


def populate(seed: int, year: int, *, schools: tuple[School, ...]) -> pl.DataFrame:
    """One row per child, by home school; `year_group` 0 is Reception, `first_week` above 1 is one who joins later."""
    rng = stream(seed, "people")
    home, group, cycle = _homes(rng, schools)
    born = _birth_days(rng, year, group=group)
    gender = np.where(rng.random(len(home)) < 0.512, "M", "F")
    twin_of, sibling_of = _families(rng, home, cycle=cycle)
    heritage = rng.choice(len(names.HERITAGES), len(home), p=[h.share for h in names.HERITAGES])
    surname = names.surnames(rng, heritage)
    _inherit(sibling_of, heritage, surname)
    _inherit(twin_of, heritage, surname, born)
    forename = names.forenames(rng, heritage, genders=gender)
    _rename_twins(twin_of, forename, gender=gender)
    joiner = rng.random(len(home)) < 0.02
    return pl.DataFrame(
        {
            "person": np.arange(len(home)),
            "home": home,
            "year_group": group,
            "dob": born,
            "gender": gender,
            "forename": forename,
            "surname": surname,
            "upn": _upns(schools, year, home=home, group=group),
            "first_week": np.where(joiner, rng.integers(2, WEEKS + 1, len(home)), 1),
            "first_day": np.where(joiner, rng.integers(0, 5, len(home)), 0),
            "propensity": rng.normal(size=len(home)),
        }
    ).with_columns(pl.format("P{}", (pl.col("person") + 1).cast(pl.String).str.zfill(7)).alias("pupil_id"))


def _homes(rng: np.random.Generator, schools: tuple[School, ...]) -> tuple[Ints, Ints, Ints]:
    """Home school, year group and number of year groups there, for each child; those schooled elsewhere come last."""
    home, group, cycle = [], [], []
    for school in schools:
        first, span = _GROUPS[school.phase]
        if school.phase is Phase.SECONDARY and rng.random() < _SIXTH_FORM_SHARE:
            span += 2
        home.append(np.full(school.size, school.index))
        group.append(first + np.arange(school.size) % span)
        cycle.append(np.full(school.size, span))
    outside = max(5, sum(school.size for school in schools) // 150)
    home.append(np.full(outside, OUTSIDE))
    group.append(rng.integers(0, 12, outside))
    cycle.append(np.full(outside, 1))
    return np.concatenate(home), np.concatenate(group), np.concatenate(cycle)


def _birth_days(rng: np.random.Generator, year: int, *, group: Ints) -> NDArray[np.datetime64]:
    """Between 1 September and 31 August, four years old at the start of Reception."""
    first = (np.datetime64(f"{year - 5}-09") - 12 * group).astype("datetime64[D]")
    return np.asarray(first + rng.integers(0, 365, len(group)), dtype="datetime64[D]")


def _families(rng: np.random.Generator, home: Ints, *, cycle: Ints) -> tuple[Ints, Ints]:
    """For each child the child it is a twin of, and the one it is a sibling of, or -1."""
    count = len(home)
    here = np.arange(count)
    start = np.searchsorted(home[home != OUTSIDE], home)
    place = np.where(home == OUTSIDE, 0, here - start)
    back = rng.integers(1, 30, count)
    back += back % np.maximum(cycle, 2) == 0
    sibling = (rng.random(count) < _SIBLINGS) & (place > back)
    elsewhere = ~sibling & (rng.random(count) < _SIBLINGS_ELSEWHERE)
    sibling_of = np.where(sibling, here - back, np.where(elsewhere, rng.integers(0, count, count), -1))
    twin = (rng.random(count) < _TWINS) & (place >= cycle)
    return np.where(twin, here - cycle, -1), sibling_of


def _inherit(source: Ints, *columns: NDArray[np.generic]) -> None:
    for child in np.flatnonzero(source >= 0):
        for column in columns:
            column[child] = column[source[child]]


def _rename_twins(twin_of: Ints, forename: NDArray[np.str_], *, gender: NDArray[np.str_]) -> None:
    for child in np.flatnonzero(twin_of >= 0):
        if forename[child] == forename[twin_of[child]]:
            forename[child] = names.other_forename(str(forename[child]), str(gender[child]))


def _upns(schools: tuple[School, ...], year: int, *, home: Ints, group: Ints) -> NDArray[np.str_]:
    """Issued in the child's Reception year: by its own school, or by the primaries that feed a secondary."""
    person = np.arange(len(home))
    secondary = np.cumsum([school.phase is Phase.SECONDARY for school in schools]) - 1
    in_secondary = np.array([school.phase is Phase.SECONDARY for school in schools])[home] & (home != OUTSIDE)
    feeder = numbers.feeder_establishments(len(schools), secondary[home], persons=person)
    own = numbers.establishments(home)
    issuer = np.where(in_secondary, feeder, np.where(home == OUTSIDE, numbers.outside_establishments(person), own))
    issued = year - group
    return numbers.upns(issuer, issued, serials=serials(issuer, issued))


def serials(issuer: Ints, issued: Ints) -> Ints:
    """1, 2, 3 ... within each issuer and year."""
    frame = pl.DataFrame({"issuer": issuer, "issued": issued})
    return frame.select(pl.int_range(1, pl.len() + 1).over("issuer", "issued")).to_series().to_numpy()
