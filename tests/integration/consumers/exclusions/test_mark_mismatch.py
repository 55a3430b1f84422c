"""Registers against suspensions: what one says and the other does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from consumers.attendance.app import consumer
from consumers.exclusions.statements import FiledRow
from tests.integration.consumers.attendance.council import match
from tests.support.consumer_database import ConsumerDatabase, consumer_database, settings_for
from tests.support.pupil_rows import Row
from tests.support.registers import file, week
from tests.support.suspensions import SCHOOL, UPN, exclusions_file, filed_row, identities, identity

MONDAY = date(2026, 9, 14)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days=day) for day in range(1, 5))
NEXT_MONDAY = MONDAY + timedelta(days=7)
RECEIVED = date(2027, 8, 1)
MISMATCHES = """
    SELECT kind, first_day, last_day, sessions, dataset, delivery_seq, "row" FROM reporting.exclusion_mark_mismatch
    ORDER BY first_day
"""


@pytest.fixture(name="registers")
def _registers(database_dsn: str, reporting: ConsumerDatabase) -> Iterator[ConsumerDatabase]:
    """The consumer `attendance` beside `exclusions`."""
    del reporting
    with consumer_database(database_dsn, consumer(settings_for(database_dsn))) as database:
        yield database


def marks(*weeks: str, **fields: Any) -> list[Row]:
    """A pupil's weeks from the Monday on."""
    return [
        week(
            one,
            **{"pupil_key": UPN, "upn": UPN} | fields,
            start_date=MONDAY + timedelta(weeks=number),
            academic_year=2026,
        )
        for number, one in enumerate(weeks)
    ]


def found(reporting: ConsumerDatabase, registers: ConsumerDatabase, rows: list[Row], *told: FiledRow) -> list[Any]:
    """The mismatches of one pupil's marks and rows."""
    registers.apply(file(*rows, sender=SCHOOL, received_on=RECEIVED))
    reporting.apply(exclusions_file(*told))
    return reporting.rows(MISMATCHES)


def test_marked_days_without_a_row_are_one_run(reporting: ConsumerDatabase, registers: ConsumerDatabase) -> None:
    """Over a weekend and a day on which the school was closed; a day at school begins another run."""
    rows = marks("//////EEEE", "##EE////E/")

    assert found(reporting, registers, rows) == [
        ("marked_not_reported", THURSDAY, NEXT_MONDAY + timedelta(days=1), 6, "attendance", 1, None),
        (
            "marked_not_reported",
            NEXT_MONDAY + timedelta(days=4),
            NEXT_MONDAY + timedelta(days=4),
            1,
            "attendance",
            1,
            None,
        ),
    ]


@pytest.mark.parametrize(
    "row",
    [
        filed_row(end_date=TUESDAY, sessions=4),
        filed_row(end_date=None, sessions=4),
        filed_row(end_date=None, sessions=None),
        filed_row(type="PERM"),
        filed_row(upn=None, end_date=TUESDAY),
    ],
)
def test_marked_days_with_a_row_agree(reporting: ConsumerDatabase, registers: ConsumerDatabase, row: FiledRow) -> None:
    """By UPN, or as the council's child where the school sends no UPN with the suspension."""
    match(registers, dfe_no=SCHOOL, pupil_key=UPN)
    reporting.apply(identities(identity(pupil_key=row.pupil_key)))

    assert found(reporting, registers, marks("EEEE//////"), row) == []


def test_marked_days_beyond_the_row_are_told(reporting: ConsumerDatabase, registers: ConsumerDatabase) -> None:
    """What the suspension does not cover; nor does a lunchtime."""
    rows = marks("EEEEEE////")
    told = filed_row(), filed_row(type="LNCH", start_date=WEDNESDAY, end_date=WEDNESDAY)

    assert [(kind, first, last) for kind, first, last, *_ in found(reporting, registers, rows, *told)] == [
        ("marked_not_reported", WEDNESDAY, WEDNESDAY)
    ]


def test_a_cancelled_row_covers_the_days_before_its_cancellation(
    reporting: ConsumerDatabase, registers: ConsumerDatabase
) -> None:
    """Days served are no contradiction; a day still marked afterwards is."""
    told = exclusions_file(filed_row(end_date=FRIDAY, cancelled=True), received_on=WEDNESDAY)
    registers.apply(file(*marks("EEEEEE////"), sender=SCHOOL, received_on=RECEIVED))
    reporting.apply(told)

    assert [(kind, first) for kind, first, *_ in reporting.rows(MISMATCHES)] == [("marked_not_reported", WEDNESDAY)]


@pytest.mark.parametrize("sent", ["////", "//L/", "//##", "//--"])
def test_a_suspension_marked_present_throughout(
    reporting: ConsumerDatabase, registers: ConsumerDatabase, sent: str
) -> None:
    """Late is present too; closed days and sessions without a mark say nothing."""
    present = sent.count("/") + sent.count("L")
    last = TUESDAY if "#" not in sent and "-" not in sent else MONDAY

    assert found(reporting, registers, marks(f"{sent}//////"), filed_row()) == [
        ("reported_but_present", MONDAY, last, present, "exclusions", 1, 1)
    ]


@pytest.mark.parametrize(
    ("sent", "row"),
    [
        ("/EEE", filed_row()),
        ("//BB", filed_row()),
        ("//II", filed_row()),
        ("####", filed_row()),
        ("////", filed_row(cancelled=True)),
        ("////", filed_row(type="LNCH")),
        ("////", filed_row(start_date=MONDAY - timedelta(days=7), end_date=MONDAY - timedelta(days=3))),
    ],
)
def test_no_contradiction(reporting: ConsumerDatabase, registers: ConsumerDatabase, sent: str, row: FiledRow) -> None:
    """Some absence, education elsewhere, no marks at all, a cancelled row, a lunchtime, days in no file."""
    assert found(reporting, registers, marks(f"{sent}//////"), row) == []
