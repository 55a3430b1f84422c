"""Deliveries of registers on a real database: tables, corrections, keys, and what is published."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consumers.runtime.work import Records
from schemas import codec
from schemas.errors import ContractError
from schemas.events import ClosedDays
from schemas.topics import ATTENDANCE, CLOSED_DAYS, partition_of, topics
from tests.support.consumer_database import ConsumerDatabase
from tests.support.pupil_rows import SCHOOL, UPN
from tests.support.registers import MONDAY, YEAR, Shelf, file, week

NEXT_MONDAY = MONDAY + timedelta(days=7)
FORMER = "K830999624002"
OTHER_SCHOOL = "8309997"
TABLES = {
    "enrolment": "SELECT * FROM enrolment ORDER BY dfe_no, academic_year, pupil_key",
    "school_year": "SELECT * FROM school_year ORDER BY dfe_no, academic_year",
    "register_correction": "SELECT * FROM register_correction ORDER BY 1, 2, 3, 4, 5, 8",
    "key_change": "SELECT * FROM key_change ORDER BY 1, 2, 3, 5",
    "outbox": "SELECT topic, partition, key, value, outbox_key FROM outbox ORDER BY id",
}
HISTORY = [
    file(week(pupil_key="adm:7", upn=None, admission_number="7"), week(pupil_key=FORMER, upn=FORMER), seq=1),
    file(
        week("I/////////", pupil_key="adm:7", upn=None, admission_number="7"),
        week("##########", pupil_key=FORMER, upn=FORMER, start_date=NEXT_MONDAY, part_time=True),
        seq=2,
    ),
    file(
        week("O/////////", admission_number="7"),
        week("##########", pupil_key=FORMER, upn=FORMER, start_date=NEXT_MONDAY, enrolment_status="M"),
        week(["", "-", "ILL", "C2"], academic_year=2024, start_date=MONDAY - timedelta(weeks=20)),
        seq=3,
    ),
]


def state(attendance: ConsumerDatabase) -> dict[str, list[tuple[object, ...]]]:
    """Every table of the consumer."""
    return {name: attendance.rows(query) for name, query in TABLES.items()}


def test_the_tables_hold_what_the_handler_says(attendance: ConsumerDatabase) -> None:
    """Read back after each delivery, so that the next one meets the same state."""
    attendance.apply(*HISTORY)

    shelf = Shelf().receive(*HISTORY)
    kept = attendance.rows(
        "SELECT academic_year, pupil_key, delivery_seq, upn, enrolment_status, part_time, first_day, last_week,"
        " marks, kinds, seqs, possible, attended, authorised, unauthorised, no_mark, unknown_mark FROM enrolment"
    )
    assert set(kept) == {
        (
            *(one.academic_year, one.pupil_key, one.delivery_seq),
            *(one.particulars.upn, one.particulars.enrolment_status, one.particulars.part_time),
            *(one.sessions.first_week, one.sessions.last_week),
            *(one.sessions.marks, one.sessions.kinds, one.sessions.seqs),
            *(one.counts.possible, one.counts.attended, one.counts.authorised, one.counts.unauthorised),
            *(one.counts.no_mark, one.counts.unknown_mark),
        )
        for one in shelf.enrolments.values()
    }


def test_the_same_deliveries_again_change_no_row(attendance: ConsumerDatabase) -> None:
    """Nor do they publish anything twice."""
    attendance.apply(*HISTORY)
    once = state(attendance)
    attendance.apply(HISTORY[2], HISTORY[0], HISTORY[1], *HISTORY)

    assert once == state(attendance)


def test_an_unchanged_enrolment_is_not_written(attendance: ConsumerDatabase) -> None:
    """Only a pupil that the file carries, or moves, has a new version of its row."""
    absent = week(pupil_key="adm:2", upn=None)
    attendance.apply(file(week(), absent))
    version = "SELECT xmin::text, pupil_key FROM enrolment ORDER BY pupil_key DESC"
    before = attendance.rows(version)
    attendance.apply(file(week(), seq=2))

    after = attendance.rows(version)
    assert [before[0] == after[0], before[1] == after[1]] == [True, False]


def test_corrections_follow_a_key_that_changes(attendance: ConsumerDatabase) -> None:
    """The old key leaves the tables; one correction that both keys have stands once."""
    other = week("I/////////", upn=UPN)
    attendance.apply(
        file(week(pupil_key=FORMER, upn=FORMER), week()),
        file(week("I/////////", pupil_key=FORMER, upn=FORMER), other, seq=2),
        file(week("I/////////", former_upn=FORMER), seq=3),
    )

    assert attendance.rows("SELECT pupil_key FROM enrolment") == [(UPN,)]
    assert attendance.rows(
        "SELECT pupil_key, week_start, session, old_mark, new_mark, delivery_seq FROM register_correction"
        " WHERE session = 1"
    ) == [(UPN, MONDAY, 1, "/", "I", 2)]


def test_schools_do_not_meet(attendance: ConsumerDatabase) -> None:
    """The same key at another school is another enrolment."""
    attendance.apply(file(week()), file(week("IIIIIIIIII"), sender=OTHER_SCHOOL))

    rows = attendance.rows("SELECT dfe_no, attended, authorised FROM enrolment ORDER BY dfe_no")
    assert rows == [(SCHOOL, 10, 0), (OTHER_SCHOOL, 0, 10)]


def test_closed_days_are_published_with_the_effects(attendance: ConsumerDatabase) -> None:
    """On the school's partition, under school and year; once for each change."""
    closed = file(week("##########"))
    attendance.apply(closed, closed, file(week("##########"), seq=2), file(week("##////////"), seq=3))

    told = attendance.rows("SELECT topic, partition, key, value FROM outbox ORDER BY id")
    partition = partition_of(SCHOOL, topics()[CLOSED_DAYS].partitions)
    days = tuple(MONDAY + timedelta(days=day) for day in range(5))
    assert {row[:3] for row in told} == {(CLOSED_DAYS, partition, f"{SCHOOL}/{YEAR}")}
    assert [codec.decode(row[3], ClosedDays) for row in told] == [
        ClosedDays(SCHOOL, YEAR, days),
        ClosedDays(SCHOOL, YEAR, days[:1]),
    ]


def test_single_records_are_refused(attendance: ConsumerDatabase) -> None:
    """Nothing but deliveries is on its topic."""
    with pytest.raises(ContractError):
        attendance.apply(Records(ATTENDANCE, 0, 1, ()))
