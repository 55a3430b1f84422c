"""Matching on a real database: what schools and council send, in every order, and what the others are told."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from random import Random
from typing import Any

import pytest

from consumers.runtime.work import Work
from schemas import codec
from schemas.events import PupilIdentity
from schemas.topics import IDENTITIES, partition_of, topics
from tests.support.consumer_database import ConsumerDatabase
from tests.support.pupil_rows import (
    SCHOOL,
    UPN,
    answers,
    attendance_row,
    council_row,
    delivery,
    exclusion_row,
    question_of,
)

OTHER_SCHOOL = "8309997"
UPN_2, UPN_3, UPN_4 = "H830999624002", "H830999624003", "H830999624004"
RUTH: dict[str, Any] = {"upn": UPN_2, "first_name": "Ruth", "surname": "Bello", "dob": date(2012, 11, 25)}

MATCH = "SELECT pupil_key, outcome, pupil_id, reasons FROM pupil_match ORDER BY dfe_no, pupil_key"
EMPTY = "TRUNCATE pupil_match, seen, roll, looked_after, council_pupil, index_state, restricted_row, identity, outbox"
STATE = {
    "pupil_match": "SELECT * FROM pupil_match ORDER BY dfe_no, pupil_key",
    "seen": "SELECT * FROM seen ORDER BY dfe_no, pupil_key, dataset",
    "roll": "SELECT * FROM roll ORDER BY sender, dataset",
    "council_pupil": "SELECT * FROM council_pupil ORDER BY pupil_id",
    "looked_after": "SELECT * FROM looked_after ORDER BY pupil_id, first_day",
    "identity": "SELECT dfe_no, pupil_key, pupil_id, outcome, social_worker, first_days, last_days FROM identity "
    "ORDER BY dfe_no, pupil_key",
}


def state(matching: ConsumerDatabase) -> dict[str, Any]:
    """Every table, and the last word of the identities topic on each key."""
    return {name: matching.rows(query) for name, query in STATE.items()} | {
        "told": sorted(told(matching).values(), key=lambda one: (one.dfe_no, one.pupil_key))
    }


def told(matching: ConsumerDatabase) -> dict[str, PupilIdentity]:
    """What a reader of the compacted topic would know."""
    rows = matching.rows("SELECT key, value FROM outbox ORDER BY id")
    return {key: codec.decode(value, PupilIdentity) for key, value in rows}


def test_a_school_before_the_index_is_new_and_then_certain(matching: ConsumerDatabase) -> None:
    """The council's index makes known a pupil that a school has shown before."""
    matching.apply(delivery("attendance", [attendance_row()]))
    before = matching.rows(MATCH)
    matching.apply(delivery("pupils", [council_row()]))

    assert (before, matching.rows(MATCH)) == (
        [(UPN, "new", None, ["UPN_UNKNOWN", "NO_CANDIDATE"])],
        [(UPN, "certain", "P1", ["UPN_SAME"])],
    )


def test_the_row_that_led_to_the_outcome_is_kept(matching: ConsumerDatabase) -> None:
    """A later delivery with the same identity changes nothing; one with another does."""
    matching.apply(delivery("pupils", [council_row()]), delivery("attendance", [attendance_row()], seq=1))
    query = "SELECT dataset, delivery_seq, row FROM pupil_match"
    matching.apply(delivery("attendance", [attendance_row(row=9)], seq=2))
    same = matching.rows(query)
    matching.apply(delivery("attendance", [attendance_row(row=4, surname="Bello")], seq=3))

    assert (same, matching.rows(query)) == ([("attendance", 1, 1)], [("attendance", 3, 4)])


def test_attendance_goes_before_exclusions(matching: ConsumerDatabase) -> None:
    """A pupil of both datasets is judged by its attendance row, which says more."""
    matching.apply(
        delivery("pupils", [council_row(admission_number="17")]),
        delivery("exclusions", [exclusion_row(forename="Chidi")]),
        delivery("attendance", [attendance_row()]),
    )

    assert matching.rows("SELECT dataset, outcome FROM pupil_match") == [("attendance", "certain")]


def test_only_what_changed_is_written(matching: ConsumerDatabase) -> None:
    """A file in which one pupil of many has changed touches that pupil's rows alone."""
    rows = [attendance_row(upn=f"H83099962{number:04}", row=number + 1) for number in range(30)]
    changed = [rows[0] | {"surname": "Bello"}, *rows[1:]]
    matching.apply(delivery("attendance", rows))
    before = matching.rows("SELECT pupil_key, xmin::text FROM pupil_match")
    matching.apply(delivery("attendance", changed, seq=2))
    after = matching.rows("SELECT pupil_key, xmin::text FROM pupil_match")

    assert {key for key, _ in set(after) - set(before)} == {rows[0]["upn"]}


def test_a_duplicate_application_changes_nothing(matching: ConsumerDatabase) -> None:
    """The same delivery twice is the delivery once, records for the others included."""
    work = [delivery("pupils", [council_row()]), delivery("attendance", [attendance_row()])]
    matching.apply(*work)
    before = (state(matching), matching.rows("SELECT count(*) FROM outbox"))
    matching.apply(*work)

    assert (state(matching), matching.rows("SELECT count(*) FROM outbox")) == before


def test_the_others_are_told_of_periods_in_care(matching: ConsumerDatabase) -> None:
    """A certain match carries the child's periods and whether it has a social worker; the key names no pupil."""
    matching.apply(
        delivery("attendance", [attendance_row()]),
        delivery("pupils", [council_row(looked_after_from=date(2026, 1, 5), social_worker="North")]),
    )
    [(topic, partition, key, value, outbox_key)] = matching.rows(
        "SELECT topic, partition, key, value, outbox_key FROM outbox ORDER BY id DESC LIMIT 1"
    )
    identity = codec.decode(value, PupilIdentity)

    assert (identity.outcome, identity.pupil_id, identity.social_worker) == ("certain", "P1", True)
    assert [(period.first_day, period.last_day) for period in identity.looked_after] == [(date(2026, 1, 5), None)]
    assert (topic, partition) == (IDENTITIES, partition_of(SCHOOL, topics()[IDENTITIES].partitions))
    assert (key.startswith(f"{SCHOOL}/"), UPN in key, len(key)) == (True, False, len(SCHOOL) + 17)
    assert outbox_key == f"identity/{key}/2"


def test_the_others_are_told_no_more_than_they_may_know(matching: ConsumerDatabase) -> None:
    """A possible child's and a sealed child's time in care stays with the council."""
    in_care = {"looked_after_from": date(2026, 1, 5), "social_worker": "North"}
    matching.apply(
        delivery("pupils", [council_row(sealed=True, **in_care), council_row(pupil_id="P2", **RUTH, **in_care)]),
        delivery("attendance", [attendance_row(), attendance_row(**RUTH | {"dob": date(2010, 1, 1)})]),
    )

    assert [
        (one.outcome, one.pupil_id, one.looked_after, one.social_worker)
        for one in sorted(told(matching).values(), key=lambda one: one.pupil_key)
    ] == [("sealed", None, (), False), ("possible", None, (), False)]


def test_a_change_in_care_alone_is_told(matching: ConsumerDatabase) -> None:
    """A period that ends is news, an index that says the same again is not."""
    matching.apply(
        delivery("attendance", [attendance_row()]),
        delivery("pupils", [council_row(looked_after_from=date(2026, 1, 5))], seq=1),
        delivery("pupils", [council_row(looked_after_from=date(2026, 1, 5))], seq=2),
        delivery("pupils", [council_row(looked_after_from=date(2026, 1, 5), looked_after_to=date(2026, 6, 1))], seq=3),
    )
    values = [codec.decode(value, PupilIdentity) for (value,) in matching.rows("SELECT value FROM outbox ORDER BY id")]

    assert [len(identity.looked_after) for identity in values] == [0, 1, 1]
    assert values[-1].looked_after[0].last_day == date(2026, 6, 1)


def test_a_child_that_the_index_lacks_keeps_its_record(matching: ConsumerDatabase) -> None:
    """A pupil missing from a later snapshot is marked not current and still known."""
    matching.apply(
        delivery("attendance", [attendance_row()]),
        delivery("pupils", [council_row(), council_row(pupil_id="P2", **RUTH)], seq=1),
        delivery("pupils", [council_row(pupil_id="P2", **RUTH)], seq=2),
    )

    assert matching.rows("SELECT pupil_id, current FROM council_pupil ORDER BY 1") == [("P1", False), ("P2", True)]
    assert matching.rows(MATCH) == [(UPN, "certain", "P1", ["UPN_SAME"])]


def test_a_record_that_becomes_sealed_is_taken_back(matching: ConsumerDatabase) -> None:
    """A child sealed by a later index is shown nowhere, and the others are told so."""
    matching.apply(
        delivery("attendance", [attendance_row()]),
        delivery("pupils", [council_row()], seq=1),
        delivery("pupils", [council_row(sealed=True)], seq=2),
    )

    assert matching.rows(MATCH) == [(UPN, "sealed", None, ["SEALED"])]
    assert [(one.outcome, one.pupil_id) for one in told(matching).values()] == [("sealed", None)]


def test_two_rows_of_one_school_that_claim_a_child(matching: ConsumerDatabase) -> None:
    """Old and new UPN in one file are both questions; when one goes, the other is certain again."""
    twice = [attendance_row(), attendance_row(upn=UPN_2)]
    matching.apply(
        delivery("pupils", [council_row(former_upn=UPN_2)]),
        delivery("attendance", twice),
    )
    contested = matching.rows("SELECT pupil_key, outcome, candidates FROM pupil_match ORDER BY 1")
    matching.apply(delivery("attendance", [attendance_row(former_upn=UPN_2)], seq=2))

    assert contested == [(UPN, "possible", ["P1"]), (UPN_2, "possible", ["P1"])]
    assert matching.rows(MATCH) == [(UPN, "certain", "P1", ["UPN_SAME"])]


def test_a_claim_given_up_frees_the_other(matching: ConsumerDatabase) -> None:
    """A pupil whose own row has not changed is judged again when the other claim on its child is gone."""
    other = attendance_row(upn=UPN_2)
    matching.apply(
        delivery("pupils", [council_row(former_upn=UPN_2)]),
        delivery("attendance", [attendance_row(), other]),
        delivery("attendance", [attendance_row(), other | {"dob": date(2010, 1, 1)}], seq=2),
    )

    assert [row[:3] for row in matching.rows(MATCH)] == [(UPN, "certain", "P1"), (UPN_2, "possible", None)]


def test_a_key_gives_way_although_no_row_changes(matching: ConsumerDatabase) -> None:
    """The old key leaves when the newest file no longer carries it, the new key's row being as before."""
    new = attendance_row(upn=UPN_2, former_upn=UPN)
    matching.apply(
        delivery("pupils", [council_row()]),
        delivery("attendance", [attendance_row(), new], seq=1),
        delivery("attendance", [new], seq=2),
    )

    assert matching.rows(MATCH) == [(UPN_2, "certain", "P1", ["UPN_CHANGED"])]


def test_one_child_at_two_schools(matching: ConsumerDatabase) -> None:
    """Dual registration is one child with two enrolments."""
    matching.apply(
        delivery("pupils", [council_row()]),
        delivery("attendance", [attendance_row()]),
        delivery("attendance", [attendance_row(dfe_no=OTHER_SCHOOL)], sender=OTHER_SCHOOL),
    )

    assert [row[1:3] for row in matching.rows(MATCH)] == [("certain", "P1"), ("certain", "P1")]


def test_a_key_that_gives_way_leaves(matching: ConsumerDatabase) -> None:
    """A new UPN with the old one as Former UPN takes the old key's place; the others are told that it is nobody."""
    matching.apply(
        delivery("pupils", [council_row()]),
        delivery("attendance", [attendance_row()], seq=1),
        delivery("attendance", [attendance_row(upn=UPN_2, former_upn=UPN)], seq=2),
    )

    assert matching.rows(MATCH) == [(UPN_2, "certain", "P1", ["UPN_CHANGED"])]
    assert {one.pupil_key: one.outcome for one in told(matching).values()} == {UPN: "new", UPN_2: "certain"}


def test_a_key_stays_while_a_suspension_stands_under_it(matching: ConsumerDatabase) -> None:
    """A key that gave way in one dataset is still matched where the other shows it."""
    matching.apply(
        delivery("pupils", [council_row()]),
        delivery("exclusions", [exclusion_row()]),
        delivery("attendance", [attendance_row()], seq=1),
        delivery("attendance", [attendance_row(upn=UPN_2, former_upn=UPN)], seq=2),
    )

    assert matching.rows("SELECT pupil_key, dataset, outcome FROM pupil_match ORDER BY 1") == [
        (UPN, "exclusions", "certain"),
        (UPN_2, "attendance", "certain"),
    ]


def test_a_suspension_that_gets_a_upn_drops_its_first_key(matching: ConsumerDatabase) -> None:
    """The row that came without a UPN gives way to the same suspension with one."""
    nameless = exclusion_row(upn=None)
    matching.apply(
        delivery("pupils", [council_row()]),
        delivery("exclusions", [nameless], seq=1),
        delivery("exclusions", [exclusion_row()], seq=2),
    )

    assert matching.rows(MATCH) == [(UPN, "certain", "P1", ["UPN_SAME"])]


def test_a_key_that_comes_back_is_matched_again(matching: ConsumerDatabase) -> None:
    """A school that withdraws the new key has the old one judged anew."""
    matching.apply(
        delivery("pupils", [council_row()]),
        delivery("attendance", [attendance_row()], seq=1),
        delivery("attendance", [attendance_row(upn=UPN_2, former_upn=UPN)], seq=2),
        delivery("attendance", [attendance_row(former_upn=UPN_2)], seq=3),
    )

    assert matching.rows(MATCH) == [(UPN, "certain", "P1", ["UPN_SAME"])]


def test_a_pupil_the_newest_file_lacks_stays(matching: ConsumerDatabase) -> None:
    """Leaving a school is no reason to forget who the pupil was."""
    matching.apply(
        delivery("pupils", [council_row()]),
        delivery("attendance", [attendance_row(), attendance_row(**RUTH)], seq=1),
        delivery("attendance", [attendance_row(**RUTH)], seq=2),
    )

    assert [row[0] for row in matching.rows(MATCH)] == [UPN, UPN_2]


def interleaved(streams: list[list[Work]], random: Random) -> list[Work]:
    """One order in which independent partitions may be read: each stream in its own."""
    picks = [number for number, stream in enumerate(streams) for _ in stream]
    random.shuffle(picks)
    left = [iter(stream) for stream in streams]
    return [next(left[number]) for number in picks]


def streams() -> list[list[Work]]:
    """All that makes the order matter: changed keys, claims, sealed and vanished children, two schools, answers."""
    later = {"start_date": date(2026, 9, 14)}
    return [
        [
            delivery("attendance", [attendance_row(), attendance_row(**RUTH), attendance_row(upn=UPN_3)], seq=1),
            delivery("attendance", [attendance_row(upn=UPN_4, former_upn=UPN, **later), attendance_row(**RUTH)], seq=2),
            delivery("attendance", [attendance_row(upn=UPN_4, former_upn=UPN), attendance_row(surname="Bello")], seq=3),
        ],
        [
            delivery("exclusions", [exclusion_row(upn=None), exclusion_row(upn=UPN_2, id_key="id:2")], seq=1),
            delivery("exclusions", [exclusion_row(), exclusion_row(upn=UPN_2, id_key="id:2", forename="Ruth")], seq=2),
        ],
        [
            delivery("attendance", [attendance_row(dfe_no=OTHER_SCHOOL, **RUTH)], sender=OTHER_SCHOOL, seq=1),
            delivery("attendance", [attendance_row(dfe_no=OTHER_SCHOOL)], sender=OTHER_SCHOOL, seq=2),
        ],
        [
            delivery("pupils", [council_row(former_upn=UPN_3, looked_after_from=date(2026, 1, 5))], seq=1),
            delivery("pupils", [council_row(former_upn=UPN_3), council_row(pupil_id="P2", **RUTH)], seq=2),
            delivery("pupils", [council_row(pupil_id="P2", **RUTH | {"upn": UPN_4}, sealed=False)], seq=3),
        ],
        [
            answers((question_of(attendance_row(**RUTH)), UPN_2, "P2", "different")),
            answers((question_of(attendance_row(surname="Bello")), UPN, "P2", "same"), start=5),
        ],
    ]


@pytest.mark.parametrize("seed", range(6))
def test_the_tables_do_not_depend_on_how_topics_interleave(matching: ConsumerDatabase, seed: int) -> None:
    """Schools before the index, after it and in between leave the same tables and the same last words."""
    matching.apply(*(work for stream in streams() for work in stream))
    expected = state(matching)
    matching.execute(EMPTY)
    matching.apply(*interleaved(streams(), Random(seed)))

    assert state(matching) == expected


@pytest.mark.parametrize("order", list(permutations(range(3)))[1:])
def test_snapshots_in_any_order_leave_one_index(matching: ConsumerDatabase, order: tuple[int, ...]) -> None:
    """The greatest delivery number with a child counts, however late an older one comes."""
    snapshots = streams()[3]
    matching.apply(*snapshots)
    expected = matching.rows(STATE["council_pupil"]), matching.rows(STATE["looked_after"])
    matching.execute(EMPTY)
    matching.apply(*(snapshots[number] for number in order))

    assert (matching.rows(STATE["council_pupil"]), matching.rows(STATE["looked_after"])) == expected
