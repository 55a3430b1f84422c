"""The council's index by every key it is asked for."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from consumers.matching.evidence import person_of
from consumers.matching.index import CouncilIndex
from tests.support.pupil_rows import DOB, SCHOOL, UPN, child, seen


def test_answers_do_not_depend_on_the_order_of_filling() -> None:
    """Candidates come in the order of their ids."""
    children = [child(pupil_id=f"P{number}") for number in range(9)]
    random.Random(7).shuffle(children)

    index = CouncilIndex(children)
    actual = [found.pupil.pupil_id for found in index.by_dob(DOB)]

    assert [f"P{number}" for number in range(9)] == actual
    assert [found.pupil.pupil_id for found in index.alike(person_of(seen()))] == actual


def test_a_current_record_goes_before_one_that_has_left_the_index() -> None:
    """A UPN that an old and a current record hold is the current child's."""
    index = CouncilIndex([child(pupil_id="P1", current=False), child(pupil_id="P2")])

    assert [found.pupil.pupil_id for found in index.by_upn(UPN)] == ["P2"]


def test_an_old_record_alone_still_answers() -> None:
    """A child that has left the index is still known."""
    index = CouncilIndex([child(pupil_id="P1", current=False)])

    assert [found.pupil.pupil_id for found in index.by_upn(UPN)] == ["P1"]


def test_a_sealed_child_is_found_by_no_search() -> None:
    """Neither its UPN, nor its names, nor its date of birth lead to a sealed child."""
    sealed = child(sealed=True, admission_number="17")
    index = CouncilIndex([sealed])
    row = seen(admission_number="17")

    assert [
        list(found)
        for found in (index.by_upn(UPN), index.by_admission(row), index.by_dob(DOB), index.alike(person_of(row)))
    ] == [[], [], [], []]
    assert (index.by_id("P1"), len(index)) == (None, 0)


def test_every_identifier_of_a_sealed_child_seals() -> None:
    """UPN, former UPN and admission number at its school each keep a row from being matched."""
    index = CouncilIndex([child(sealed=True, former_upn="H830999624002", dfe_no=SCHOOL, admission_number="17")])
    rows = [
        seen(),
        seen(upn=None, former_upn=UPN),
        seen(upn="H830999624002"),
        seen(upn=None, admission_number="17"),
        seen(upn="H830999624003", admission_number="18"),
    ]

    assert [index.sealed_by(row) for row in rows] == ["P1", "P1", "P1", "P1", None]


@pytest.mark.parametrize(
    "row",
    [
        {"dob": DOB, "forename": "Ruth", "surname": "Bello"},
        {"dob": date(2014, 7, 3), "forename": "Ruth", "surname": "Bello"},
        {"dob": None, "forename": "Okafor", "surname": "Amara"},
        {"dob": None, "forename": "Amarah", "surname": "Okafer"},
        {"dob": None, "forename": "Mimi"},
        {"dob": None, "forename": "Chiamaka", "preferred_name": "Amara"},
        {"dob": None, "forename": "Amaranthe", "surname": "Okafotwi"},
    ],
)
def test_each_blocking_key_finds_the_child(row: dict[str, Any]) -> None:
    """Day, day with the month, names in any order, their sound, a name the child is known by, and how names begin."""
    index = CouncilIndex([child(preferred_name="Mimi"), child(pupil_id="P2", first_name="Ed", surname="Ng", dob=None)])

    assert [found.pupil.pupil_id for found in index.alike(person_of(seen(**row)))] == ["P1"]


def test_a_temporary_upn_ages_out() -> None:
    """A temporary UPN of a record that has left the index leads nowhere: it may be another child's by now."""
    gone = CouncilIndex([child(upn="H83099962400A", current=False)])
    here = CouncilIndex([child(upn="H83099962400A")])

    assert ([*gone.by_upn("H83099962400A")], len(here.by_upn("H83099962400A"))) == ([], 1)
