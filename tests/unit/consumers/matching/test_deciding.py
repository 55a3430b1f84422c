"""Who a row is: the order of work and every conflict rule as a case by name."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from consumers.matching.deciding import decide
from consumers.matching.index import CouncilIndex
from consumers.matching.pupils import Answers, CouncilPupil, Decision
from consumers.matching.rules import current
from tests.support.pupil_rows import DOB, SCHOOL, UPN, child, evidence, seen

RULES = current()

OTHER_UPN = "H830999624002"
THIRD_UPN = "H830999624003"
TEMPORARY = "H83099962400A"


def decided(row: dict[str, Any], *children: CouncilPupil) -> Decision:
    """The decision about a row with these fields, given these children."""
    return decide(seen(**row), CouncilIndex(children), RULES)


def obeyed(answers: Answers, row: dict[str, Any], *children: CouncilPupil) -> Decision:
    """The same decision, given what clerks have answered."""
    return decide(seen(**row), CouncilIndex(children), RULES, answers)


def test_upn_hit_with_everything_the_same_is_certain() -> None:
    """The row of nearly every pupil in nearly every week."""
    actual, weight = decided({}, child()), evidence(seen(), child())

    assert Decision("certain", "upn", weight.score, ("UPN_SAME",), ("P1",), None, weight.told()) == actual


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


def test_a_twin_is_nearer_under_the_old_surname_too() -> None:
    """The row's surname has changed; the twin that is as near still has the holder's."""
    twin = child(pupil_id="P2", upn=OTHER_UPN, first_name="Amarra")

    assert decided({"forename": "Amarra", "surname": "Bello"}, child(), twin).reasons == ("UPN_SAME", "TWIN_NEARER")


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

    assert (actual.outcome, actual.path, actual.reasons) == (
        "certain", "admission_number", ("UPN_MISSING", "ADMISSION_NUMBER_SAME"),
    )  # fmt: skip


def test_temporary_upn_is_no_conflict() -> None:
    """An unknown temporary UPN does not keep the admission number from deciding."""
    actual = decided({"upn": TEMPORARY, "admission_number": "17"}, child(admission_number="17"))

    assert actual.outcome == "certain"


@pytest.mark.parametrize("row", [{"forename": "Chidi"}, {"surname": "Bello"}, {"forename": None}, {"dob": None}])
def test_admission_number_alone_is_never_certain(row: dict[str, Any]) -> None:
    """Numbers begin anew when a school changes its system."""
    actual = decided({"upn": None, "admission_number": "17", **row}, child(admission_number="17"))

    assert (actual.outcome, actual.reasons[-1]) == ("possible", "ADMISSION_NUMBER_DIFFERS")


def test_a_row_with_a_known_admission_number_is_never_new() -> None:
    """A valid unknown UPN and another forename under a child's number: not taken for its twin."""
    actual = decided({"upn": OTHER_UPN, "forename": "Chidi", "admission_number": "17"}, child(admission_number="17"))

    assert (actual.outcome, actual.candidates) == ("possible", ("P1",))


def test_admission_number_makes_up_for_a_slip() -> None:
    """Both names and the number agree, and day and month are exchanged: one child."""
    actual = decided({"upn": None, "admission_number": "17", "dob": date(2014, 7, 3)}, child(admission_number="17"))

    assert (actual.outcome, actual.path) == ("certain", "admission_number")
    assert actual.reasons == ("UPN_MISSING", "ADMISSION_NUMBER_SAME", "DOB_SWAPPED")


def test_admission_number_of_somebody_else_is_a_question() -> None:
    """All details are one child's, and the number another's."""
    other = child(pupil_id="P2", upn=OTHER_UPN, first_name="Ruth", dob=date(2012, 11, 25), admission_number="17")

    actual = decided({"upn": None, "admission_number": "17"}, child(), other)

    assert (actual.outcome, actual.reasons) == ("possible", ("UPN_MISSING", "ADMISSION_NUMBER_DIFFERS"))
    assert actual.candidates == ("P1", "P2")


def test_admission_number_of_another_school_leads_nowhere() -> None:
    """The number means something only at its school."""
    elsewhere = child(admission_number="17", dfe_no="8309997", dob=date(2010, 1, 1), surname="Bello")

    assert decided({"upn": None, "admission_number": "17"}, elsewhere).outcome == "new"


def test_a_name_in_letters_of_two_scripts_is_a_question() -> None:
    """One letter of the surname only looks like the child's, and no UPN speaks for it."""
    known = child(admission_number="17", surname="Adeyemi")

    actual = decided({"upn": None, "admission_number": "17", "surname": "\u0410deyemi"}, known)

    assert (actual.outcome, actual.reasons[-1]) == ("possible", "MIXED_SCRIPT")
    assert decided({"upn": None, "admission_number": "17", "surname": "Adeyemi"}, known).outcome == "certain"


def test_two_permanent_upns_are_never_certain() -> None:
    """Everything agrees but the UPNs: given out twice, or an adoption."""
    actual = decided({"upn": OTHER_UPN, "admission_number": "17"}, child(admission_number="17"))

    assert (actual.outcome, actual.reasons) == ("possible", ("UPN_UNKNOWN", "DETAILS_AGREE", "TWO_UPNS"))


def test_details_of_one_child_are_certain() -> None:
    """An ordinary name, the date of birth and the gender, and nobody else near."""
    actual = decided({"upn": None, "dfe_no": "8309997"}, child())

    assert (actual.outcome, actual.path, actual.reasons) == ("certain", "details", ("UPN_MISSING", "DETAILS_AGREE"))
    assert (actual.candidates, actual.second) == (("P1",), None)
    assert (actual.score or 0) >= RULES.certain


def test_details_hold_against_a_child_that_is_far_off() -> None:
    """A stranger of the same day stands far behind, and the decision says how far."""
    stranger = child(pupil_id="P2", upn=OTHER_UPN, first_name="Ruth", surname="Bello")

    actual = decided({"upn": None}, child(), stranger)

    assert (actual.outcome, actual.candidates) == ("certain", ("P1",))
    assert actual.second is None


def test_common_names_are_a_question() -> None:
    """Names that repeat within a council do not reach the threshold by themselves; with the school they do."""
    row: dict[str, Any] = {
        "upn": None,
        "forename": "Oliver",
        "surname": "Smith",
        "gender": None,
        "dob": date(2014, 1, 1),
    }
    oliver = child(first_name="Oliver", surname="Smith", dob=date(2014, 1, 1))

    assert [decided({**row, "dfe_no": school}, oliver).outcome for school in ("8309997", SCHOOL)] == [
        "possible",
        "possible",
    ]
    assert (
        decided(
            {**row, "gender": "F", "dfe_no": SCHOOL, "dob": DOB}, child(first_name="Oliver", surname="Smith")
        ).outcome
        == "certain"
    )


def test_close_second_is_a_question() -> None:
    """Two children within five bits of one another are told apart by a person."""
    actual = decided({"upn": None}, child(upn=OTHER_UPN), child(pupil_id="P2", upn=THIRD_UPN, dfe_no="8309997"))

    assert (actual.outcome, actual.reasons) == ("possible", ("UPN_MISSING", "CLOSE_SECOND"))
    assert (actual.candidates, (actual.score or 0) - (actual.second or 0)) == (("P1", "P2"), RULES.school["same"])


@pytest.mark.parametrize(
    "row",
    [
        {"forename": None},
        {"forename": "A"},
        {"surname": "Bello"},
        {"dob": None},
        {"dob": date(2014, 3, 25)},
        {"forename": "Amaro", "gender": "M"},
    ],
)
def test_details_that_only_resemble_are_a_question(row: dict[str, Any]) -> None:
    """No forename, an initial, another surname, no date of birth or one of another day: a person is asked."""
    actual = decided({"upn": None, **row}, child())

    assert (actual.outcome, actual.candidates) == ("possible", ("P1",))
    assert actual.reasons[1] in {"DETAILS_SIMILAR", "GENDER_DIFFERS"}


def test_a_short_form_alone_is_a_question() -> None:
    """A general table of nicknames is a hint, never proof."""
    actual = decided({"upn": None, "forename": "Ollie"}, child(first_name="Oliver"))

    assert actual.outcome == "possible"


def test_a_name_the_child_is_known_by_is_proof() -> None:
    """What the school itself lists as the preferred name outweighs a table."""
    actual = decided({"upn": None, "forename": "Ollie"}, child(first_name="Oliver", preferred_name="Ollie"))

    assert (actual.outcome, actual.reasons[-1]) == ("certain", "FORENAME_VARIES")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"forename": "Amarra"}, "FORENAME_VARIES"),
        ({"dob": date(2014, 7, 3)}, "DOB_SWAPPED"),
        ({"forename": "Okafor", "surname": "Amara"}, "NAMES_SWAPPED"),
    ],
)
def test_a_slip_is_certain_where_the_rest_agrees(row: dict[str, Any], reason: str) -> None:
    """A letter, day and month, names in each other's column: two of the three to the letter and enough bits."""
    actual = decided({"upn": None, **row}, child())

    assert (actual.outcome, actual.reasons[-1]) == ("certain", reason)


def test_another_gender_needs_everything_else() -> None:
    """A boy and a girl with names a letter apart are two children; with all three to the letter it was mistyped."""
    assert decided({"upn": None, "gender": "M"}, child()).outcome == "certain"
    assert decided({"upn": None, "gender": "M", "forename": "Amarra"}, child()).reasons[-1] == "GENDER_DIFFERS"


@pytest.mark.parametrize("forename", ["Danielle", "Daniella"])
def test_two_names_that_children_have_are_never_one_misspelt(forename: str) -> None:
    """Daniel's sister under no UPN is not Daniel."""
    actual = decided({"upn": None, "forename": forename, "gender": None}, child(first_name="Daniel"))

    assert actual.outcome == "possible"


def test_new_twin_with_a_valid_upn_is_new() -> None:
    """A full unlike forename under a valid unknown UPN is the known child's twin."""
    actual = decided({"upn": OTHER_UPN, "forename": "Chidi"}, child())

    assert (actual.outcome, actual.reasons, actual.candidates) == ("new", ("UPN_UNKNOWN", "TWIN_OF_KNOWN"), ())


@pytest.mark.parametrize("upn", [None, TEMPORARY])
@pytest.mark.parametrize("surname", ["Okafor", "Smith"])
def test_twin_without_a_valid_upn_is_a_question(upn: str | None, surname: str) -> None:
    """Surname and date of birth alone never decide between twins, however rare or common the surname."""
    actual = decided({"upn": upn, "forename": "Chidi", "surname": surname}, child(surname=surname))

    assert (actual.outcome, actual.reasons[-1]) == ("possible", "TWIN_OR_RENAMED")


@pytest.mark.parametrize("school", [SCHOOL, "8309997"])
@pytest.mark.parametrize("forename", ["Chidi", "C", None, "Amirah"])
def test_surname_and_date_of_birth_alone_are_never_certain(forename: str | None, school: str) -> None:
    """Twins share both, at one school or at two."""
    assert decided({"upn": None, "forename": forename, "dfe_no": school}, child()).outcome != "certain"


def test_a_sibling_is_new() -> None:
    """A brother or sister at the same school, of another day, is somebody else."""
    actual = decided({"upn": OTHER_UPN, "forename": "Chidi", "dob": date(2012, 11, 25)}, child())

    assert (actual.outcome, actual.candidates) == ("new", ())


@pytest.mark.parametrize("upns", [(OTHER_UPN, UPN), (None, UPN), (OTHER_UPN, None)])
def test_two_people_under_one_upn_in_a_file_are_a_question(upns: tuple[str | None, str | None]) -> None:
    """Whichever row is meant, neither takes the child; so with a key that nobody holds."""
    sent, held = upns

    actual = decided({"upn": sent, "doubled": True}, child(upn=held))

    assert (actual.outcome, actual.reasons[-1]) == ("possible", "UPN_CLAIMED_TWICE")


def test_nobody_like_it_is_new() -> None:
    """No identifier and no details lead anywhere."""
    actual = decided({"upn": OTHER_UPN, "forename": "Ruth", "surname": "Bello", "dob": date(2012, 11, 25)}, child())

    assert Decision("new", "none", None, ("UPN_UNKNOWN", "NO_CANDIDATE")) == actual


def test_too_many_candidates_are_never_cut_short() -> None:
    """A default date of birth that hundreds share asks a person, who sees no arbitrary choice."""
    crowd = [child(pupil_id=f"P{number}", upn=None) for number in range(RULES.too_many + 1)]

    assert Decision("possible", "details", None, ("UPN_MISSING", "TOO_MANY")) == decided({"upn": None}, *crowd)


def test_sealed_child_goes_before_everything() -> None:
    """A row with a sealed child's UPN names nobody, even where another child holds the UPN too."""
    actual = decided({}, child(sealed=True), child(pupil_id="P2"))

    assert Decision("sealed", "sealed", None, ("SEALED",), touched="P1") == actual


def test_adopted_child_is_not_shown_beside_the_sealed_record() -> None:
    """Names and date of birth of a sealed child lead to nobody."""
    actual = decided({"upn": OTHER_UPN}, child(sealed=True))

    assert (actual.outcome, actual.candidates) == ("new", ())


def test_at_most_five_candidates_are_shown() -> None:
    """A question is put so that a person can answer it."""
    crowd = [child(pupil_id=f"P{number}", upn=None) for number in range(9)]

    assert decided({"upn": None}, *crowd).candidates == ("P0", "P1", "P2", "P3", "P4")


def test_a_clerk_says_that_it_is_the_child() -> None:
    """The answer holds against any score."""
    row: dict[str, Any] = {"upn": OTHER_UPN, "forename": "Ruth", "surname": "Bello"}

    actual = obeyed(Answers(same="P1"), row, child())

    assert (actual.outcome, actual.path, actual.reasons, actual.candidates) == (
        "certain", "clerk", ("CLERK_SAME",), ("P1",),
    )  # fmt: skip
    assert actual.by_clerk


def test_a_clerk_says_that_it_is_another() -> None:
    """Neither the child's UPN nor its details lead there any more."""
    actual = obeyed(Answers(different=frozenset({"P1"})), {}, child())

    assert (actual.outcome, actual.reasons, actual.candidates) == (
        "new", ("UPN_UNKNOWN", "NO_CANDIDATE", "CLERK_DIFFERENT"), (),
    )  # fmt: skip


def test_a_child_ruled_out_leaves_the_next() -> None:
    """Of two that were as near, the one that is left is certain."""
    children = child(upn=OTHER_UPN), child(pupil_id="P2", upn=THIRD_UPN)

    actual = obeyed(Answers(different=frozenset({"P1"})), {"upn": None}, *children)

    assert (actual.outcome, actual.candidates) == ("certain", ("P2",))


def test_cannot_tell_stays_a_question_that_is_answered() -> None:
    """It is an answer: the decision says that a clerk gave it."""
    actual = obeyed(Answers(cannot_tell=frozenset({"P1"})), {"upn": None, "forename": None}, child())

    assert (actual.outcome, actual.reasons[-1], actual.by_clerk) == ("possible", "CLERK_CANNOT_TELL", True)


def test_a_clerk_s_answer_about_a_child_sealed_since() -> None:
    """Sealing goes before what a clerk once said."""
    actual = obeyed(Answers(same="P1"), {"upn": None}, child(sealed=True))

    assert (actual.outcome, actual.candidates, actual.touched) == ("sealed", (), "P1")


def test_an_answer_about_a_child_not_known_yet_waits() -> None:
    """On replay the answer may come before the index."""
    assert obeyed(Answers(same="P9"), {"upn": OTHER_UPN}).outcome == "new"


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
