"""Absence of children in care, and why some of them have none, over deliveries that the consumer applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.consumers.attendance.council import CHILD, agreement, child_in_care, match
from tests.support.consumer_database import ConsumerDatabase
from tests.support.pupil_rows import SCHOOL, Row
from tests.support.registers import MONDAY, YEAR, file, week

SECOND_SCHOOL, THIRD_SCHOOL = "8309997", "8309998"
ALWAYS = (date(2015, 1, 1), None)
FULL, CLOSED = "//////////", "##########"
ABSENCE = "SELECT * FROM reporting.absence_children_in_care"
COVERAGE = "SELECT * FROM reporting.care_coverage"


def weeks(*marks: str, **fields: object) -> list[Row]:
    """One week after the other."""
    return [week(one, start_date=MONDAY + timedelta(weeks=number), **fields) for number, one in enumerate(marks)]


def known(attendance: ConsumerDatabase, *schools: str) -> None:
    """The child is in care for ever, and certain at these schools."""
    child_in_care(attendance, ALWAYS)
    for dfe_no in schools:
        match(attendance, dfe_no=dfe_no)


def figures(attendance: ConsumerDatabase) -> list[tuple[Any, ...]]:
    """Schools, possible, attended, authorised, unauthorised of each row."""
    return attendance.rows(f"SELECT schools, possible, attended, authorised, unauthorised FROM ({ABSENCE})")


def test_a_child_has_one_row_a_year(attendance: ConsumerDatabase) -> None:
    """Counts, rate and the Friday of the last week."""
    known(attendance, SCHOOL)
    attendance.apply(file(week("IO/////##D")))

    friday = MONDAY + timedelta(days=4)
    assert attendance.rows(ABSENCE) == [
        (CHILD, YEAR, [SCHOOL], 7, 5, 1, 1, Decimal("28.5714"), Decimal("28.5714"), "too_early", friday)
    ]


def test_only_days_in_care_count(attendance: ConsumerDatabase) -> None:
    """Both ends of every period; where periods overlap a session counts once."""
    tuesday, thursday, friday = (MONDAY + timedelta(days=day) for day in (1, 3, 4))
    child_in_care(attendance, (tuesday, tuesday), (thursday, friday), (friday, None))
    match(attendance)
    attendance.apply(file(week("OOI/OO///I")))

    assert figures(attendance) == [([SCHOOL], 6, 4, 2, 0)]


@pytest.mark.parametrize(("outcome", "sealed"), [("possible", False), ("sealed", True)])
def test_only_certain_matches_count(attendance: ConsumerDatabase, outcome: str, *, sealed: bool) -> None:
    """A sealed child has no row, in care or not."""
    child_in_care(attendance, ALWAYS, sealed=sealed)
    match(attendance, outcome=outcome)
    attendance.apply(file(week()))

    assert attendance.rows(ABSENCE) == []


def test_sessions_at_two_schools_are_pooled_by_half_day(attendance: ConsumerDatabase) -> None:
    """D is left out; possible goes before not possible, then M, then C, then the lower number; guests never count."""
    known(attendance, SCHOOL, SECOND_SCHOOL, THIRD_SCHOOL)
    attendance.apply(
        file(week("DI#//-", enrolment_status="C")),
        file(week("///OI?", enrolment_status="M"), sender=SECOND_SCHOOL),
        file(week("IIIIII", enrolment_status="G"), sender=THIRD_SCHOOL),
    )

    assert figures(attendance) == [([SECOND_SCHOOL], 5, 3, 1, 1)]


def test_marks_for_another_school_are_left_out_before_pooling(attendance: ConsumerDatabase) -> None:
    """D never stands for a session, even against one that was not possible; a child with D alone has a row."""
    known(attendance, SCHOOL, SECOND_SCHOOL)
    attendance.apply(file(week("DD", enrolment_status="M")))
    alone = figures(attendance)
    attendance.apply(file(week("#-", enrolment_status="S"), sender=SECOND_SCHOOL))

    assert alone == [([], 0, 0, 0, 0)]
    assert figures(attendance) == [([SECOND_SCHOOL], 0, 0, 0, 0)]


def test_of_equal_registrations_the_lower_number_counts(attendance: ConsumerDatabase) -> None:
    """C goes before S, whatever the number."""
    known(attendance, SCHOOL, SECOND_SCHOOL, THIRD_SCHOOL)
    attendance.apply(
        file(week("OO", enrolment_status="S")),
        file(week("/", enrolment_status="C"), sender=SECOND_SCHOOL),
        file(week("I", enrolment_status="C"), sender=THIRD_SCHOOL),
    )

    assert figures(attendance) == [([SCHOOL, SECOND_SCHOOL], 2, 1, 0, 1)]


def test_a_child_with_closures_alone_has_a_row(attendance: ConsumerDatabase) -> None:
    """Nothing was possible, so there are no rates."""
    known(attendance, SCHOOL)
    attendance.apply(file(week("##########")))

    assert attendance.rows(f"SELECT schools, possible, absence_pct, last_4_weeks_pct, trend FROM ({ABSENCE})") == [
        ([SCHOOL], 0, None, None, "too_early")
    ]


def test_without_a_weekday_in_care_there_is_no_row(attendance: ConsumerDatabase) -> None:
    """The child left care on the Sunday before; a mark on that Saturday does not make a row."""
    child_in_care(attendance, (MONDAY - timedelta(days=2), MONDAY - timedelta(days=1)))
    match(attendance)
    attendance.apply(file(week(), week("////", start_date=MONDAY - timedelta(days=2))))

    assert attendance.rows(ABSENCE) == []


def test_data_are_as_old_as_the_oldest_register_that_goes_on(attendance: ConsumerDatabase) -> None:
    """Schools where the child is a former pupil or a guest do not hold it back; if all are, all count."""
    known(attendance, SCHOOL, SECOND_SCHOOL, THIRD_SCHOOL)
    long = weeks("//////////", "//////////", "//////////")
    attendance.apply(
        file(*long),
        file(*weeks("//////////", "//////////"), sender=SECOND_SCHOOL),
        file(week(enrolment_status="P"), sender=THIRD_SCHOOL),
    )
    as_of = f"SELECT data_as_of FROM ({ABSENCE})"
    oldest = attendance.rows(as_of)
    attendance.apply(
        file(week(enrolment_status="G", start_date=MONDAY + timedelta(weeks=3)), seq=2),
        file(week(enrolment_status="P", start_date=MONDAY + timedelta(weeks=2)), seq=2, sender=SECOND_SCHOOL),
    )

    assert oldest == [(MONDAY + timedelta(weeks=1, days=4),)]
    assert attendance.rows(as_of) == [(MONDAY + timedelta(days=4),)]


def trends(attendance: ConsumerDatabase, histories: Sequence[Sequence[str]]) -> list[tuple[Any, ...]]:
    """The last four weeks and the trend of children with these weeks."""
    rows: list[Row] = []
    for number, marks in enumerate(histories):
        child_in_care(attendance, ALWAYS, pupil_id=f"P{number}")
        match(attendance, pupil_key=f"adm:{number}", pupil_id=f"P{number}")
        rows += weeks(*marks, pupil_key=f"adm:{number}", upn=None)
    attendance.apply(file(*rows))
    return attendance.rows(f"SELECT last_4_weeks_pct, trend FROM ({ABSENCE}) ORDER BY pupil_id")


def test_the_last_four_weeks_are_held_against_those_before(attendance: ConsumerDatabase) -> None:
    """Twenty-eight days that end on the Sunday of the last week."""
    one, two = "I/////////", "II////////"

    assert trends(attendance, [[one] * 2 + [two] * 4, [two] * 2 + [one] * 4, [one] * 6]) == [
        (Decimal("20.0000"), "up"),
        (Decimal("10.0000"), "down"),
        (Decimal("10.0000"), "flat"),
    ]


def test_a_trend_begins_at_one_point(attendance: ConsumerDatabase) -> None:
    """Exactly one point is enough: 1 of 25 sessions against 3, 4 or 5 of 100."""
    last = ["I/////////", FULL, "/////#####", CLOSED]
    before = [["I" * absent + "/" * (10 - absent), *[FULL] * 9] for absent in (3, 4, 5)]

    assert trends(attendance, [[*one, *last] for one in before]) == [
        (Decimal("4.0000"), trend) for trend in ("up", "flat", "down")
    ]


def test_it_is_too_early_with_few_sessions_or_nothing_before(attendance: ConsumerDatabase) -> None:
    """Under 40 possible sessions, or when either part has none; from 40 on it is not."""
    histories = [
        ["///////##/", *[FULL] * 2, CLOSED, "/" * 9 + "#"],
        [FULL] * 4,
        [CLOSED, *[FULL] * 4],
        [*[FULL] * 4, *[CLOSED] * 4],
        ["/" * 9 + "#", *[FULL] * 3, "/#########"],
    ]

    assert [trend for _, trend in trends(attendance, histories)] == [*["too_early"] * 4, "flat"]


def test_a_child_with_a_row_is_covered(attendance: ConsumerDatabase) -> None:
    """It stands in one view or the other, never in both."""
    known(attendance, SCHOOL)
    attendance.apply(file(week()))

    assert attendance.rows(COVERAGE) == []


def test_a_child_at_a_school_outside_the_register(attendance: ConsumerDatabase) -> None:
    """In every year for which any school has sent a file."""
    child_in_care(attendance, ALWAYS, dfe_no=THIRD_SCHOOL)
    agreement(attendance)
    attendance.apply(file(week(), week(academic_year=2024, start_date=date(2025, 6, 2))))

    assert sorted(attendance.rows(COVERAGE)) == [
        (CHILD, year, [], None, "school_not_in_agreement") for year in (2024, YEAR)
    ]


@pytest.mark.parametrize(
    "period",
    [ALWAYS, (MONDAY + timedelta(days=5), MONDAY + timedelta(days=6)), (MONDAY + timedelta(days=7), None)],
)
def test_a_child_whose_school_sent_nothing_for_it(
    attendance: ConsumerDatabase, period: tuple[date, date | None]
) -> None:
    """No file of its school that year, or none that covers a weekday of its period in care."""
    child_in_care(attendance, period, dfe_no=SECOND_SCHOOL)
    agreement(attendance, SECOND_SCHOOL)
    attendance.apply(file(week()))
    if period != ALWAYS:
        attendance.apply(file(week("//////////####"), sender=SECOND_SCHOOL))

    assert attendance.rows(COVERAGE) == [(CHILD, YEAR, [], None, "no_file")]


def test_a_child_whom_no_row_of_its_school_is(attendance: ConsumerDatabase) -> None:
    """The file covers the period, the match is missing or only possible; schools of both kinds are named."""
    child_in_care(attendance, ALWAYS)
    agreement(attendance)
    match(attendance, outcome="possible")
    match(attendance, outcome="possible", dfe_no=SECOND_SCHOOL)
    attendance.apply(
        file(week()), file(week(start_date=MONDAY + timedelta(days=7)), sender=SECOND_SCHOOL), file(week(), sender="8")
    )

    expected = (CHILD, YEAR, [SCHOOL, SECOND_SCHOOL], MONDAY + timedelta(days=7), "no_match")
    assert attendance.rows(COVERAGE) == [expected]


def test_a_child_without_a_school_is_not_matched(attendance: ConsumerDatabase) -> None:
    """The council does not know where it goes."""
    child_in_care(attendance, ALWAYS, dfe_no=None)
    attendance.apply(file(week()))

    assert attendance.rows(COVERAGE) == [(CHILD, YEAR, [], None, "no_match")]


def test_children_that_are_not_asked_about(attendance: ConsumerDatabase) -> None:
    """A record that is not current, and a sealed child."""
    child_in_care(attendance, ALWAYS, current=False)
    child_in_care(attendance, ALWAYS, pupil_id="P2", sealed=True)
    attendance.apply(file(week()))

    assert attendance.rows(COVERAGE) == []


def test_a_child_out_of_care_that_year_is_not_asked_about(attendance: ConsumerDatabase) -> None:
    """The period ended before 1 August."""
    child_in_care(attendance, (date(2020, 1, 1), date(YEAR, 7, 31)))
    attendance.apply(file(week()))

    assert attendance.rows(COVERAGE) == []
