"""The edges of weeks, years, codes and rates, from the bytes of a file to the views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from schemas import codec
from schemas.events import ClosedDays
from tests.support.attendance_line import Sent, delivered
from tests.support.consumer_database import ConsumerDatabase
from tests.support.csv_files import SCHOOL, Row, attendance_row, upn

FULL_WEEK = "/\\" * 5
LONG_AFTER = date(2030, 8, 31)
Send = Callable[..., ConsumerDatabase]


@pytest.fixture(name="send")
def _send(attendance: ConsumerDatabase, tmp_path: Path) -> Send:
    """Deliver a file of rows as the school's next one; the database then."""
    sent: list[Sent] = []

    def send(*rows: Row, received_on: date = LONG_AFTER, profile: str = "") -> ConsumerDatabase:
        sent.append(Sent(SCHOOL, len(sent) + 1, received_on, rows, profile))
        attendance.apply(delivered(sent[-1], tmp_path))
        return attendance

    return send


def row(start: date, sessions: str, pupil: int = 1) -> Row:
    """A pupil's marks from a day on, in the academic year of that day."""
    return attendance_row(pupil, Start_Date=start.isoformat(), Sessions=sessions, Attendance_Year="")


def counts(database: ConsumerDatabase, columns: str) -> list[tuple[object, ...]]:
    """Columns of `pupil_absence`, by pupil."""
    return database.rows(f"SELECT {columns} FROM reporting.pupil_absence ORDER BY pupil_key, academic_year")


@pytest.mark.parametrize(
    ("absent", "possible", "flags"),
    [
        (1, 10, (True, False)),
        (1, 11, (False, False)),
        (39, 390, (True, False)),
        (38, 389, (False, False)),
        (5, 10, (True, True)),
        (4, 9, (True, False)),
        (195, 390, (True, True)),
        (194, 389, (True, False)),
        (0, 390, (False, False)),
        (390, 390, (True, True)),
    ],
)
def test_persistent_and_severe_are_judged_in_whole_sessions(
    send: Send, absent: int, possible: int, flags: tuple[bool, bool]
) -> None:
    """Exactly 10 and 50 per cent belong to them, one session less does not."""
    marks = "I" * absent + "/" * (possible - absent)
    found = counts(send(row(date(2025, 9, 1), f"{marks:#<400}"), profile="days=5"), "persistent, severe, possible")

    assert found == [(*flags, possible)]


def test_nothing_possible_has_no_rate(send: Send) -> None:
    """Closures, other schools, no mark, unknown marks: neither flag is false, both are null."""
    found = counts(send(row(date(2025, 9, 1), "##DDXX--*Z")), "possible, absence_pct, persistent, severe, no_mark")

    assert found == [(0, None, None, None, 2)]


def test_a_long_row_across_a_codes_last_day_counts_each_mark_by_its_category(send: Send) -> None:
    """18 August 2024: H, J and Y ended, C2 and K began the day after; met on the wrong side they count all the same."""
    weekend, week = "####", "HHJJYYC2C2KK"
    found = send(row(date(2024, 8, 12), (week + weekend) * 2))

    assert counts(found, "possible, attended, authorised, unauthorised, unknown_mark") == [(16, 8, 8, 0, 0)]
    assert found.rows("SELECT code, am, pm FROM reporting.mark_count ORDER BY code") == [
        (code, 2, 2) for code in ("C2", "H", "J", "K", "Y")
    ]


def test_a_collapsed_interview_is_authorised_from_the_day_of_its_code(send: Send) -> None:
    """Where the profile says that codes were cut to a letter, J before 19 August 2024 is activity, after it absence."""
    found = send(row(date(2024, 8, 12), ("JJ/\\/\\/\\/\\" + "####") * 2), profile="sessions=collapsed")

    assert counts(found, "possible, attended, authorised") == [(20, 18, 2)]


def test_a_bank_holiday_counts_by_its_marks_alone(send: Send) -> None:
    """4 May 2026: closed for one pupil, marked present for another; what was sent counts, and the day is not closed."""
    monday = date(2026, 5, 4)
    found = send(row(monday, "##" + FULL_WEEK[2:]), row(monday, FULL_WEEK, pupil=2))

    assert counts(found, "possible, attended") == [(8, 8), (10, 10)]
    assert found.rows("SELECT value FROM outbox") == []


def test_a_bank_holiday_closed_to_all_is_a_closed_day(send: Send) -> None:
    """In no count of sessions, but in the days that other consumers are told of."""
    monday = date(2026, 5, 4)
    found = send(row(monday, "##" + FULL_WEEK[2:]), row(monday, "##" + FULL_WEEK[2:], pupil=2))

    assert counts(found, "possible, no_mark") == [(8, 0), (8, 0)]
    told = [codec.decode(value, ClosedDays) for (value,) in found.rows("SELECT value FROM outbox")]
    assert told == [ClosedDays(SCHOOL, 2025, (monday,))]


def test_a_pupil_who_starts_in_mid_week_has_no_marks_before(send: Send) -> None:
    """The week begins on its Monday; the days before the start are covered by no file."""
    found = send(row(date(2025, 9, 10), "/\\I\\/\\"), row(date(2025, 9, 8), "ZZZZ/\\I\\/\\", pupil=2))

    weeks = found.rows(
        "SELECT week_start, marks[1:6], possible FROM reporting.pupil_week ORDER BY marks[1] NULLS FIRST"
    )
    assert weeks == [
        (date(2025, 9, 8), [None, None, None, None, "/", "\\"], 6),
        (date(2025, 9, 8), ["Z", "Z", "Z", "Z", "/", "\\"], 6),
    ]


@pytest.mark.parametrize("start", [date(2024, 2, 26), date(2024, 2, 29)], ids=["whole week", "from the day"])
def test_a_leap_day_is_a_day_like_any_other(send: Send, start: date) -> None:
    """29 February 2024, a Thursday: its marks stand on it, and Friday's on Friday."""
    marks = FULL_WEEK[: 2 * (3 - start.weekday())] + "IO" + "/\\"
    found = send(row(start, marks)).rows("SELECT marks[7:10], authorised, unauthorised FROM reporting.pupil_week")

    assert found == [(["I", "O", "/", "\\"], 1, 1)]


@pytest.mark.parametrize(
    ("year", "weeks"), [(2023, 53), (2025, 53), (2026, 53), (2027, 54)], ids=["leap", "2025", "ISO week 53", "54 weeks"]
)
def test_a_whole_year_in_one_row_fills_its_weeks(send: Send, year: int, weeks: int) -> None:
    """1 August to 31 July touches 53 weeks; 54 where it begins on a Sunday and has a leap day."""
    days = (date(year + 1, 8, 1) - date(year, 8, 1)).days
    found = send(row(date(year, 8, 1), "/\\" * days))

    assert counts(found, "possible, attended, academic_year") == [(2 * days, 2 * days, year)]
    ((number, first, last),) = found.rows(
        "SELECT count(*), min(week_start), max(week_start) FROM reporting.pupil_week WHERE possible > 0"
    )
    assert (number, last - first) == (weeks, timedelta(weeks=weeks - 1))
    assert first <= date(year, 8, 1) <= first + timedelta(days=6)


def test_planned_marks_become_real_without_a_correction(send: Send) -> None:
    """An extract of Wednesday holds codes for Thursday and Friday: not covered, in no count, and not held."""
    monday = date(2025, 9, 8)
    extract = send(row(monday, "/\\/\\/\\CCCC"), received_on=date(2025, 9, 10))
    before = counts(extract, "possible, attended, authorised")
    after = send(row(monday, FULL_WEEK), received_on=date(2025, 9, 12))

    assert before == [(6, 6, 0)]
    assert counts(after, "possible, attended, authorised") == [(10, 10, 0)]
    assert after.rows("SELECT * FROM reporting.register_correction") == []


def test_a_week_of_planned_marks_alone_is_no_week(send: Send) -> None:
    """Nor is it the pupil's last one."""
    monday = date(2025, 9, 8)
    found = send(row(monday, FULL_WEEK), row(monday + timedelta(weeks=1), FULL_WEEK), received_on=date(2025, 9, 14))

    assert counts(found, "first_week, last_week, possible") == [(monday, monday, 10)]
    assert found.rows("SELECT week_start FROM reporting.pupil_week") == [(monday,)]


def test_a_rate_is_rounded_to_four_decimals(send: Send) -> None:
    """One of three; two of three."""
    found = send(row(date(2025, 9, 8), "I//#######"), row(date(2025, 9, 8), "II/#######", pupil=2))

    rates = dict(found.rows("SELECT pupil_key, absence_pct FROM reporting.pupil_absence"))
    assert rates == {upn(1): Decimal("33.3333"), upn(2): Decimal("66.6667")}
