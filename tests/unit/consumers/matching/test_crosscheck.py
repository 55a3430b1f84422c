"""How far a row and a child agree, and what a UPN in common then means: the table of conflict rules, case by case."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from consumers.matching.crosscheck import Evidence, compare, compare_dob, compare_surnames, verdict
from tests.support.pupil_rows import child, seen


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (date(2014, 3, 7), "exact"),
        (date(2014, 7, 3), "swapped"),
        (date(2014, 3, 1), "slip"),
        (date(2041, 3, 7), "slip"),
        (date(2014, 3, 25), "two_parts"),
        (date(2012, 11, 25), "unlike"),
        (None, "missing"),
    ],
)
def test_dates_of_birth(sent: date | None, expected: str) -> None:
    """A date is compared as people mistype it."""
    actual = compare_dob(sent, date(2014, 3, 7))

    assert expected == actual


@pytest.mark.parametrize(
    ("row", "council", "expected"),
    [
        ({"forename": "AMARA"}, {}, "exact"),
        ({"forename": "Amara Grace"}, {}, "agrees"),
        ({"forename": "Anne Marie"}, {"first_name": "Annemarie"}, "agrees"),
        ({"forename": "Mimi"}, {"preferred_name": "Mimi"}, "agrees"),
        ({"forename": "Chiamaka", "preferred_name": "Amara"}, {}, "agrees"),
        ({"forename": "A"}, {}, "near"),
        ({"forename": "Amarra"}, {}, "near"),
        ({"forename": "Adaeze"}, {}, "unlike"),
        ({"forename": None}, {}, "missing"),
    ],
)
def test_forenames(row: dict[str, Any], council: dict[str, Any], expected: str) -> None:
    """A forename agrees through its first part, a space or a preferred name, and is near by spelling or initial."""
    actual = compare(seen(**row), child(**council)).forename

    assert expected == actual


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Okafor", "OKAFOR", "exact"),
        ("Khan", "Ahmed Khan", "agrees"),
        ("Mac Donald", "MacDonald", "agrees"),
        ("Okafor", "Okaffor", "near"),
        ("Okafor", "Bello", "unlike"),
        ("de Souza", "de Lima", "unlike"),
        (None, "Bello", "missing"),
    ],
)
def test_surnames(one: str | None, other: str, expected: str) -> None:
    """A part of a double name in common is agreement, a particle is not."""
    actual = compare_surnames(one, other)

    assert expected == actual


def test_names_in_each_others_column_agree() -> None:
    """Swapped columns are seen for what they are."""
    actual = compare(seen(forename="Okafor", surname="Amara"), child())

    assert Evidence("exact", "exact", "exact", swapped=True) == actual


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, ("certain",)),
        ({"surname": "Bello"}, ("certain", "SURNAME_CHANGED")),
        ({"forename": "Amara Grace", "surname": "Bello"}, ("unless_nearer", "FORENAME_VARIES")),
        ({"forename": "Amarra"}, ("unless_nearer", "FORENAME_VARIES")),
        ({"forename": "Amarra", "surname": "Bello"}, ("possible", "TWIN_OR_RENAMED")),
        ({"forename": "Adaeze"}, ("possible", "TWIN_OR_RENAMED")),
        ({"forename": None}, ("certain", "FORENAME_MISSING")),
        ({"forename": None, "surname": "Bello"}, ("possible", "UPN_UNCHECKED")),
        ({"dob": date(2014, 7, 3)}, ("certain", "DOB_SWAPPED")),
        ({"dob": date(2014, 3, 1)}, ("certain", "DOB_SLIP")),
        ({"dob": date(2014, 3, 25)}, ("certain", "DOB_TWO_PARTS")),
        ({"dob": date(2014, 7, 3), "forename": "Adaeze"}, ("possible", "UPN_DOB_DIFFERS")),
        ({"dob": None}, ("certain", "DOB_MISSING")),
        ({"dob": None, "forename": "Adaeze"}, ("possible", "UPN_UNCHECKED")),
        ({"dob": None, "forename": "Ruth", "surname": "Bello"}, ("possible", "UPN_CLASH")),
        ({"dob": date(2012, 11, 25)}, ("possible", "UPN_DOB_DIFFERS")),
        ({"dob": date(2012, 11, 25), "forename": "Ruth", "surname": "Bello"}, ("possible", "UPN_CLASH")),
        ({"forename": "Okafor", "surname": "Amara"}, ("certain", "NAMES_SWAPPED")),
    ],
)
def test_a_upn_is_believed_only_as_far_as_the_rest_agrees(row: dict[str, Any], expected: tuple[str, ...]) -> None:
    """Each line of the table of conflict rules that begins with a UPN hit."""
    outcome, reasons = verdict(compare(seen(**row), child()))

    assert expected == (outcome, *reasons)


def test_the_score_is_out_of_a_hundred() -> None:
    """Everything agreeing is 100, nothing is 0."""
    assert (
        Evidence("exact", "exact", "exact").score(identified=True),
        Evidence("unlike", "unlike", "unlike").score(identified=False),
    ) == (100, 0)
