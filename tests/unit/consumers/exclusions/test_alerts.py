"""Which alerts are raised: each once, again when the child becomes known, superseded when they no longer hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from consumers.exclusions.calendar import CalendarRow, days_of_year, school_days
from consumers.exclusions.statements import FiledRow, Filing
from consumers.exclusions.telling import Alert
from schemas.events import LookedAfterPeriod, PupilIdentity
from tests.support.casework import Casework
from tests.support.suspensions import (
    ID_KEY,
    MONDAY,
    OTHER_SCHOOL,
    OTHER_UPN,
    RECEIVED,
    SCHOOL,
    filed_row,
    filing,
    identity,
)

FRIDAY = MONDAY + timedelta(days=4)
NEXT_MONDAY = MONDAY + timedelta(days=7)
NEXT_FRIDAY = MONDAY + timedelta(days=11)
IN_CARE = (LookedAfterPeriod(date(2020, 1, 1)),)


def week(number: int, *rows: FiledRow, **fields: Any) -> Filing:
    """The file of a school in a week, everything that it holds."""
    received_on = RECEIVED + timedelta(days=7 * (number - 1))
    return filing(*rows, **{"delivery_seq": number, "received_on": received_on, "completeness": "full"} | fields)


def kinds(alerts: list[Alert]) -> list[str]:
    """What alerts tell, sorted."""
    return sorted(one.kind for one in alerts)


def only(alerts: list[Alert], kind: str) -> Alert:
    """The one alert of a kind."""
    (alert,) = [one for one in alerts if one.kind == kind]
    return alert


# Once each


def test_suspension_is_told_once() -> None:
    """A suspension gives one alert, and none again when the file repeats it."""
    casework = Casework()
    raised = casework.file(week(1, filed_row()))

    assert kinds(raised) == ["SUSPENSION_STARTED"]
    assert casework.file(week(2, filed_row())) == []


def test_content_of_an_alert() -> None:
    """An alert carries what a team needs to act, and neither name nor UPN."""
    casework = Casework()
    (event,) = [one.event for one in casework.file(week(1, filed_row(end_date=FRIDAY, sessions=9)))]

    assert (event.version, event.supersedes, event.due_date, event.data_as_of) == (1, (), MONDAY, RECEIVED)
    assert (event.pupil_id, event.dfe_no, event.type) == (None, SCHOOL, "SUSP")
    assert (event.start_date, event.end_date, event.day_six_date) == (MONDAY, FRIDAY, None)
    assert (event.chain_school_days, event.term_days, event.year_days) == (5.0, 4.5, 4.5)
    assert (event.looked_after, event.historic, event.delivery_seq, event.row) == (False, False, 1, 1)


def test_permanent_exclusion() -> None:
    """A permanent exclusion is told as such, due on day six, and its day six is told."""
    raised = Casework().file(week(1, filed_row(type="PERM")))

    assert kinds(raised) == ["DAY_SIX_DUE", "PERMANENT_EXCLUSION"]
    assert {one.event.due_date for one in raised} == {NEXT_MONDAY}


def test_lunchtime_is_not_told() -> None:
    """A lunchtime gives no alert of its own."""
    assert Casework().file(week(1, filed_row(type="LNCH"))) == []


def test_day_six_shows_the_last_row_of_the_chain() -> None:
    """A chain that reaches day six as planned is told once, as its last row."""
    casework = Casework()
    casework.file(week(1, filed_row(end_date=FRIDAY)))
    raised = casework.file(week(2, filed_row(end_date=FRIDAY), filed_row(start_date=NEXT_MONDAY, end_date=NEXT_FRIDAY)))

    assert kinds(raised) == ["DAY_SIX_DUE", "SUSPENSION_STARTED"]
    assert only(raised, "DAY_SIX_DUE").event.start_date == NEXT_MONDAY


def test_same_files_again_tell_nothing() -> None:
    """An older file that is applied once more changes nothing and tells nothing."""
    casework = Casework()
    first = week(1, filed_row(type="PERM"))
    casework.file(first)

    assert casework.file(first) == []


def test_alert_ids_are_those_of_the_facts() -> None:
    """The same fact has the same id wherever it is told, and every alert has its own."""
    one, other = Casework(), Casework()
    told = [casework.file(week(1, filed_row(type="PERM"))) for casework in (one, other)]

    assert [alert.alert_id for alert in told[0]] == [alert.alert_id for alert in told[1]]
    assert len({alert.alert_id for alert in told[0]}) == 2


@pytest.mark.parametrize(("age", "historic"), [(14, False), (15, True)])
def test_historic(age: int, *, historic: bool) -> None:
    """What had ended more than 14 days before its file came is marked."""
    received_on = FRIDAY + timedelta(days=age)
    (alert,) = Casework().file(week(1, filed_row(end_date=FRIDAY), received_on=received_on))

    assert alert.event.historic == historic


def test_permanent_exclusion_is_never_historic() -> None:
    """A permanent exclusion goes on, however late it is told."""
    raised = Casework().file(week(1, filed_row(type="PERM"), received_on=date(2027, 7, 1)))

    assert {one.event.historic for one in raised} == {False}


# Whose child


def test_child_becomes_known() -> None:
    """When the child is matched every current alert is told again with the next version."""
    casework = Casework()
    first = casework.file(week(1, filed_row(end_date=NEXT_FRIDAY)))
    again = casework.identify(identity())

    assert kinds(again) == kinds(first)
    assert {(one.event.version, one.event.pupil_id) for one in again} == {(2, "P1")}
    assert {one.event.supersedes for one in again} == {(one.alert_id,) for one in first}
    assert kinds(casework.current()) == kinds(first)


@pytest.mark.parametrize(
    "known",
    [
        identity(),
        identity(looked_after=IN_CARE),
        identity(social_worker=True),
        identity(pupil_id=None, outcome="possible"),
    ],
)
def test_current_alerts_do_not_depend_on_when_the_child_was_known(known: PupilIdentity) -> None:
    """Identity before or after the row: the current alerts are the same, but for id, version and time."""
    row = filed_row(end_date=NEXT_FRIDAY, sessions=20)
    before, after, between = Casework(), Casework(), Casework()
    before.identify(known)
    before.file(week(1, row))
    before.file(week(2, row, filed_row(start_date=date(2026, 10, 5), end_date=date(2026, 10, 5))))
    after.file(week(1, row))
    after.file(week(2, row, filed_row(start_date=date(2026, 10, 5), end_date=date(2026, 10, 5))))
    after.identify(known)
    between.file(week(1, row))
    between.identify(known)
    between.file(week(2, row, filed_row(start_date=date(2026, 10, 5), end_date=date(2026, 10, 5))))

    assert standing(before) == standing(after) == standing(between)


def standing(casework: Casework) -> list[tuple[object, ...]]:
    """The current alerts without id, version and time."""
    events = (one.event for one in casework.current())
    return sorted(
        (e.kind, e.dfe_no, e.start_date, e.due_date, e.end_date, e.pupil_id, e.looked_after, e.term_days, e.data_as_of)
        for e in events
    )


def test_child_comes_into_care() -> None:
    """A child found to be in care is told of as such, and everything current is told again."""
    casework = Casework()
    casework.identify(identity())
    casework.file(week(1, filed_row()))
    raised = casework.identify(identity(looked_after=IN_CARE))

    assert kinds(raised) == ["LOOKED_AFTER_SUSPENDED", "SUSPENSION_STARTED"]
    assert {one.event.looked_after for one in raised} == {True}


def test_child_was_not_in_care() -> None:
    """If the child was not in care after all, that alert is superseded by a change and told no more."""
    casework = Casework()
    casework.identify(identity(looked_after=IN_CARE))
    told = only(casework.file(week(1, filed_row())), "LOOKED_AFTER_SUSPENDED")
    raised = casework.identify(identity())

    assert kinds(raised) == ["SUSPENSION_CHANGED", "SUSPENSION_STARTED"]
    assert told.alert_id in only(raised, "SUSPENSION_CHANGED").event.supersedes
    assert kinds(casework.current()) == ["SUSPENSION_CHANGED", "SUSPENSION_STARTED"]


def test_social_worker_alone_is_told() -> None:
    """A child with a social worker is told of like one in care, but not shown as looked after."""
    casework = Casework()
    casework.identify(identity(social_worker=True))
    raised = casework.file(week(1, filed_row()))

    assert not only(raised, "LOOKED_AFTER_SUSPENDED").event.looked_after


def test_other_children_are_left_alone() -> None:
    """Who one child is says nothing about another."""
    casework = Casework()
    casework.file(week(1, filed_row(), filed_row(upn=OTHER_UPN, id_key="id:f")))

    assert len(casework.identify(identity())) == 1


def test_children_that_become_one() -> None:
    """Limits and chains told of two children that are one are all superseded by one alert."""
    casework = Casework()
    casework.file(week(1, filed_row(end_date=NEXT_FRIDAY, sessions=20)))
    casework.file(week(1, filed_row(upn=OTHER_UPN, end_date=NEXT_FRIDAY, sessions=20), dfe_no=OTHER_SCHOOL))
    told = casework.current("TERM_OVER_5_DAYS")
    casework.identify(identity(), identity(dfe_no=OTHER_SCHOOL, pupil_key=OTHER_UPN))
    (limit,) = casework.current("TERM_OVER_5_DAYS")

    assert len(told) == 2
    assert set(limit.event.supersedes) == {one.alert_id for one in told}
    assert kinds(casework.current("TERM_OVER_15_DAYS")) == ["TERM_OVER_15_DAYS"]


def test_key_that_changes_tells_nothing() -> None:
    """A UPN that comes later is the same suspension: no second alert."""
    casework = Casework()
    casework.file(week(1, filed_row(upn=None)))

    assert casework.file(week(2, filed_row())) == []


def test_keys_that_become_one() -> None:
    """Two rows that turn out to be one suspension leave one alert, which supersedes both."""
    casework = Casework()
    told = casework.file(week(1, filed_row(), filed_row(upn=None, id_key=ID_KEY)))
    (alert,) = casework.file(week(2, filed_row()))

    assert set(alert.event.supersedes) == {one.alert_id for one in told}
    assert len(casework.current()) == 1


# Changes


@pytest.mark.parametrize(
    ("row", "changed"),
    [
        (filed_row(end_date=FRIDAY), True),
        (filed_row(sessions=3), True),
        (filed_row(start_date=MONDAY + timedelta(days=1)), True),
        (filed_row(reasons=("PP",)), False),
        (filed_row(nc_year="10"), False),
    ],
)
def test_what_is_told_as_a_change(row: FiledRow, *, changed: bool) -> None:
    """Start, end and sessions are told when they change, reasons and year group are not."""
    casework = Casework()
    casework.file(week(1, filed_row()))

    assert kinds(casework.file(week(2, row))) == (["SUSPENSION_CHANGED"] if changed else [])


def test_change_supersedes_the_earlier_one() -> None:
    """Only the latest change of a row is current, and the start stays told."""
    casework = Casework()
    casework.file(week(1, filed_row()))
    (first,) = casework.file(week(2, filed_row(sessions=3)))
    (second,) = casework.file(week(3, filed_row()))

    assert second.event.supersedes == (first.alert_id,)
    assert second.event.version == 2
    assert kinds(casework.current()) == ["SUSPENSION_CHANGED", "SUSPENSION_STARTED"]


def test_suspension_becomes_permanent() -> None:
    """A type that becomes permanent is told as a change, as a permanent exclusion and by its day six."""
    casework = Casework()
    casework.file(week(1, filed_row()))
    raised = casework.file(week(2, filed_row(type="PERM")))

    assert kinds(raised) == ["DAY_SIX_DUE", "PERMANENT_EXCLUSION", "SUSPENSION_CHANGED"]
    assert "SUSPENSION_STARTED" in kinds(casework.current())


def test_cancellation() -> None:
    """A cancelled suspension leaves one current alert, which says that it changed."""
    casework = Casework()
    casework.identify(identity(looked_after=IN_CARE))
    row = filed_row(end_date=NEXT_FRIDAY, sessions=12)
    told = casework.file(week(1, row))
    (change,) = casework.file(week(2, replace(row, cancelled=True), received_on=NEXT_MONDAY))

    assert kinds(told) == ["DAY_SIX_DUE", "LOOKED_AFTER_SUSPENDED", "SUSPENSION_STARTED", "TERM_OVER_5_DAYS"]
    assert set(change.event.supersedes) == {one.alert_id for one in told}
    assert kinds(casework.current()) == ["SUSPENSION_CHANGED"]


def test_days_before_a_cancellation_keep_a_limit() -> None:
    """A cancelled suspension of which more than five days were served has still passed the limit."""
    casework = Casework()
    row = filed_row(end_date=NEXT_FRIDAY, sessions=20)
    casework.file(week(1, row))
    casework.file(week(2, replace(row, cancelled=True)))

    assert kinds(casework.current()) == ["SUSPENSION_CHANGED", "TERM_OVER_5_DAYS"]


def test_cancellation_taken_back() -> None:
    """A suspension that is no longer cancelled has started again, with the next version."""
    casework = Casework()
    casework.file(week(1, filed_row()))
    casework.file(week(2, filed_row(cancelled=True)))
    raised = casework.file(week(3, filed_row()))

    assert kinds(raised) == ["SUSPENSION_CHANGED", "SUSPENSION_STARTED"]
    assert only(raised, "SUSPENSION_STARTED").event.version == 2


def test_row_that_vanishes_and_returns() -> None:
    """A vanished row is told, and its return supersedes that."""
    casework = Casework()
    casework.file(week(1, filed_row()))
    (gone,) = casework.file(week(2))
    quiet = casework.file(week(3))
    (back,) = casework.file(week(4, filed_row()))

    assert (gone.kind, gone.event.data_as_of, gone.raised_from_seq) == (
        "NO_LONGER_REPORTED",
        RECEIVED + timedelta(days=7),
        2,
    )
    assert quiet == []
    assert (back.kind, back.event.supersedes) == ("SUSPENSION_CHANGED", (gone.alert_id,))


def test_vanished_lunchtime_is_not_told() -> None:
    """Lunchtimes raise limits only."""
    casework = Casework()
    casework.file(week(1, filed_row(type="LNCH")))

    assert casework.file(week(2)) == []


# Day six


def test_day_six_that_moves() -> None:
    """A calendar that moves day six raises a new alert that supersedes the old one, and no other."""
    casework = Casework()
    told = casework.file(week(1, filed_row(end_date=NEXT_FRIDAY)))
    (moved,) = casework.redate(without(date(2026, 9, 16)))

    assert (moved.kind, moved.event.due_date) == ("DAY_SIX_DUE", NEXT_MONDAY + timedelta(days=1))
    assert moved.event.supersedes == (only(told, "DAY_SIX_DUE").alert_id,)
    assert moved.event.version == 2


def test_day_six_that_no_longer_comes() -> None:
    """A chain that no longer reaches day six is told as a change that supersedes the date."""
    casework = Casework()
    told = casework.file(week(1, filed_row(end_date=NEXT_MONDAY)))
    (change,) = casework.redate(without(date(2026, 9, 16)))

    assert change.kind == "SUSPENSION_CHANGED"
    assert change.event.supersedes == (only(told, "DAY_SIX_DUE").alert_id,)


def test_calendar_that_changes_nothing_tells_nothing() -> None:
    """A day off elsewhere in the year is not told."""
    casework = Casework()
    casework.file(week(1, filed_row(end_date=NEXT_FRIDAY)))

    assert casework.redate(without(date(2026, 10, 16))) == []


def test_shortened_suspension_supersedes_by_its_own_change() -> None:
    """Where the school itself shortens the suspension one change tells both."""
    casework = Casework()
    told = casework.file(week(1, filed_row(end_date=NEXT_FRIDAY, sessions=4)))
    (change,) = casework.file(week(2, filed_row(end_date=FRIDAY, sessions=4)))

    assert change.event.supersedes == (only(told, "DAY_SIX_DUE").alert_id,)


def without(day: date) -> Any:
    """Every weekday of term but one."""
    off = CalendarRow("", day, day, "INSET")
    return school_days(2024, county={2026: days_of_year(2026, county=[off])}, own={})


# Limits


def test_limits_of_a_term() -> None:
    """More than 5 and more than 15 days in a term are told once each, as the row that passed them."""
    casework = Casework()
    rows = [
        filed_row(start_date=date(2026, 9, 14), end_date=date(2026, 9, 14), sessions=10),
        filed_row(start_date=date(2026, 9, 28), end_date=date(2026, 9, 28), sessions=1),
        filed_row(start_date=date(2026, 10, 12), end_date=date(2026, 10, 12), sessions=20),
    ]
    raised = casework.file(week(1, *rows))

    assert only(raised, "TERM_OVER_5_DAYS").event.start_date == date(2026, 9, 28)
    assert only(raised, "TERM_OVER_5_DAYS").event.term_days == 5.5
    assert only(raised, "TERM_OVER_15_DAYS").event.start_date == date(2026, 10, 12)
    assert only(raised, "TERM_OVER_15_DAYS").event.due_date is None


@pytest.mark.parametrize(
    ("sessions", "kind"),
    [(79, None), (80, "YEAR_NEAR_45_DAYS"), (90, "YEAR_NEAR_45_DAYS"), (91, "YEAR_OVER_45_DAYS")],
)
def test_limits_of_a_year(sessions: int, kind: str | None) -> None:
    """From 40 to 45 days the year is near its limit, above 45 it is over."""
    raised = Casework().file(week(1, filed_row(sessions=sessions)))

    assert [one.kind for one in raised if one.kind.startswith("YEAR")] == ([kind] if kind else [])


def test_over_supersedes_near() -> None:
    """A year that is over its limit is near it no more; and the other way round that is a change."""
    casework = Casework()
    near = only(casework.file(week(1, filed_row(sessions=90))), "YEAR_NEAR_45_DAYS")
    over = only(casework.file(week(2, filed_row(sessions=92))), "YEAR_OVER_45_DAYS")
    back = casework.file(week(3, filed_row(sessions=90)))

    assert over.event.supersedes == (near.alert_id,)
    assert over.alert_id in only(back, "SUSPENSION_CHANGED").event.supersedes
    assert only(back, "YEAR_NEAR_45_DAYS").event.version == 2


def test_lunchtimes_reach_a_limit() -> None:
    """Lunchtimes alone can pass the five days of a term."""
    raised = Casework().file(week(1, filed_row(type="LNCH", end_date=date(2026, 10, 2), sessions=None)))

    assert kinds(raised) == ["TERM_OVER_5_DAYS"]
