"""Names as they are compared."""

from __future__ import annotations

import pytest

from consumers.matching.names import likeness, name_key, normalised, preferred_names, soundex
from consumers.matching.rules import current


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("O'Brien", "obrien"),
        ("O\u2019Brien", "obrien"),
        ("Zo\u00eb", "zoe"),
        ("Zoe\u0308", "zoe"),
        ("Smith-Jones", "smith jones"),
        ("  van   der  Berg ", "van der berg"),
        ("\u0141ukasz", "lukasz"),
        ("S\u00f8rensen", "sorensen"),
        ("Stra\u00dfe", "strasse"),
        ("---", ""),
    ],
)
def test_spelling_that_is_no_difference_is_dropped(sent: str, expected: str) -> None:
    """Case, accents, apostrophes, hyphens and spare spaces do not make another name."""
    actual = normalised(sent)

    assert expected == actual


def test_each_listed_preferred_name_counts() -> None:
    """A school lists names with slashes, commas, semicolons and brackets."""
    actual = preferred_names("Abi / Abby, Gail (Gee); ")

    assert actual == ("abi", "abby", "gail", "gee")


def test_names_in_either_order_have_one_key() -> None:
    """Forename and surname in each other's column are found under the same key."""
    assert name_key("li", "wei chen") == name_key("wei chen", "li")
    assert name_key("amara", "okafor") == name_key("okafor", "amara")


@pytest.mark.parametrize(("forename", "surname"), [("", "okafor"), ("amara", "")])
def test_half_a_name_has_no_key(forename: str, surname: str) -> None:
    """A child is never looked for by one name alone."""
    assert name_key(forename, surname) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("martha", "marhta", 0.9611),
        ("dixon", "dicksonx", 0.8133),
        ("dwayne", "duane", 0.8400),
        ("abc", "xyz", 0.0),
        ("amara", "amara", 1.0),
        ("", "amara", 0.0),
    ],
)
def test_likeness_is_jaro_winkler(one: str, other: str, expected: float) -> None:
    """The published examples of the measure come out."""
    actual = likeness(one, other)

    assert expected == round(actual, 4)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [("mohammed", "mohamed", True), ("mohammed", "muhammad", False), ("emily", "amelia", False)],
)
def test_what_is_near_is_what_was_measured(one: str, other: str, near: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """The threshold takes a doubled letter and leaves another name."""
    assert near == (likeness(one, other) >= current().near_likeness)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("robert", "R163"),
        ("rupert", "R163"),
        ("ashcraft", "A261"),
        ("tymczak", "T522"),
        ("pfister", "P236"),
        ("honeyman", "H555"),
        ("lee", "L000"),
        ("mohammed", "M530"),
        ("muhammad", "M530"),
        ("\u4e2d", ""),
    ],
)
def test_soundex_is_the_american_one(name: str, expected: str) -> None:
    """The published examples come out; a name without a letter from a to z has no code."""
    assert expected == soundex(name).upper()
