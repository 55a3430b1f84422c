"""Who a row is: the order of work and every conflict rule as a case by name."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from consumers.matching.deciding import TOO_MANY, by_identifier, decide, is_permanent
from consumers.matching.index import CouncilIndex
from consumers.matching.pupils import CouncilPupil, Decision
from tests.support.pupil_rows import SCHOOL, UPN, child, seen

OTHER_UPN = "H830999624002"
THIRD_UPN = "H830999624003"
TEMPORARY = "H83099962400A"


def decided(row: dict[str, Any], *children: CouncilPupil) -> Decision:
    """The decision about a row with these fields, given these children."""
    return decide(seen(**row), CouncilIndex(children))


def test_upn_hit_with_everything_the_same_is_certain() -> None:
    """The row of nearly every pupil in nearly every week."""
    assert Decision("certain", "upn", 100, ("UPN_SAME",), ("P1",)) == decided({}, child())


def test_changed_surname_is_certain_and_recorded() -> None:
    """UPN, date of birth and forename say who it is; surnames change."""
    actual = decided({"surname": "Bello"}, child())

    assert (actual.outcome, actual.reasons) == ("certain", ("UPN_SAME", "SURNAME_CHANGED"))


def test_varied_forename_is_certain_where_no_twin_is_nearer() -> None:
    """A forename that agrees but not exactly is believed."""
    actual = decided({"forename": "Amara Grace"}, child())

    assert (actual.outcome, actual.reasons) == ("certain", ("UPN_SAME", "FORENAME_VARIES"))


def test_varied_forename_is_a_question_where_a_twin_is_nearer() -> None:
    """The twin's exact forename under the other twin's UPN is never settled by the UPN."""
    twin = child(pupil_id="P2", upn=OTHER_UPN, first_name="Amarra")

    actual = decided({"forename": "Amarra"}, child(), twin)

    assert (
        actual.outcome,
        actual.reasons,
        actual.candidates,
    ) == ("possible", ("UPN_SAME", "TWIN_NEARER"), ("P1", "P2"))


def test_exchanged_twins_are_a_question() -> None:
    """A row with one twin's UPN and the other's forename names both."""
    twin = child(pupil_id="P2", upn=OTHER_UPN, first_name="Chidi")

    actual = decided({"forename": "Chidi"}, child(), twin)

    assert (
        actual.outcome,
        actual.reasons,
        actual.candidates,
    ) == ("possible", ("UPN_SAME", "TWIN_OR_RENAMED"), ("P1", "P2"))


def test_clash_shows_the_holder_and_the_better_candidate() -> None:
    """Somebody else's UPN on a row whose details are those of a third child."""
    other = child(pupil_id="P2", upn=None, first_name="Ruth", surname="Bello", dob=date(2012, 11, 25))

    actual = decided({"forename": "Ruth", "surname": "Bello", "dob": date(2012, 11, 25)}, child(), other)

    assert (actual.outcome, actual.reasons, actual.candidates) == ("possible", ("UPN_SAME", "UPN_CLASH"), ("P1", "P2"))


def test_upn_of_two_children_is_a_question() -> None:
    """One UPN that the council has given to two children settles nothing."""
    actual = decided({}, child(), child(pupil_id="P2", first_name="Ruth"))

    assert (
        actual.outcome,
        actual.reasons,
        actual.candidates,
    ) == ("possible", ("UPN_SAME", "UPN_HELD_TWICE"), ("P1", "P2"))


def test_old_upn_sent_is_certain_after_the_cross_check() -> None:
    """The school still sends what is the child's former UPN at the council."""
    actual = decided({}, child(upn=OTHER_UPN, former_upn=UPN))

    assert (actual.outcome, actual.path, actual.reasons) == ("certain", "old_upn", ("OLD_UPN_SENT",))


def test_changed_upn_is_certain_after_the_cross_check() -> None:
    """The row's former UPN is the council's, and its new one is free."""
    actual = decided({"upn": OTHER_UPN, "former_upn": UPN}, child())

    assert (actual.outcome, actual.path, actual.reasons) == ("certain", "former_upn", ("UPN_CHANGED",))


def test_changed_upn_that_is_not_free_is_a_question() -> None:
    """The row's new UPN is another child's, its former UPN this one's: a person has to look."""
    holder = child(pupil_id="P2", upn=OTHER_UPN, first_name="Ruth", surname="Bello", dob=date(2012, 11, 25))

    actual = decided({"upn": OTHER_UPN, "former_upn": UPN}, child(), holder)

    assert (
        actual.outcome,
        actual.reasons,
        actual.candidates,
    ) == ("possible", ("UPN_SAME", "UPN_CLASH", "UPN_TAKEN"), ("P2", "P1"))


def test_temporary_upn_is_looked_up_and_checked() -> None:
    """A temporary UPN leads to its holder as any other does."""
    assert (
        decided({"upn": TEMPORARY}, child(upn=TEMPORARY)).outcome,
        decided({"upn": TEMPORARY, "forename": "Chidi"}, child(upn=TEMPORARY)).outcome,
    ) == ("certain", "possible")


def test_admission_number_with_everything_else_is_certain() -> None:
    """Without a UPN, school and admission number, names and date of birth together say who it is."""
    actual = decided({"upn": None, "admission_number": "17"}, child(admission_number="17"))

    assert (actual.outcome, actual.path, actual.reasons) == ("certain", "admission_number", ("ADMISSION_NUMBER_SAME",))


def test_temporary_upn_is_no_conflict() -> None:
    """An unknown temporary UPN does not keep the admission number from deciding."""
    actual = decided({"upn": TEMPORARY, "admission_number": "17"}, child(admission_number="17"))

    assert actual.outcome == "certain"


@pytest.mark.parametrize("row", [{"forename": "Chidi"}, {"dob": date(2014, 7, 3)}, {"surname": "Bello"}])
def test_admission_number_alone_is_never_certain(row: dict[str, Any]) -> None:
    """Numbers begin anew when a school changes its system."""
    actual = decided({"upn": None, "admission_number": "17", **row}, child(admission_number="17"))

    assert (actual.outcome, actual.reasons[-1]) == ("possible", "ADMISSION_NUMBER_DIFFERS")


def test_admission_number_of_another_school_leads_nowhere() -> None:
    """The number means something only at its school."""
    elsewhere = child(admission_number="17", dfe_no="8309997", dob=date(2010, 1, 1))

    assert decided({"upn": None, "admission_number": "17"}, elsewhere).outcome == "new"


def test_two_permanent_upns_are_never_certain() -> None:
    """Everything agrees but the UPNs: given out twice, or an adoption."""
    actual = decided({"upn": OTHER_UPN, "admission_number": "17"}, child(admission_number="17"))

    assert (actual.outcome, actual.reasons) == ("possible", ("UPN_UNKNOWN", "DETAILS_AGREE", "TWO_UPNS"))


def test_details_alone_are_a_question() -> None:
    """Names, date of birth and gender of one child and no other: possible, never certain."""
    actual = decided({"upn": None}, child())

    assert (
        actual.outcome,
        actual.path,
        actual.reasons,
        actual.candidates,
    ) == ("possible", "details", ("UPN_MISSING", "DETAILS_AGREE"), ("P1",))


def test_details_of_several_children_say_so() -> None:
    """Common names repeat within a council."""
    actual = decided({"upn": None}, child(upn=OTHER_UPN), child(pupil_id="P2", upn=THIRD_UPN))

    assert actual.reasons == ("UPN_MISSING", "DETAILS_AMBIGUOUS")


@pytest.mark.parametrize(
    "row",
    [
        {"forename": "Amarra"},
        {"forename": None},
        {"surname": "Okaffor"},
        {"dob": date(2014, 7, 3)},
        {"dob": date(2014, 3, 1)},
        {"dob": None},
        {"forename": "Okafor", "surname": "Amara", "dob": date(2014, 7, 3)},
    ],
)
def test_similar_details_are_a_question(row: dict[str, Any]) -> None:
    """Day and surname with a forename that may be the same, or the names with a slip in the date."""
    actual = decided({"upn": None, **row}, child())

    assert (actual.outcome, actual.reasons[-1]) == ("possible", "DETAILS_SIMILAR")


def test_new_twin_with_a_valid_upn_is_new() -> None:
    """A full unlike forename under a valid unknown UPN is the known child's twin."""
    actual = decided({"upn": OTHER_UPN, "forename": "Chidi"}, child())

    assert (actual.outcome, actual.reasons, actual.candidates) == ("new", ("UPN_UNKNOWN", "TWIN_OF_KNOWN"), ())


@pytest.mark.parametrize("upn", [None, TEMPORARY])
def test_twin_without_a_valid_upn_is_a_question(upn: str | None) -> None:
    """Surname and date of birth alone never decide between twins."""
    actual = decided({"upn": upn, "forename": "Chidi"}, child())

    assert (actual.outcome, actual.reasons[-1]) == ("possible", "TWIN_OR_RENAMED")


def test_nobody_like_it_is_new() -> None:
    """No identifier and no details lead anywhere."""
    actual = decided({"upn": OTHER_UPN, "forename": "Ruth", "surname": "Bello", "dob": date(2012, 11, 25)}, child())

    assert Decision("new", "none", None, ("UPN_UNKNOWN", "NO_CANDIDATE")) == actual


def test_too_many_candidates_are_never_cut_short() -> None:
    """A default date of birth that hundreds share asks a person, who sees no arbitrary choice."""
    crowd = [child(pupil_id=f"P{number}", upn=None) for number in range(TOO_MANY + 1)]

    assert Decision("possible", "details", None, ("UPN_MISSING", "TOO_MANY")) == decided({"upn": None}, *crowd)


def test_sealed_child_goes_before_everything() -> None:
    """A row with a sealed child's UPN names nobody, even where another child holds the UPN too."""
    actual = decided({}, child(sealed=True), child(pupil_id="P2"))

    assert Decision("sealed", "sealed", None, ("SEALED",)) == actual


def test_adopted_child_is_not_shown_beside_the_sealed_record() -> None:
    """Names and date of birth of a sealed child lead to nobody."""
    actual = decided({"upn": OTHER_UPN}, child(sealed=True))

    assert (actual.outcome, actual.candidates) == ("new", ())


def test_at_most_five_candidates_are_shown() -> None:
    """A question is put so that a person can answer it."""
    crowd = [child(pupil_id=f"P{number}", upn=None) for number in range(9)]

    assert decided({"upn": None}, *crowd).candidates == ("P0", "P1", "P2", "P3", "P4")


def test_identifiers_decide_without_the_rest_of_the_index() -> None:
    """What the identifiers settle is settled alike whether or not the neighbours are known."""
    children = [child(), child(pupil_id="P2", upn=OTHER_UPN, first_name="Chidi"), child(pupil_id="P3", upn=THIRD_UPN)]
    row = seen(surname="Bello")

    assert by_identifier(row, CouncilIndex(children[:1])) == decide(row, CouncilIndex(children))


def test_the_order_of_the_index_changes_nothing() -> None:
    """The same index in any order gives the same decisions."""
    children = [
        child(pupil_id=f"P{number}", upn=None, first_name=name, admission_number=str(number), dfe_no=SCHOOL)
        for number, name in enumerate(["Amara", "Amarra", "Chidi", "Amara Grace", "Amara"])
    ]
    rows: list[dict[str, Any]] = [
        {"upn": None},
        {"upn": None, "forename": "Chidi"},
        {"upn": None, "admission_number": "2"},
    ]
    shuffled = children[:]
    random.Random(3).shuffle(shuffled)

    assert [decided(row, *children) for row in rows] == [decided(row, *shuffled) for row in rows]


@pytest.mark.parametrize(("upn", "expected"), [(UPN, True), (TEMPORARY, False), (None, False)])
def test_a_temporary_upn_ends_in_a_letter(upn: str | None, expected: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """Only a UPN for life can contradict another."""
    assert expected == is_permanent(upn)
