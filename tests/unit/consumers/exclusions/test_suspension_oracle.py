"""Every column that follows from suspensions, against an oracle that counts days one by one, over random histories."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.exclusions.calendar import SchoolDays
from consumers.exclusions.cases import Case
from consumers.exclusions.statements import FiledRow
from consumers.exclusions.versions import fold
from tests.support.casework import Casework
from tests.support.suspension_oracle import Findings, Row, findings
from tests.support.suspensions import OTHER_SCHOOL, RECEIVED, SCHOOL, filed_row, filing

FIRST = date(2026, 9, 1)
DAY = timedelta(days=1)
WEEKDAYS = [day for day in (FIRST + n * DAY for n in range(700)) if day.weekday() < 5]
TOUCHED = [FIRST + n * DAY for n in range(75)]

Calendar = list[date]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Weekdays with gaps, among them whole weeks."""
    off = draw(st.sets(st.sampled_from(WEEKDAYS[:80]), max_size=25))
    week = draw(st.sampled_from(WEEKDAYS[:60]))
    return [day for day in WEEKDAYS if day not in off and not week <= day < week + 7 * DAY]


@st.composite
def told(draw: st.DrawFn, *, rows: int = 7) -> list[FiledRow]:
    """What a school says of one child: rows that overlap, touch, or stand days apart; blanks and cancellations."""
    start, made = FIRST + draw(st.integers(0, 20)) * DAY, []
    for _ in range(draw(st.integers(1, rows))):
        row = draw(_row(start))
        made.append(row)
        gap = draw(st.sampled_from([1, 1, 2, 3, 3, 4, 6, 12, -2])) * DAY
        start = max(start + DAY, (row.end_date or start) + gap)
    return made


@st.composite
def _row(draw: st.DrawFn, start: date) -> FiledRow:
    length = draw(st.sampled_from([None, 0, 1, 2, 3, 4, 4, 6, 11, 14]))
    return filed_row(
        start_date=start,
        end_date=None if length is None else start + length * DAY,
        sessions=draw(st.sampled_from([None, 1, 2, 3, 9, 11, 12, 13])),
        type=draw(st.sampled_from(["SUSP"] * 10 + ["LNCH", "PERM"])),
        cancelled=draw(st.sampled_from([False] * 6 + [True])),
    )


def as_oracle(row: FiledRow, dfe_no: str = SCHOOL) -> Row:
    """The same row for the oracle; cancelled from its first file on."""
    uid = f"{dfe_no}/{row.start_date}/{row.type}"
    cancelled_on = RECEIVED if row.cancelled else None
    return Row(uid, dfe_no, row.type, row.start_date, row.end_date, row.sessions, row.cancelled, cancelled_on)


def of_case(case: Case, cases: dict[str, Case]) -> tuple[str, Findings]:
    """A case in the oracle's words."""
    chain = sorted(
        (one for one in cases.values() if one.chain_id == case.chain_id is not None),
        key=lambda one: (one.suspension.key.start_date, one.end_date or date.max, one.kind),
    )
    return _uid(case), Findings(
        last_day=case.end_date,
        school_days=case.school_days,
        chain=tuple(map(_uid, chain)),
        chain_school_days=case.chain_school_days,
        day_six=case.day_six_date,
        if_half_day=case.day_six_if_half_day,
        term_days=case.days_this_term,
        year_days=case.days_this_year,
    )


def _uid(case: Case) -> str:
    return f"{case.suspension.dfe_no}/{case.suspension.key.start_date}/{case.kind}"


def found(casework: Casework) -> dict[str, Findings]:
    """What the consumer makes of it."""
    return dict(of_case(case, casework.cases) for case in casework.cases.values())


def expected(rows: list[FiledRow], calendar: Calendar) -> dict[str, Findings]:
    """What the oracle makes of it."""
    days = frozenset(calendar)
    return findings([as_oracle(row) for row in rows], {SCHOOL: days, OTHER_SCHOOL: days})


def after(calendar: Calendar, *files: list[FiledRow]) -> Casework:
    """The cases after a school's files, all received on one day."""
    casework = Casework(calendar=SchoolDays(calendar))
    for seq, rows in enumerate(files, start=1):
        casework.file(filing(*rows, delivery_seq=seq, completeness="latest"))
    return casework


@settings(deadline=None)
@given(calendars(), told())
def test_every_column_is_that_of_the_oracle(calendar: Calendar, rows: list[FiledRow]) -> None:
    """Last day, length, chain, day six, its half-day twin, and the totals."""
    assert found(after(calendar, rows)) == expected(rows, calendar)


@settings(deadline=None, max_examples=50)
@given(calendars(), told(rows=4), told(rows=4))
def test_totals_run_over_two_schools(calendar: Calendar, here: list[FiledRow], there: list[FiledRow]) -> None:
    """Days are counted for the child, chains stay with their schools."""
    casework = after(calendar, here)
    casework.file(filing(*there, dfe_no=OTHER_SCHOOL))
    rows = [*map(as_oracle, here), *(as_oracle(row, OTHER_SCHOOL) for row in there)]

    assert found(casework) == findings(rows, dict.fromkeys((SCHOOL, OTHER_SCHOOL), frozenset(calendar)))


@settings(deadline=None, max_examples=50)
@given(calendars(), calendars(), told())
def test_a_calendar_that_changes_later_dates_anew(before: Calendar, now: Calendar, rows: list[FiledRow]) -> None:
    """As if it had been that calendar from the beginning."""
    casework = after(before, rows)
    casework.redate(SchoolDays(now))

    assert found(casework) == expected(rows, now)


@settings(deadline=None, max_examples=50)
@given(calendars(), told(), st.data())
def test_corrections_leave_what_the_last_file_says(
    calendar: Calendar, rows: list[FiledRow], data: st.DataObject
) -> None:
    """Ends, sessions and cancellations of an earlier file leave nothing behind."""
    earlier = [
        replace(row, end_date=row.start_date + data.draw(st.integers(0, 9)) * DAY, sessions=4, cancelled=False)
        for row in rows
    ]

    assert found(after(calendar, earlier, rows)) == expected(rows, calendar)


@settings(deadline=None, max_examples=50)
@given(calendars(), told(), st.randoms(use_true_random=False))
def test_order_and_repetition_mean_nothing(calendar: Calendar, rows: list[FiledRow], random: object) -> None:
    """Rows in any order in the file, a row twice, the file twice: the same."""
    shuffled = [*rows, *rows[:2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert found(after(calendar, shuffled, shuffled)) == expected(rows, calendar)


@settings(deadline=None, max_examples=50)
@given(calendars(), st.lists(told(rows=4), min_size=2, max_size=4), st.data())
def test_files_in_any_order_leave_the_same(
    calendar: Calendar, files: list[list[FiledRow]], data: st.DataObject
) -> None:
    """Their numbers decide, not when they come; which rows are one is decided the same way."""
    filings = [
        filing(*rows, delivery_seq=seq, received_on=RECEIVED + 7 * seq * DAY, completeness="reach_back")
        for seq, rows in enumerate(files, start=1)
    ]
    days = SchoolDays(calendar)

    assert fold(data.draw(st.permutations(filings)), calendar=days) == fold(filings, calendar=days)


def _halves(row: FiledRow, day: date) -> list[FiledRow]:
    return [replace(row, end_date=day, sessions=None), replace(row, start_date=day + DAY, sessions=None)]


@settings(deadline=None, max_examples=50)
@given(calendars(), st.sampled_from(TOUCHED), st.integers(1, 20), st.data())
def test_split_and_merged_suspensions_have_one_day_six(
    calendar: Calendar, start: date, length: int, data: st.DataObject
) -> None:
    """One suspension, or the same days as two rows: the same chain, day six and days."""
    whole = filed_row(start_date=start, end_date=start + length * DAY, sessions=None)
    parts = _halves(whole, start + data.draw(st.integers(0, length - 1)) * DAY)
    one, two = after(calendar, [whole]), after(calendar, parts)

    assert _dates(one) == _dates(two)
    assert _days(one) == _days(two)


def _dates(casework: Casework) -> set[tuple[float | None, date | None]]:
    return {(case.chain_school_days, case.day_six_date) for case in casework.cases.values()}


def _days(casework: Casework) -> float:
    return max(case.days_this_year for case in casework.cases.values())
