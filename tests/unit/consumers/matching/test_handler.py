"""What a piece of work changes, before any database."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from consumers.matching.handler import Answer, Link, answered, children, given_way, judged, periods
from consumers.matching.pupils import Answers, Decision, Match
from consumers.matching.showing import BETWEEN, Page, Remembered, Roll, Shown, changes, shown
from tests.support.pupil_rows import SCHOOL, UPN, attendance_row, council_row, delivery, exclusion_row, seen

KEY = b"of the tests alone"
OTHER_UPN = "H830999624002"


def all_shown(page: Page) -> list[Shown]:
    """Every pupil of a page."""
    return page.at(range(len(page.keys)))


def test_a_year_of_rows_is_one_pupil() -> None:
    """The identity is that of the latest start date, whatever the order of the file."""
    weeks = [
        attendance_row(start_date=date(2026, 9, 14), surname="Okafor"),
        attendance_row(start_date=date(2026, 9, 21), surname="Bello"),
        attendance_row(start_date=date(2026, 9, 7), surname="Adeyemi"),
    ]

    actual = all_shown(shown(delivery("attendance", weeks), KEY))

    assert [(pupil.seen.surname, pupil.seen.row) for pupil in actual] == [("Bello", 2)]


def test_of_rows_with_one_start_date_the_last_counts() -> None:
    """Two rows of one pupil and week are settled by their place in the file."""
    actual = all_shown(shown(delivery("attendance", [attendance_row(), attendance_row(surname="Bello")]), KEY))

    assert [(pupil.seen.surname, pupil.seen.row) for pupil in actual] == [("Bello", 2)]


def test_every_academic_year_of_the_file_is_reported() -> None:
    """What stands under a key is kept, so that the key is not dropped while something of it is shown."""
    rows = [attendance_row(academic_year=2026), attendance_row(academic_year=2025)]

    actual = all_shown(shown(delivery("attendance", rows), KEY))

    assert [pupil.seen.reported for pupil in actual] == [("2025", "2026")]


def test_a_suspension_is_reported_by_start_and_type() -> None:
    """The exclusions row brings what it has of an identity, and its own link between keys."""
    actual = all_shown(shown(delivery("exclusions", [exclusion_row()]), KEY))

    assert [(pupil.seen.reported, pupil.id_key, pupil.seen.gender) for pupil in actual] == [
        (("2026-09-14/SUSP",), "id:0123456789abcdef", None)
    ]


def test_a_delivery_without_rows_shows_nobody() -> None:
    """A nil return is a delivery like any other."""
    page = shown(delivery("exclusions", []), KEY)

    assert (all_shown(page), changes(page, {}, Roll()).keys) == ([], set())


def test_an_unchanged_identity_is_not_written() -> None:
    """The same identity in a later delivery changes nothing."""
    page = shown(delivery("attendance", [attendance_row()], seq=2), KEY)
    held = {UPN: Remembered(page.fingerprints[0], "2026")}

    actual = changes(page, held, Roll(1, {UPN: 1}))

    assert actual.keys == set()


def test_an_older_delivery_does_not_change_an_identity() -> None:
    """The greatest delivery number with the pupil counts, in whatever order deliveries come."""
    page = shown(delivery("attendance", [attendance_row(surname="Bello")], seq=2), KEY)

    actual = changes(page, {UPN: Remembered("another", "2026")}, Roll(3, {UPN: 3}))

    assert actual.keys == set()


def test_an_older_delivery_adds_to_what_is_reported() -> None:
    """A year that only the older delivery brings is kept, under the newer identity."""
    page = shown(delivery("attendance", [attendance_row(academic_year=2025)], seq=2), KEY)

    actual = changes(page, {UPN: Remembered("another", "2026")}, Roll(3, {UPN: 3}))

    assert (actual.identities, actual.reported) == ([], {UPN: ("2025", "2026")})


def test_a_new_identity_keeps_what_was_reported_before() -> None:
    """A changed surname in a file of one year does not forget the year before."""
    page = shown(delivery("attendance", [attendance_row(surname="Bello")], seq=2), KEY)

    actual = changes(page, {UPN: Remembered("another", f"2024{BETWEEN}2025")}, Roll(1, {UPN: 1}))

    assert ([pupil.seen.reported for pupil in actual.identities], actual.reported) == ([("2024", "2025", "2026")], {})
    assert actual.keys == {UPN}


def test_the_roll_is_the_same_in_any_order() -> None:
    """Two deliveries leave one roll, whichever is applied first, and however often."""
    first, second = (1, ["a", "b"]), (2, ["b", "c"])

    in_order = Roll().after(*first).after(*second)
    backwards = Roll().after(*second).after(*first).after(*first)

    assert in_order == backwards
    assert in_order.carried == {"b", "c"}


def link(key: str, **fields: object) -> Link:
    """A key that stands for one academic year."""
    plain: dict[str, object] = {
        "former_upn": None,
        "admission_number": None,
        "id_key": None,
        "reported": ("2026",),
        "superseded": False,
    }
    return Link(key, **{**plain, **fields})  # type: ignore[arg-type]  # the fields of one test


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (link(UPN), link(OTHER_UPN, former_upn=UPN)),
        (link("adm:17", admission_number="17"), link(UPN, admission_number="17")),
        (link(UPN, id_key="id:1"), link(OTHER_UPN, id_key="id:1")),
    ],
)
def test_a_key_gives_way_to_a_later_key_of_the_same_child(old: Link, new: Link) -> None:
    """Former UPN, admission number, or surname, forename and date of birth tie the two."""
    actual = given_way([old, new], Roll(2, {old.pupil_key: 1, new.pupil_key: 2}))

    assert actual == {old.pupil_key}


def test_a_key_that_the_same_file_carries_stays() -> None:
    """Two keys in one file are two pupils until a person says otherwise."""
    links = [link(UPN), link(OTHER_UPN, former_upn=UPN)]

    assert given_way(links, Roll(2, {UPN: 2, OTHER_UPN: 2})) == set()


def test_a_key_of_another_year_stays() -> None:
    """An admission number given out again in a later year does not take over the earlier pupil."""
    links = [link(UPN, admission_number="17", reported=("2025",)), link(OTHER_UPN, admission_number="17")]

    assert given_way(links, Roll(2, {UPN: 1, OTHER_UPN: 2})) == set()


def certain(key: str, pupil_id: str, **fields: object) -> Match:
    """A key that is certain to be a child."""
    return Match(seen(pupil_key=key, **fields), Decision("certain", "upn", 100, ("UPN_SAME",), (pupil_id,)))


def test_two_keys_that_claim_one_child_are_both_questions() -> None:
    """Neither wins, and both say why."""
    actual = judged([certain("a", "P1"), certain("b", "P1"), certain("c", "P2")])

    assert [(match.outcome, match.pupil_id, match.reasons[-1]) for match in actual] == [
        ("possible", None, "CLAIMED_TWICE"),
        ("possible", None, "CLAIMED_TWICE"),
        ("certain", "P2", "UPN_SAME"),
    ]


@pytest.mark.parametrize(
    "fields",
    [{"dfe_no": "8309997"}, {"reported": ("2025",)}, {"dataset": "exclusions", "reported": ("2026-09-14/SUSP",)}],
)
def test_one_child_may_be_claimed_twice_at_different_schools_or_times(fields: dict[str, object]) -> None:
    """Dual registration and a change of key between two years are no conflict."""
    actual = judged([certain("a", "P1"), certain("b", "P1", **fields)])

    assert [match.outcome for match in actual] == ["certain", "certain"]


def test_a_claim_that_ends_frees_the_other() -> None:
    """What was contested is certain again when the other claim has gone."""
    [first, _] = judged([certain("a", "P1"), certain("b", "P1")])

    [actual] = judged([first])

    assert (actual.outcome, actual.pupil_id, actual.reasons) == ("certain", "P1", ("UPN_SAME",))


def test_a_child_in_several_rows_is_one_child() -> None:
    """The first value sent of each field counts, and one sealed row seals the child."""
    rows = [
        council_row(social_worker=None, looked_after_from=date(2025, 1, 1), looked_after_to=date(2025, 3, 1)),
        council_row(social_worker="North", sealed=True, looked_after_from=date(2026, 1, 1)),
    ]

    actual = children(delivery("pupils", rows).rows)

    assert actual.select("pupil_id", "social_worker", "sealed", "row").rows() == [("P1", "North", True, 1)]


def test_periods_in_care_are_read_from_every_row() -> None:
    """Rows without a period add none, an open period goes before one that ends."""
    rows = [
        council_row(looked_after_from=date(2026, 1, 1)),
        council_row(looked_after_from=date(2026, 1, 1), looked_after_to=date(2026, 2, 1)),
        council_row(looked_after_from=date(2025, 1, 1), looked_after_to=date(2025, 3, 1)),
        council_row(pupil_id="P2"),
    ]

    actual = periods(delivery("pupils", rows).rows).sort("pupil_id", "first_day")

    assert actual.rows() == [("P1", date(2025, 1, 1), date(2025, 3, 1)), ("P1", date(2026, 1, 1), None)]
    assert actual.schema["last_day"] == pl.Date


def test_the_fingerprint_tells_nothing_without_the_key() -> None:
    """Two installations do not write the same fingerprint for the same child."""
    work = delivery("attendance", [attendance_row(dfe_no=SCHOOL)])

    one, other = shown(work, KEY), shown(work, b"another key")

    assert one.fingerprints != other.fingerprints
    assert all_shown(one)[0].seen.question != all_shown(other)[0].seen.question


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"first_name": "Chidi"}, True),
        ({"dob": date(2011, 11, 25)}, True),
        ({"first_name": "Amarra"}, False),
        ({"first_name": None}, False),
        ({"dob": date(2014, 7, 3)}, False),
        ({"surname": "Bello"}, False),
    ],
)
def test_two_people_under_one_upn_are_noticed(other: dict[str, object], expected: bool) -> None:  # noqa: FBT001 - a column
    """Rows of one file that give a UPN to two people; a slip or a changed surname is one person."""
    rows = [attendance_row(), attendance_row(**other), attendance_row(upn=OTHER_UPN)]

    actual = all_shown(shown(delivery("attendance", rows), KEY))

    assert [pupil.seen.doubled for pupil in actual] == [expected, False]


def test_a_question_is_about_who_is_shown() -> None:
    """Gender, a preferred name, the row and spelling that is no difference do not ask again; another name does."""
    rows = [
        attendance_row(),
        attendance_row(gender=None, preferred_name="Mimi", surname="OKAFOR"),
        attendance_row(surname="Bello"),
    ]
    pages = [shown(delivery("attendance", [row], seq=seq), KEY) for seq, row in enumerate(rows, start=1)]
    first, second, third = (all_shown(page)[0] for page in pages)

    assert (first.seen.question == second.seen.question, first.seen.question == third.seen.question) == (True, False)
    assert len({first.fingerprint, second.fingerprint, third.fingerprint}) == 3


def test_the_last_word_on_each_child_counts() -> None:
    """Of two children said to be the same the later; what is withdrawn is as if never said."""
    said = [
        Answer("q", "P1", "same"),
        Answer("q", "P2", "same"),
        Answer("q", "P3", "different"),
        Answer("q", "P4", "cannot_tell"),
        Answer("r", "P5", "withdrawn"),
    ]

    assert answered(said).get("q") == Answers("P2", frozenset({"P3"}), frozenset({"P4"}))
    assert answered(said).get("r", Answers()) == Answers()


def test_a_clerks_word_is_not_contested() -> None:
    """Of two keys that claim one child, the one a clerk has settled stays, and the other is the question."""
    settled = Match(seen(pupil_key="a"), Decision("certain", "clerk", 900, ("CLERK_SAME",), ("P1",), by_clerk=True))

    actual = judged([settled, certain("b", "P1")])

    assert [match.outcome for match in actual] == ["certain", "possible"]
