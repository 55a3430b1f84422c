"""Clerks' answers on a real database: obeyed before any score, whenever they arrive, and taken back."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from consumers.runtime.work import Work
from schemas import codec
from schemas.events import PupilIdentity
from tests.support.consumer_database import ConsumerDatabase
from tests.support.pupil_rows import SCHOOL, UPN, answers, attendance_row, council_row, delivery, question_of

MATCH = "SELECT pupil_key, outcome, pupil_id, decided_by FROM pupil_match ORDER BY pupil_key"
TWIN: dict[str, Any] = {"upn": "H830999624002", "first_name": "Chidi"}
ROW = attendance_row(upn=None, admission_number="17", first_name=None)
QUESTION, KEY = question_of(ROW), "adm:17"


def told(matching: ConsumerDatabase) -> list[tuple[str, str | None]]:
    """Outcome and child of every record for the others, in order."""
    values = (codec.decode(value, PupilIdentity) for (value,) in matching.rows("SELECT value FROM outbox ORDER BY id"))
    return [(one.outcome, one.pupil_id) for one in values]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_answer_holds_whenever_it_arrives(matching: ConsumerDatabase, order: tuple[int, ...]) -> None:
    """Before the school's file, before the index, or after both, as on a replay: the same child."""
    work: list[Work] = [
        delivery("pupils", [council_row(), council_row(pupil_id="P2", **TWIN)]),
        delivery("attendance", [ROW]),
        answers((QUESTION, KEY, "P2", "same")),
    ]

    matching.apply(*(work[place] for place in order))

    assert matching.rows(MATCH) == [(KEY, "certain", "P2", "clerk")]


def test_a_merge_is_taken_back(matching: ConsumerDatabase) -> None:
    """The last word counts: the child is a question again, and the others are told so."""
    matching.apply(
        delivery("pupils", [council_row()]),
        delivery("attendance", [ROW]),
        answers((QUESTION, KEY, "P1", "same")),
        answers((QUESTION, KEY, "P1", "withdrawn"), start=1),
    )

    assert matching.rows(MATCH) == [(KEY, "possible", None, "rule")]
    assert told(matching) == [("possible", None), ("certain", "P1"), ("possible", None)]


def test_the_last_word_is_that_of_the_topic(matching: ConsumerDatabase) -> None:
    """Answers that are applied again, or late, do not overrule a later one."""
    first, second = answers((QUESTION, KEY, "P1", "same")), answers((QUESTION, KEY, "P1", "different"), start=1)
    matching.apply(delivery("pupils", [council_row()]), delivery("attendance", [ROW]), second, first, first)

    assert matching.rows(MATCH) == [(KEY, "new", None, "clerk")]


def test_an_answer_is_about_one_identity(matching: ConsumerDatabase) -> None:
    """When the school shows somebody else under the key, it is another question."""
    matching.apply(
        delivery("pupils", [council_row()]),
        delivery("attendance", [ROW], seq=1),
        answers((QUESTION, KEY, "P1", "same")),
        delivery("attendance", [{**ROW, "dob": date(2011, 2, 3), "first_name": "Ruth"}], seq=2),
    )

    assert [row[1:] for row in matching.rows(MATCH)] == [("new", None, "rule")]


def test_an_answer_settles_two_keys_that_claim_one_child(matching: ConsumerDatabase) -> None:
    """The key that a clerk says is the child stays; the other remains a question."""
    old, new = attendance_row(), attendance_row(upn="H830999624003")
    matching.apply(
        delivery("pupils", [council_row(former_upn="H830999624003")]),
        delivery("attendance", [old, new]),
    )
    contested = matching.rows(MATCH)
    matching.apply(answers((question_of(new), new["upn"], "P1", "same")))

    assert [row[1:3] for row in contested] == [("possible", None), ("possible", None)]
    assert [row[1:3] for row in matching.rows(MATCH)] == [("possible", None), ("certain", "P1")]


def test_rows_that_touch_a_sealed_child_stand_apart(matching: ConsumerDatabase) -> None:
    """The restricted table names the child, the others' tables and topics never; unsealed, the row leaves it."""
    restricted = "SELECT dfe_no, pupil_key, pupil_id FROM restricted_row"
    matching.apply(delivery("attendance", [attendance_row()]), delivery("pupils", [council_row(sealed=True)]))
    sealed = matching.rows(restricted)
    shown = matching.rows("SELECT outcome, pupil_id, candidates, claims, score, evidence FROM pupil_match")
    matching.apply(delivery("pupils", [council_row()], seq=2))

    assert sealed == [(SCHOOL, UPN, "P1")]
    assert shown == [("sealed", None, [], None, None, "")]
    assert matching.rows(restricted) == []
    assert told(matching) == [("new", None), ("sealed", None), ("certain", "P1")]


def test_two_people_under_one_upn_are_a_question_until_the_school_mends_it(matching: ConsumerDatabase) -> None:
    """A file with twins under one UPN settles neither; the next one, with one child, does."""
    matching.apply(
        delivery("pupils", [council_row()]),
        delivery("attendance", [attendance_row(), attendance_row(first_name="Chidi")], seq=1),
    )
    doubled = matching.rows("SELECT outcome, reasons FROM pupil_match")
    matching.apply(delivery("attendance", [attendance_row()], seq=2))

    assert doubled == [("possible", ["UPN_SAME", "UPN_CLAIMED_TWICE"])]
    assert matching.rows("SELECT outcome, reasons FROM pupil_match") == [("certain", ["UPN_SAME"])]


def test_an_index_that_changes_one_child_writes_one_row(matching: ConsumerDatabase) -> None:
    """Everybody is judged again, and only what comes out otherwise is written and told."""
    ruth = attendance_row(upn="H830999624004", first_name="Ruth", surname="Bello", dob=date(2012, 11, 25))
    other = council_row(pupil_id="P2", upn=ruth["upn"], first_name="Ruth", surname="Bello", dob=ruth["dob"])
    matching.apply(delivery("attendance", [attendance_row(), ruth]), delivery("pupils", [council_row(), other]))
    versions = "SELECT pupil_key, xmin::text FROM pupil_match ORDER BY 1"
    before, said = matching.rows(versions), len(told(matching))
    matching.apply(delivery("pupils", [council_row(), {**other, "dob": date(2010, 1, 9)}], seq=2))

    assert [old == new for old, new in zip(before, matching.rows(versions), strict=True)] == [True, False]
    assert told(matching)[said:] == [("possible", None)]
