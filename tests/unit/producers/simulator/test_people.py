"""Families, names and the differences between a school's file and the council's index."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from producers.simulator.county import County, found_county
from producers.simulator.identity import VARIATIONS
from producers.simulator.schools import Phase, found_schools


@pytest.fixture(scope="module", name="county")
def _county() -> County:
    return found_county(5, 2025, schools=60)


def test_a_full_county_has_105_000_pupils() -> None:
    """417 schools of three phases share 105,000 children."""
    schools = found_schools(1, 417)

    assert sum(school.size for school in schools) == 105_000
    assert set(Phase) == {school.phase for school in schools}


def test_twins_share_surname_and_birth_date_but_no_forename(county: County) -> None:
    """About one child in a hundred has a twin at its school, with the same surname and another first name."""
    together = county.people.filter(pl.col("home") >= 0).group_by("home", "surname", "dob")
    families = together.agg(pl.col("index_forename"), pl.len()).filter(pl.col("len") > 1)

    assert 0.008 < families.height / len(county.people) < 0.03
    assert all(len(set(names)) == len(names) for names in families["index_forename"].to_list())


def test_siblings_share_a_surname_within_a_school(county: County) -> None:
    """Far more children have a namesake nearby than chance would give."""
    people = county.people.filter(pl.col("home") >= 0)
    rare = [name for name, count in Counter(people["surname"]).items() if count <= 4]

    shared = people.filter(pl.col("surname").is_in(rare)).group_by("home", "surname").len().filter(pl.col("len") > 1)

    assert shared.height > 50


def test_children_are_of_the_age_of_their_year_group(county: County) -> None:
    """Reception is four years old on 31 August before the year begins, and each year group a year older."""
    starts = county.people.select(
        (pl.date(2025, 8, 31) - pl.col("dob")).dt.total_days() / 365.25 - pl.col("year_group")
    ).to_series()

    assert float(str(starts.min())) > 3.99
    assert float(str(starts.max())) < 5.01


def test_every_variation_of_identity_occurs(county: County) -> None:
    """Each difference between school and index is there, and most children have none."""
    counts = Counter(county.people["variation"])

    assert set(counts) == {"", *VARIATIONS}
    assert counts[""] > 0.97 * len(county.people)


def test_names_need_more_than_ascii(county: County) -> None:
    """Accents, apostrophes, hyphens and spaces occur in surnames and forenames."""
    names = {*county.people["surname"], *county.people["forename"]}

    assert all(any(mark in name for name in names) for mark in "'- éłö")


def test_about_one_child_in_125_is_in_care(county: County) -> None:
    """Eight in a thousand are looked after at some time of the year."""
    assert 0.006 < county.people["in_care"].sum() / len(county.people) < 0.01


def test_children_outside_the_register_have_no_roll(county: County) -> None:
    """Some children of the index are on no school's roll, and some of the rolls are in no index."""
    outside = county.people.filter(pl.col("home") < 0)

    assert outside.height > 5
    assert not set(outside["person"]) & set(county.enrolments["person"])
    assert "not_in_index" in set(county.people.filter(pl.col("home") >= 0)["variation"])
