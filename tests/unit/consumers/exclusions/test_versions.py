"""What a delivery changes in the suspensions of a school."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from consumers.exclusions.calendar import school_days
from consumers.exclusions.statements import FiledRow, Filing
from consumers.exclusions.versions import Suspension, fold
from schemas.events import Completeness, RefusedRow
from tests.support.suspensions import ID_KEY, MONDAY, OTHER_UPN, RECEIVED, UPN, filed_row, filing

CALENDAR = school_days(2024, county={}, own={})
FRIDAY = MONDAY + timedelta(days=4)
EARLIER = filed_row(upn=OTHER_UPN, id_key=None, start_date=MONDAY - timedelta(days=7), end_date=None)
"""A row that makes a file reach back."""


def after(*filings: Filing) -> list[Suspension]:
    """The school's suspensions after these deliveries, numbered in their order, a week apart."""
    numbered = (
        replace(one, delivery_seq=seq, received_on=RECEIVED + timedelta(days=7 * (seq - 1)))
        for seq, one in enumerate(filings, start=1)
    )
    return fold(numbered, calendar=CALENDAR)


def only(*filings: Filing) -> Suspension:
    """The one suspension that is left after these deliveries."""
    (suspension,) = after(*filings)
    return suspension


def place(one: Suspension) -> tuple[int, int]:
    """The line of a file that a suspension shows."""
    return one.delivery_seq, one.row


def test_unchanged_row_stays_where_it_was_first_told() -> None:
    """The same version again and again shows the first delivery of the run."""
    file = filing(filed_row())

    assert place(only(file, file, file)) == (1, 1)


def test_changed_row_is_a_new_version() -> None:
    """A longer suspension shows the delivery that made it so."""
    assert place(only(filing(filed_row()), filing(filed_row(end_date=FRIDAY)))) == (2, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"end_date": FRIDAY},
        {"sessions": 3},
        {"reasons": ("PP",)},
        {"nc_year": "10"},
        {"action_code": "X"},
        {"description": "Fighting"},
    ],
)
def test_what_makes_a_version(change: dict[str, object]) -> None:
    """End, sessions, reasons, year group, action code and description make a version; a row number does not."""
    changed = only(filing(filed_row()), filing(filed_row(**change)))

    assert changed.delivery_seq == 2


def test_a_b_a_shows_the_second_a() -> None:
    """A version that comes back shows the delivery with which it came back."""
    a, b = filing(filed_row()), filing(filed_row(end_date=FRIDAY))

    assert place(only(a, b, a, a)) == (3, 1)


def test_absence_breaks_the_run() -> None:
    """A delivery that does not carry the row breaks the run, even if it does not reach back."""
    file = filing(filed_row())
    silent = filing(completeness="latest")

    assert place(only(file, silent)) == (1, 1)
    assert place(only(file, silent, file)) == (3, 1)


def test_order_of_arrival_does_not_matter() -> None:
    """The state is the same in whatever order deliveries come, their numbers decide."""
    filings = [
        filing(EARLIER, filed_row(), delivery_seq=1),
        filing(EARLIER, delivery_seq=2),
        filing(EARLIER, filed_row(end_date=FRIDAY), delivery_seq=3),
        filing(EARLIER, filed_row(start_date=FRIDAY, end_date=FRIDAY, sessions=2), delivery_seq=4),
    ]
    expected = fold(filings, calendar=CALENDAR)

    for order in permutations(filings):
        assert expected == fold(order, calendar=CALENDAR)


# No longer reported


@pytest.mark.parametrize(("completeness", "gone"), [("reach_back", True), ("full", True), ("latest", False)])
def test_missing_row_of_a_file_that_reaches_back(completeness: Completeness, *, gone: bool) -> None:
    """A row that a file reaches back to and lacks is no longer reported, unless the sender only sends the latest."""
    first = filing(EARLIER, filed_row())
    second = filing(EARLIER, completeness=completeness)
    missing = next(one for one in after(first, second) if one.key.pupil_key == UPN)

    assert ((2, RECEIVED + timedelta(days=7)) if gone else (None, None)) == (
        missing.unreported_seq,
        missing.unreported_on,
    )


@pytest.mark.parametrize(
    "other",
    [
        filed_row(upn=OTHER_UPN, id_key=None, start_date=MONDAY + timedelta(days=1), end_date=None),
        filed_row(upn=OTHER_UPN, id_key=None, start_date=date(2026, 7, 6), end_date=None),
    ],
)
def test_file_that_does_not_reach_back(other: FiledRow) -> None:
    """A file whose rows of that academic year all start later says nothing of the row."""
    missing = next(one for one in after(filing(filed_row()), filing(other)) if one.key.pupil_key == UPN)

    assert missing.unreported_seq is None


def test_header_only() -> None:
    """A file with only a header says it of all rows if the sender sends everything, else of none."""
    file = filing(filed_row())

    assert only(file, filing(completeness="reach_back")).unreported_seq is None
    assert only(file, filing(completeness="full")).unreported_seq == 2


@pytest.mark.parametrize(
    "refused",
    [RefusedRow(2, UPN, MONDAY), RefusedRow(2, None, MONDAY), RefusedRow(2, OTHER_UPN, None)],
)
def test_refused_row_may_be_the_missing_one(refused: RefusedRow) -> None:
    """A file does not lack a row of which it had a refused one, or one that could not be told."""
    assert only(filing(filed_row()), filing(completeness="full", refused=(refused,))).unreported_seq is None


def test_refused_row_of_another_is_no_excuse() -> None:
    """A refused row that is clearly another one does not keep a missing row reported."""
    refused = RefusedRow(2, OTHER_UPN, MONDAY)

    assert only(filing(filed_row()), filing(completeness="full", refused=(refused,))).unreported_seq == 2


def test_row_that_returns_is_reported_again() -> None:
    """A row that comes back is no longer missing, and its run begins anew."""
    file = filing(filed_row())
    back = only(file, filing(completeness="full"), file)

    assert (back.unreported_seq, back.unreported_on, back.delivery_seq) == (None, None, 3)


def test_first_silence_counts() -> None:
    """Of several files that lack a row the first is remembered."""
    silent = filing(completeness="full")

    assert only(filing(filed_row()), silent, silent).unreported_seq == 2


# Changes of key, type and start


def test_upn_that_comes_later() -> None:
    """A child known by name takes the UPN that a later file brings, with its history."""
    nameless = filing(filed_row(upn=None))
    known = only(nameless, filing(filed_row()))

    assert (known.key.pupil_key, place(known)) == (UPN, (1, 1))
    assert only(nameless).suspension_id == known.suspension_id


def test_upn_that_is_lost() -> None:
    """The same the other way round: a UPN that a later file lacks is no vanished child."""
    assert only(filing(filed_row()), filing(filed_row(upn=None))).key.pupil_key == ID_KEY


def test_two_keys_that_turn_out_to_be_one() -> None:
    """Rows of one child under two keys become one when only one key is left."""
    both = filing(filed_row(), filed_row(upn=None))

    assert len(after(both)) == 2
    assert only(both, filing(filed_row())).key.pupil_key == UPN


@pytest.mark.parametrize("start", [MONDAY, None])
def test_refused_row_keeps_its_key(start: date | None) -> None:
    """A namesake's row is no new key for a child of whom the file had a refused row."""
    both = filing(filed_row(), filed_row(upn=OTHER_UPN))

    assert len(after(both, filing(filed_row(), refused=(RefusedRow(2, OTHER_UPN, start),)))) == 2


def test_other_child_keeps_its_key() -> None:
    """Without the same name and date of birth a new key is another child."""
    assert len(after(filing(filed_row()), filing(filed_row(upn=OTHER_UPN, id_key="id:f")))) == 2


def test_changed_type_is_one_suspension() -> None:
    """The only row of a pupil and start date may change its type."""
    changed = only(filing(filed_row()), filing(filed_row(type="PERM")))

    assert (changed.key.type, changed.delivery_seq) == ("PERM", 2)
    assert only(filing(filed_row())).suspension_id == changed.suspension_id


def test_second_type_on_one_day_is_another() -> None:
    """Beside a suspension that stays, a lunchtime of the same start is a row of its own."""
    assert len(after(filing(filed_row()), filing(filed_row(), filed_row(type="LNCH")))) == 2


def test_moved_start_is_one_suspension() -> None:
    """A new row that overlaps a missing one of the pupil takes its place, whether or not the file reaches back."""
    moved = only(filing(filed_row()), filing(filed_row(start_date=MONDAY + timedelta(days=1)), completeness="latest"))

    assert (MONDAY + timedelta(days=1), 2) == (moved.key.start_date, moved.delivery_seq)
    assert only(filing(filed_row())).suspension_id == moved.suspension_id


def test_nearest_start_is_paired_first() -> None:
    """Of two missing rows the one that starts nearer is the moved one."""
    tuesday, thursday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)
    long = filed_row(end_date=FRIDAY)
    near = filed_row(start_date=tuesday, end_date=FRIDAY)
    first = filing(EARLIER, long, near)
    state = after(first, filing(EARLIER, filed_row(start_date=thursday, end_date=FRIDAY)))

    assert {MONDAY: 2, thursday: None} == {
        one.key.start_date: one.unreported_seq for one in state if one.key.pupil_key == UPN
    }


def test_row_that_is_still_sent_is_not_moved() -> None:
    """A row that overlaps one still sent is a suspension of its own."""
    later = filed_row(start_date=MONDAY + timedelta(days=1))

    assert len(after(filing(filed_row()), filing(filed_row(), later))) == 2


def test_days_that_do_not_overlap_are_not_moved() -> None:
    """A new row after the end of a missing one is another suspension."""
    later = filed_row(start_date=MONDAY + timedelta(days=2), end_date=FRIDAY)

    assert len(after(filing(filed_row()), filing(later))) == 2


def test_moved_start_by_reckoned_end() -> None:
    """A blank end is worked out from the sessions before it is asked whether days overlap."""
    blank = filed_row(end_date=None, sessions=4)

    assert len(after(filing(blank), filing(filed_row(start_date=MONDAY + timedelta(days=1))))) == 1
    assert len(after(filing(blank), filing(filed_row(start_date=MONDAY + timedelta(days=2), end_date=None)))) == 2


def test_open_row_of_an_earlier_year_is_not_moved() -> None:
    """A permanent exclusion of years ago is not the new one with a moved start."""
    old = filed_row(type="PERM", start_date=date(2024, 10, 7))

    assert len(after(filing(old), filing(filed_row(type="PERM")))) == 2


# Cancellation


def test_first_cancelled_version_is_remembered() -> None:
    """The day on which a cancellation was first received stays, whatever follows."""
    plain, cancelled = filing(filed_row()), filing(filed_row(cancelled=True))
    state = only(plain, cancelled, plain, cancelled)

    assert (RECEIVED + timedelta(days=7), True) == (state.cancelled_on, state.version.cancelled)
