"""What deliveries of registers change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from consumers.attendance.codes import CodeBook, Counts
from consumers.attendance.enrolment import Correction
from consumers.attendance.handler import changes
from consumers.runtime.errors import PoisonError
from schemas.codes import attendance_codes
from tests.support.pupil_rows import UPN
from tests.support.registers import MONDAY, YEAR, Shelf, file, week

NEXT_MONDAY = MONDAY + timedelta(days=7)
ILL_ON_MONDAY = "I\\/\\/\\/\\/\\"
FORMER = "K830999624002"


def marks(shelf: Shelf, key: str = UPN) -> list[str]:
    """The marks of an enrolment from its first Monday on."""
    return shelf.one(key).sessions.marks.split("\t")


def correction(**fields: object) -> Correction:
    """A correction of Monday morning from present to ill, but for the fields given."""
    values: dict[str, object] = {
        "academic_year": YEAR,
        "pupil_key": UPN,
        "week_start": MONDAY,
        "session": 1,
        "old_mark": "/",
        "new_mark": "I",
        "delivery_seq": 2,
    }
    return Correction(**{**values, **fields})  # type: ignore[arg-type] # fields of a test


def test_a_first_file_becomes_enrolments() -> None:
    """Marks, counts, weeks and particulars of its rows."""
    shelf = Shelf().receive(file(week(), week("/\\IIL\\OO--", start_date=NEXT_MONDAY)))

    one = shelf.one(UPN)
    assert (one.sessions.first_week, one.sessions.last_week) == (MONDAY, NEXT_MONDAY)
    assert one.sessions.seqs == "20x1"
    assert one.counts.possible == 18
    assert one.particulars.enrolment_status == "C"


def test_the_same_delivery_again_changes_nothing() -> None:
    """A consumer that was stopped may be given its last delivery again."""
    shelf = Shelf().receive(file(week(), seq=3))
    book = CodeBook(attendance_codes())

    (again,) = changes(file(week(), seq=3), {YEAR: shelf.held(YEAR)}, book=book)

    assert (again.enrolments, again.corrections, again.key_changes) == ((), (), ())
    assert again.school_year is None
    assert again.closed_days is None


def test_a_newer_delivery_is_the_head_of_what_it_repeats() -> None:
    """Unchanged marks come from it now; a week it lacks stays that of the older one."""
    shelf = Shelf().receive(file(week(), week(start_date=NEXT_MONDAY)), file(week(), seq=2))

    assert shelf.one(UPN).sessions.seqs == "10x2 10x1"
    assert shelf.one(UPN).delivery_seq == 2


def test_a_changed_mark_is_a_correction() -> None:
    """With the week, the session, both marks and the delivery; `-` and blank are marks too."""
    shelf = Shelf().receive(file(week("-/////////")), file(week(["", *"I////////"]), seq=2))

    assert {
        correction(old_mark="-", new_mark=""),
        correction(session=2),
    } == shelf.corrections


def test_a_session_first_delivered_later_is_no_correction() -> None:
    """Whether the week is new or was covered in part."""
    shelf = Shelf().receive(file(week("////")), file(week(), week(start_date=NEXT_MONDAY), seq=2))

    assert shelf.corrections == {correction(session=session, old_mark="/", new_mark="\\") for session in (2, 4)}


@pytest.mark.parametrize("mark", ["-", "", "#"])
def test_fillers_of_a_weekend_are_in_no_correction(mark: str) -> None:
    """They stand in the marks as sent."""
    fillers = ["#"] * 4
    before, after = [*["/"] * 10, *fillers], [*["/"] * 10, mark, "B", "#", "#"]
    shelf = Shelf().receive(file(week(before)), file(week(after), seq=2))

    assert shelf.corrections == set()
    assert marks(shelf) == after


def test_an_older_delivery_applied_late_fills_only_gaps() -> None:
    """What a newer one carried stays; nothing is corrected backwards."""
    newer, older = file(week("IIIIIIIIII"), seq=2), file(week(), week(start_date=NEXT_MONDAY), seq=1)
    late, in_turn = Shelf().receive(newer, older), Shelf().receive(older, newer)

    assert late.enrolments == in_turn.enrolments
    assert late.corrections == set()


def test_marks_after_the_day_of_receipt_are_not_covered() -> None:
    """The day itself is; a pupil with none covered is an enrolment without a week."""
    wednesday = MONDAY + timedelta(days=2)
    rows = (week(), week(pupil_key="adm:2", start_date=NEXT_MONDAY))
    shelf = Shelf().receive(file(*rows, received_on=wednesday))

    assert marks(shelf) == ["/", "\\"] * 3 + [" "] * 8
    assert shelf.one("adm:2").counts == Counts()
    assert shelf.one("adm:2").sessions.first_week is None
    assert shelf.school_years[YEAR].covered_days[-1] == wednesday


def test_a_row_twice_in_a_file_counts_once() -> None:
    """Both are published."""
    once, twice = Shelf().receive(file(week())), Shelf().receive(file(week(), week()))

    assert once.enrolments == twice.enrolments
    assert once.school_years == twice.school_years


def test_a_long_row_is_the_weeks_it_spans() -> None:
    """From a Wednesday on, for every day or for weekdays only."""
    wednesday = MONDAY + timedelta(days=2)
    row = week("//////IIII", start_date=wednesday, days_per_week=5)
    shelf = Shelf().receive(file(row))

    assert marks(shelf) == [" "] * 4 + ["/"] * 6 + [" "] * 4 + ["I"] * 4 + [" "] * 10


def test_particulars_are_those_of_the_latest_start_date() -> None:
    """In whatever order rows and deliveries come; of the same date the newer delivery counts; blank is C."""
    first = file(week(enrolment_status="M", start_date=NEXT_MONDAY, part_time=True), week(enrolment_status="G"))
    second = file(week(enrolment_status="S"), seq=2)
    third = file(week(enrolment_status=None, start_date=NEXT_MONDAY), seq=3)

    assert [
        Shelf().receive(*deliveries).one(UPN).particulars.enrolment_status
        for deliveries in ((first,), (first, second), (second, first), (first, second, third), (third, first))
    ] == ["M", "M", "M", "C", "C"]
    assert Shelf().receive(first, second).one(UPN).particulars.part_time is True


def test_rows_of_two_academic_years_are_two_enrolments() -> None:
    """Each with its own counts and totals."""
    past = week(academic_year=2024, start_date=date(2025, 7, 7))
    shelf = Shelf().receive(file(week(), past))

    assert {(2024, UPN), (2025, UPN)} == shelf.enrolments.keys()
    assert shelf.one(UPN, 2024).sessions.first_week == date(2025, 7, 7)
    assert set(shelf.school_years) == {2024, 2025}


def test_the_weekend_after_the_last_day_belongs_to_the_year_of_its_row() -> None:
    """1 August 2026 is a Saturday: the row's fillers begin no new enrolment."""
    shelf = Shelf().receive(file(week("##############", start_date=date(2026, 7, 27))))

    assert {(2025, UPN)} == shelf.enrolments.keys()
    assert marks(shelf) == ["#"] * 14


def test_an_enrolment_takes_its_new_key_with_its_history() -> None:
    """A former UPN: marks and corrections follow, and that is no correction."""
    old = {"pupil_key": FORMER, "upn": FORMER}
    shelf = Shelf().receive(
        file(week(**old), week(start_date=NEXT_MONDAY, **old)),
        file(week(ILL_ON_MONDAY, **old), seq=2),
        file(week(ILL_ON_MONDAY, former_upn=FORMER), seq=3),
    )

    assert {UPN} == shelf.keys()
    assert shelf.one(UPN).sessions.seqs == "10x3 10x1"
    assert shelf.corrections == {correction()}


def test_a_mark_changed_together_with_the_key_is_a_correction() -> None:
    """The enrolment is the same, so its session was held with another mark."""
    shelf = Shelf().receive(
        file(week(pupil_key="adm:7", upn=None, admission_number="7")),
        file(week(ILL_ON_MONDAY, admission_number="7"), seq=2),
    )

    assert {UPN} == shelf.keys()
    assert shelf.corrections == {correction()}


def test_two_enrolments_that_become_one_correct_nothing() -> None:
    """Per session the greater delivery counts."""
    old = {"pupil_key": FORMER, "upn": FORMER}
    shelf = Shelf().receive(
        file(week("IIIIIIIIII", **old), week(start_date=NEXT_MONDAY)),
        file(week(start_date=NEXT_MONDAY + timedelta(days=7), former_upn=FORMER), seq=2),
    )

    assert shelf.one(UPN).counts == Counts(possible=30, attended=20, authorised=10)
    assert shelf.corrections == set()


def test_a_mark_held_under_the_new_key_is_no_correction_when_it_comes_again() -> None:
    """Though the old key had another mark in that session."""
    old = {"pupil_key": FORMER, "upn": FORMER}
    shelf = Shelf().receive(file(week("IIIIIIIIII", **old), week()), file(week(former_upn=FORMER), seq=2))

    assert shelf.one(UPN).counts == Counts(possible=10, attended=10)
    assert shelf.corrections == set()


def test_closed_days_are_told_when_they_change() -> None:
    """And when they are gone."""
    closed, open_again = "##" + "/" * 8, "/" * 10
    pupil = {"pupil_key": "adm:2", "upn": None}
    shelf = Shelf().receive(
        file(week(closed), week(closed, **pupil)),
        file(week(closed), week(closed, **pupil), seq=2),
        file(week(closed), week(open_again, **pupil), seq=3),
    )

    assert shelf.closed_days == [(MONDAY,), ()]


@pytest.mark.parametrize("mark", [" ", "/\t/"])
def test_a_mark_that_cannot_be_kept_parks_the_delivery(mark: str) -> None:
    """Blanks and tabs stand between marks in the table."""
    with pytest.raises(PoisonError):
        Shelf().receive(file(week([mark, "/"])))


def test_marks_outside_the_academic_year_park_the_delivery() -> None:
    """The producer refuses such rows."""
    with pytest.raises(PoisonError):
        Shelf().receive(file(week(start_date=date(2024, 9, 9))))
