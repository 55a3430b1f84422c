"""Alerts over whole histories of files, identities and calendars: what stands holds, and nothing is told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.exclusions.calendar import CalendarRow, days_of_year, school_days
from consumers.exclusions.facts import facts
from consumers.exclusions.statements import FiledRow
from consumers.exclusions.telling import Alert
from schemas.events import LookedAfterPeriod
from tests.support.casework import WEEKDAYS, Casework
from tests.support.suspensions import (
    ID_KEY,
    MONDAY,
    OTHER_SCHOOL,
    OTHER_UPN,
    RECEIVED,
    SCHOOL,
    UPN,
    filed_row,
    filing,
    identity,
)

Step = Callable[[Casework], list[Alert]]
HOLIDAY = CalendarRow("", MONDAY + timedelta(days=2), MONDAY + timedelta(days=9), "HOLIDAY")
WITH_HOLIDAY = school_days(2024, county={2026: days_of_year(2026, county=[HOLIDAY])}, own={})


@st.composite
def rows(draw: st.DrawFn) -> FiledRow:
    """A row of one of two children, one of whom may come without UPN; start and length vary, as does the rest."""
    upn = draw(st.sampled_from([UPN, OTHER_UPN, None]))
    start = MONDAY + timedelta(days=draw(st.integers(0, 16)))
    length = draw(st.sampled_from([0, 1, 4, 11, 30, 90]))
    return filed_row(
        upn=upn,
        id_key="id:f" if upn == OTHER_UPN else ID_KEY,
        start_date=start,
        end_date=draw(st.sampled_from([None, start + timedelta(days=length)])),
        sessions=draw(st.sampled_from([None, 2, 12, 60])),
        type=draw(st.sampled_from(["SUSP", "SUSP", "SUSP", "PERM", "LNCH"])),
        cancelled=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def files(draw: st.DrawFn) -> Step:
    """One more delivery of one of two schools."""
    told = draw(st.lists(rows(), max_size=4))
    dfe_no = draw(st.sampled_from([SCHOOL, SCHOOL, OTHER_SCHOOL]))
    completeness = draw(st.sampled_from(["reach_back", "full", "latest"]))

    def step(casework: Casework) -> list[Alert]:
        seq = casework.filed.get(dfe_no, 0) + 1
        received_on = RECEIVED + timedelta(days=7 * seq)
        return casework.file(
            filing(*told, dfe_no=dfe_no, completeness=completeness, delivery_seq=seq, received_on=received_on)
        )

    return step


@st.composite
def matches(draw: st.DrawFn) -> Step:
    """Matching says who one pupil is."""
    known = identity(
        dfe_no=draw(st.sampled_from([SCHOOL, OTHER_SCHOOL])),
        pupil_key=draw(st.sampled_from([UPN, OTHER_UPN, ID_KEY])),
        pupil_id=draw(st.sampled_from([None, "P1", "P2"])),
        social_worker=draw(st.booleans()),
        looked_after=draw(st.sampled_from([(), (LookedAfterPeriod(date(2026, 9, 16)),)])),
    )
    return lambda casework: casework.identify(known)


def redated() -> st.SearchStrategy[Step]:
    """The holiday comes into the calendar, or goes."""
    return st.sampled_from([WEEKDAYS, WITH_HOLIDAY]).map(lambda calendar: lambda casework: casework.redate(calendar))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(files(), files(), matches(), redated()), max_size=8))
def test_what_stands_is_what_holds(steps: list[Step]) -> None:
    """After every step each fact has one current alert of its child, and no other alert stands but changes."""
    casework = Casework()
    for step in steps:
        step(casework)

        started = {one.shown for one in casework.current("SUSPENSION_STARTED")}
        holding = facts(casework.cases.values(), started=started)
        standing = [one for one in casework.current() if one.kind != "SUSPENSION_CHANGED"]
        assert Counter((one.kind, one.period, one.case.bearing.child) for one in holding) == Counter(
            (one.kind, one.period, casework.cases[one.shown].bearing.child) for one in standing
        )
        assert {(one.event.pupil_id, one.event.looked_after) for one in casework.current()} <= {
            (case.bearing.pupil_id, case.bearing.looked_after) for case in casework.cases.values()
        }


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(files(), files(), matches(), redated()), max_size=8))
def test_nothing_is_told_twice(steps: list[Step]) -> None:
    """Every alert has an id of its own and supersedes only what stood; the same step once more tells nothing."""
    casework = Casework()
    for step in steps:
        standing = {one.alert_id for one in casework.current()}
        raised = step(casework)
        superseded = [alert_id for one in raised for alert_id in one.event.supersedes]

        assert set(superseded) <= standing
        assert len(superseded) == len(set(superseded))
        assert len(casework.told) == len({one.alert_id for one in casework.told})
        assert casework.redate(casework.calendar) == []
