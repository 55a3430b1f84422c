"""How far a row and a child of the index agree, field by field, and what it is worth."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from consumers.matching.evidence import compare, compare_dob, compare_surnames, is_permanent, known, person_of
from consumers.matching.names import normalised
from consumers.matching.rules import current, frozen
from tests.support.pupil_rows import DOB, SCHOOL, child, evidence, seen

RULES = current()


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
        ({"forename": "Amara Grace"}, {}, "first"),
        ({"forename": "Anne Marie"}, {"first_name": "Annemarie"}, "joined"),
        ({"forename": "Mimi"}, {"preferred_name": "Mimi"}, "preferred"),
        ({"forename": "Chiamaka", "preferred_name": "Amara"}, {}, "preferred"),
        ({"forename": "A"}, {}, "initial"),
        ({"forename": "Amarra"}, {}, "close"),
        ({"forename": "Gaforthy"}, {"first_name": "Garforth"}, "near"),
        ({"forename": "Muhammad"}, {"first_name": "Mohammed"}, "family"),
        ({"forename": "Danielle"}, {"first_name": "Daniel"}, "similar"),
        ({"forename": "Danial"}, {"first_name": "Daniel"}, "close"),
        ({"forename": "Natalie"}, {"first_name": "Natalia"}, "family"),
        ({"forename": "Georgia"}, {"first_name": "George"}, "similar"),
        ({"forename": "Siobhan"}, {"first_name": "Shivawn"}, "sound"),
        ({"forename": "Adaeze"}, {}, "unlike"),
        ({"forename": None}, {}, "missing"),
    ],
)
def test_forenames(row: dict[str, Any], council: dict[str, Any], expected: str) -> None:
    """From the same to the letter to another name; two names that children have are never one misspelt."""
    actual = evidence(seen(**row), child(**council)).forename

    assert expected == actual


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Okafor", "OKAFOR", "exact"),
        ("Khan", "Ahmed Khan", "part"),
        ("Mac Donald", "MacDonald", "joined"),
        ("Okafor", "Okaffor", "close"),
        ("Walters", "Walterson", "close"),
        ("Okafor", "Bello", "unlike"),
        ("de Souza", "de Lima", "unlike"),
        ("", "Bello", "missing"),
    ],
)
def test_surnames(one: str, other: str, expected: str) -> None:
    """A part of a double name in common is agreement, a particle is not."""
    actual = compare_surnames(normalised(one), normalised(other), RULES)

    assert expected == actual


def test_names_in_each_others_column_agree() -> None:
    """Swapped columns are seen for what they are."""
    exact, turned = evidence(seen(), child()), evidence(seen(forename="Okafor", surname="Amara"), child())
    misspelt = evidence(seen(forename="Okaffor", surname="Amara"), child())

    assert (turned.forename, turned.surname) == ("swapped", "swapped")
    assert turned.score == exact.score + RULES.columns_swapped
    assert (misspelt.forename, misspelt.surname) == ("swapped", "crossed")


@pytest.mark.parametrize(
    ("row", "council", "expected"),
    [
        ({}, {}, "same"),
        ({"gender": "Female"}, {"gender": "f"}, "same"),
        ({"gender": "M"}, {}, "different"),
        ({"gender": None}, {}, "missing"),
        ({"gender": "U"}, {}, "missing"),
    ],
)
def test_gender(row: dict[str, Any], council: dict[str, Any], expected: str) -> None:
    """What is no answer is no difference."""
    assert evidence(seen(**row), child(**council)).gender == expected


@pytest.mark.parametrize(
    ("row", "council", "expected"),
    [
        ({"admission_number": "17"}, {"admission_number": "17"}, "number"),
        ({"admission_number": "17"}, {"admission_number": "18"}, "same"),
        ({}, {}, "same"),
        ({"admission_number": "17"}, {"admission_number": "17", "dfe_no": "8309997"}, "missing"),
    ],
)
def test_school_and_number(row: dict[str, Any], council: dict[str, Any], expected: str) -> None:
    """A number means something only at its school."""
    assert evidence(seen(**row), child(**council)).school == expected


@pytest.mark.parametrize(
    ("upn", "former", "theirs", "their_former", "expected"),
    [
        ("A1", None, "A1", None, "same"),
        ("A1", None, "A2", "A1", "same"),
        ("A1", "A2", "A2", None, "same"),
        ("A1", None, "A2", None, "contradicts"),
        ("A1", None, "A2T", None, "missing"),
        ("A1T", None, "A2", None, "missing"),
        (None, None, "A2", None, "missing"),
    ],
)
def test_upns(upn: str | None, former: str | None, theirs: str, their_former: str | None, expected: str) -> None:
    """Two permanent UPNs that nothing ties together contradict each other; a temporary one never does."""
    actual = evidence(seen(upn=upn, former_upn=former), child(upn=theirs, former_upn=their_former)).upn

    assert actual == expected


def test_an_ordinary_and_a_common_name_weigh_as_worked_out() -> None:
    """Reference example: an ordinary name is worth about 13 bits with the date of birth, a common one about 7."""
    ordinary = evidence(
        seen(upn=None, dfe_no="8309997", forename="Rayyan", surname="Gordon"),
        child(first_name="Rayyan", surname="Gordon"),
    )
    common = evidence(
        seen(upn=None, dfe_no="8309997", forename="Oliver", surname="Smith"),
        child(first_name="Oliver", surname="Smith"),
    )

    assert ordinary.score - common.score > 400
    assert ordinary.score > RULES.certain


@pytest.mark.parametrize("fields", [("forename", "first_name"), ("surname", "surname")])
def test_a_fuzzy_level_never_outweighs_the_exact_one(fields: tuple[str, str]) -> None:
    """In a county where half of the children have a name, another spelling of it says next to nothing."""
    mine, theirs = fields
    names = ["wenzel"] * 500 + ["okafor"] * 500
    rules = frozen(RULES, forenames=names, surnames=names, dobs=[DOB, date(2020, 1, 1)] * 500)
    pupil = known(child(**{theirs: "Wenzel"}))
    exact, close = (
        compare(row, person_of(row), pupil, rules) for row in (seen(**{mine: name}) for name in ("Wenzel", "Wenzell"))
    )

    assert exact.score - close.score >= RULES.below_exact


def test_a_default_date_of_birth_weighs_less() -> None:
    """Who has no date of birth is often given 1 January."""
    default, other = (evidence(seen(dob=day), child(dob=day)) for day in (date(2014, 1, 1), DOB))

    assert default.bits[1] < other.bits[1]


def test_the_evidence_is_told_as_its_score_is_made_up() -> None:
    """Every field's level and worth stands in the text, and they add up."""
    actual = evidence(seen(dfe_no=SCHOOL), child())
    told = [part.partition("=")[2].rpartition(":")[2] for part in actual.told().split()]

    assert sum(map(int, told)) == actual.score


@pytest.mark.parametrize(("upn", "expected"), [("H830999624001", True), ("H83099962400A", False), (None, False)])
def test_a_temporary_upn_ends_in_a_letter(upn: str | None, expected: bool) -> None:  # noqa: FBT001 - a column
    """Only a UPN for life can contradict another."""
    assert expected == is_permanent(upn)
