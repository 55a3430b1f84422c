"""Chains, day six, totals and whose a suspension is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from consumers.exclusions.cases import Case
from schemas.events import LookedAfterPeriod
from tests.support.casework import Casework
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

FRIDAY = MONDAY + timedelta(days=4)
NEXT_MONDAY = MONDAY + timedelta(days=7)
NEXT_FRIDAY = MONDAY + timedelta(days=11)
TEMPORARY = "H83099962400A"


def cases(casework: Casework) -> list[Case]:
    """The cases in order of school, pupil, start and type."""
    return sorted(casework.cases.values(), key=lambda case: (case.suspension.dfe_no, case.suspension.key))


def only(**fields: object) -> Case:
    """The case of one suspension."""
    casework = Casework()
    casework.file(filing(filed_row(**fields)))
    return cases(casework)[0]


# Length


@pytest.mark.parametrize(
    ("fields", "end", "days"),
    [
        ({"end_date": FRIDAY, "sessions": 10}, FRIDAY, 5.0),
        ({"end_date": NEXT_MONDAY, "sessions": None}, NEXT_MONDAY, 6.0),
        ({"end_date": None, "sessions": 9}, FRIDAY, 5.0),
        ({"end_date": None, "sessions": 12}, NEXT_MONDAY, 6.0),
        ({"end_date": None, "sessions": None}, None, None),
        ({"type": "LNCH", "end_date": FRIDAY}, FRIDAY, 2.5),
        ({"type": "LNCH", "end_date": None, "sessions": 5}, FRIDAY, 2.5),
        ({"type": "PERM", "end_date": FRIDAY, "sessions": 10}, None, None),
    ],
)
def test_end_and_school_days(fields: dict[str, object], end: date | None, days: float | None) -> None:
    """A blank end is worked out from the sessions; lunchtimes are half days; a permanent exclusion has neither."""
    case = only(**fields)

    assert (case.end_date, case.school_days) == (end, days)


@pytest.mark.parametrize("start", [date(1, 1, 1), date(1899, 5, 1), date(2206, 9, 15), date(9999, 12, 31)])
@pytest.mark.parametrize("kind", ["SUSP", "PERM", "LNCH"])
def test_mistyped_years(start: date, kind: str) -> None:
    """A row whose year was mistyped is kept like any other, and does no harm to those around it."""
    casework = Casework()
    casework.file(filing(filed_row(), filed_row(start_date=start, end_date=start, type=kind, cancelled=False)))
    casework.file(filing(filed_row(start_date=start, end_date=None, sessions=None, type=kind), delivery_seq=2))

    assert len(casework.cases) == 2


# Chains


def test_chain_over_a_weekend() -> None:
    """Suspensions with no school day between them count together: the sixth day is that of the chain."""
    casework = Casework()
    casework.file(filing(filed_row(end_date=FRIDAY), filed_row(start_date=NEXT_MONDAY, end_date=NEXT_MONDAY)))
    first, second = cases(casework)

    assert first.chain_id == second.chain_id
    assert (first.chain_school_days, first.day_six_date) == (6.0, NEXT_MONDAY)
    assert (second.chain_school_days, second.day_six_date) == (6.0, NEXT_MONDAY)


def test_school_day_between_breaks_the_chain() -> None:
    """One school day at school begins the count anew."""
    casework = Casework()
    casework.file(filing(filed_row(end_date=FRIDAY), filed_row(start_date=NEXT_MONDAY + timedelta(days=1))))
    first, second = cases(casework)

    assert first.chain_id != second.chain_id
    assert (first.day_six_date, second.day_six_date) == (None, None)


@pytest.mark.parametrize("fields", [{"type": "LNCH"}, {"cancelled": True}])
def test_no_chain(fields: dict[str, object]) -> None:
    """Lunchtimes and cancelled rows belong to no chain, however long they are."""
    case = only(end_date=NEXT_FRIDAY, **fields)

    assert (case.chain_id, case.chain_school_days, case.day_six_date) == (None, None, None)


@pytest.mark.parametrize("fields", [{"type": "PERM"}, {"end_date": None, "sessions": None}])
def test_open_chain_reaches_day_six(fields: dict[str, object]) -> None:
    """A permanent exclusion, or a suspension of which nobody knows the end, always reaches day six."""
    case = only(**fields)

    assert (case.chain_school_days, case.day_six_date) == (None, NEXT_MONDAY)


def test_open_chain_takes_no_later_row() -> None:
    """After a permanent exclusion a new chain begins."""
    casework = Casework()
    casework.file(filing(filed_row(type="PERM"), filed_row(start_date=FRIDAY, end_date=FRIDAY)))
    permanent, later = cases(casework)

    assert permanent.chain_id != later.chain_id
    assert later.day_six_date is None


def test_permanent_exclusion_joins_the_suspension_before_it() -> None:
    """A permanent exclusion that follows straight after a suspension is in its chain, whose first day counts."""
    casework = Casework()
    casework.file(filing(filed_row(end_date=FRIDAY), filed_row(type="PERM", start_date=NEXT_MONDAY)))

    assert {case.day_six_date for case in casework.cases.values()} == {NEXT_MONDAY}


@pytest.mark.parametrize(
    ("sessions", "end", "if_half_day"),
    [
        (19, NEXT_FRIDAY, NEXT_MONDAY + timedelta(days=1)),
        (20, NEXT_FRIDAY, None),
        (11, NEXT_MONDAY, None),
    ],
)
def test_day_six_if_the_first_day_was_half(sessions: int, end: date, if_half_day: date | None) -> None:
    """One session less than the days hold shows the day after day six too, if the chain still covers it."""
    case = only(sessions=sessions, end_date=end)

    assert (case.day_six_date, case.day_six_if_half_day) == (NEXT_MONDAY, if_half_day)


def test_chains_are_of_one_school() -> None:
    """Suspensions of a child at two schools are two chains."""
    casework = Casework()
    casework.file(filing(filed_row(end_date=FRIDAY)))
    casework.file(filing(filed_row(start_date=NEXT_MONDAY, end_date=NEXT_MONDAY), dfe_no=OTHER_SCHOOL))

    assert {case.day_six_date for case in casework.cases.values()} == {None}


def test_two_keys_of_one_child_are_one_chain() -> None:
    """Rows under two keys of a school are one chain as soon as matching knows them as one child."""
    casework = Casework()
    casework.file(
        filing(
            filed_row(upn=None, end_date=FRIDAY),
            filed_row(id_key="id:f", start_date=NEXT_MONDAY, end_date=NEXT_MONDAY),
        )
    )
    casework.identify(identity(), identity(pupil_key=ID_KEY))

    assert {case.day_six_date for case in casework.cases.values()} == {NEXT_MONDAY}


# Totals


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({"sessions": 3, "end_date": FRIDAY}, 1.5),
        ({"sessions": None, "end_date": FRIDAY}, 5.0),
        ({"sessions": None, "end_date": None}, 1.0),
        ({"type": "LNCH", "end_date": FRIDAY, "sessions": 9}, 2.5),
        ({"type": "LNCH", "end_date": FRIDAY, "sessions": None}, 2.5),
        ({"type": "LNCH", "end_date": None, "sessions": 3}, 1.5),
        ({"type": "LNCH", "end_date": None, "sessions": None}, 1.0),
        ({"type": "PERM"}, 0.0),
        ({"cancelled": True, "end_date": NEXT_FRIDAY, "sessions": 20}, 4.0),
        ({"cancelled": True, "end_date": FRIDAY, "sessions": 4}, 2.0),
        ({"cancelled": True, "start_date": NEXT_MONDAY, "end_date": NEXT_FRIDAY}, 0.0),
        ({"cancelled": True, "type": "PERM"}, 0.0),
        ({"cancelled": True, "type": "LNCH", "end_date": NEXT_FRIDAY, "sessions": None}, 2.0),
    ],
)
def test_what_a_row_counts(fields: dict[str, object], days: float) -> None:
    """Half the sessions, half a day a lunchtime, nothing for a permanent one, the days served of a cancelled one."""
    case = only(**fields)

    assert (case.days_this_term, case.days_this_year) == (days, days)


def test_totals_run_over_schools() -> None:
    """Days are added up for the child over all schools, in order of start, school and type."""
    casework = Casework()
    casework.file(filing(filed_row(sessions=4), filed_row(type="LNCH", end_date=MONDAY)))
    casework.file(filing(filed_row(sessions=6, start_date=MONDAY - timedelta(days=7)), dfe_no=OTHER_SCHOOL))
    shown = {(case.suspension.dfe_no, case.kind): case.days_this_year for case in casework.cases.values()}

    assert shown == {(OTHER_SCHOOL, "SUSP"): 3.0, (SCHOOL, "LNCH"): 3.5, (SCHOOL, "SUSP"): 5.5}


def test_terms_and_years_begin_anew() -> None:
    """Each row counts whole in the term and the year in which it starts."""
    starts = [date(2026, 12, 31), date(2027, 1, 1), date(2027, 3, 28), date(2027, 3, 29), date(2027, 8, 1)]
    casework = Casework()
    casework.file(filing(*(filed_row(start_date=start, end_date=start, sessions=2) for start in starts)))

    assert [(case.days_this_term, case.days_this_year) for case in cases(casework)] == [
        (1.0, 1.0),
        (1.0, 2.0),
        (2.0, 3.0),
        (1.0, 4.0),
        (1.0, 1.0),
    ]


def test_missing_row_keeps_everything() -> None:
    """A row that is no longer reported keeps its chain, its day six and its totals."""
    casework = Casework()
    casework.file(filing(filed_row(end_date=NEXT_FRIDAY, sessions=20)))
    (before,) = cases(casework)
    casework.file(filing(completeness="full", delivery_seq=2))
    (after,) = cases(casework)

    assert after.is_unreported
    assert (before.chain_id, before.day_six_date, before.days_this_year) == (
        after.chain_id,
        after.day_six_date,
        after.days_this_year,
    )


# Whose


@pytest.mark.parametrize(
    ("fields", "together"),
    [
        ({}, True),
        ({"upn": TEMPORARY}, False),
        ({"upn": None}, False),
    ],
)
def test_unmatched_child_at_two_schools(fields: dict[str, object], *, together: bool) -> None:
    """Unmatched rows are one child's by a permanent UPN; a temporary one, or none, holds at its own school only."""
    casework = Casework()
    casework.file(filing(filed_row(**fields)))
    casework.file(filing(filed_row(**fields), dfe_no=OTHER_SCHOOL))

    assert len({case.bearing.child for case in casework.cases.values()}) == (1 if together else 2)


def test_matched_child_at_two_schools() -> None:
    """A child matched with certainty is one child whatever its keys."""
    casework = Casework()
    casework.file(filing(filed_row(upn=TEMPORARY)))
    casework.file(filing(filed_row(upn=OTHER_UPN), dfe_no=OTHER_SCHOOL))
    casework.identify(identity(pupil_key=TEMPORARY), identity(dfe_no=OTHER_SCHOOL, pupil_key=OTHER_UPN))

    assert {(case.bearing.child, case.bearing.pupil_id) for case in casework.cases.values()} == {("pupil/P1", "P1")}


@pytest.mark.parametrize(
    ("first", "last", "in_care"),
    [
        (MONDAY, MONDAY, True),
        (MONDAY - timedelta(days=9), None, True),
        (MONDAY + timedelta(days=1), None, False),
        (date(2020, 1, 1), MONDAY - timedelta(days=1), False),
    ],
)
def test_looked_after_on_the_start_date(first: date, last: date | None, *, in_care: bool) -> None:
    """The child counts as looked after if a period covers the start date, both ends included."""
    casework = Casework()
    casework.file(filing(filed_row()))
    casework.identify(identity(looked_after=(LookedAfterPeriod(first, last),)))

    assert cases(casework)[0].bearing.looked_after == in_care


def test_key_of_a_child_is_of_its_school() -> None:
    """The received day is no part of who a child is."""
    casework = Casework()
    casework.file(filing(filed_row(upn=None), received_on=RECEIVED + timedelta(days=1)))

    assert cases(casework)[0].bearing.child == f"key/{SCHOOL}/{ID_KEY}"


def test_upn_is_the_child_until_it_is_matched() -> None:
    """An unmatched child has no council id and is not known to be in care."""
    bearing = only().bearing

    assert (bearing.child, bearing.pupil_id, bearing.looked_after) == (f"upn/{UPN}", None, False)
