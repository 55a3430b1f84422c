"""The state is a function of what was delivered, not of the order in which it came."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from consumers.exclusions.calendar import COUNTY, CalendarRow
from consumers.runtime.work import Work
from schemas.events import LookedAfterPeriod
from tests.support.consumer_database import ConsumerDatabase
from tests.support.suspensions import (
    ID_KEY,
    MONDAY,
    OTHER_SCHOOL,
    OTHER_UPN,
    UPN,
    calendar_file,
    closed,
    exclusions_file,
    filed_row,
    identities,
    identity,
)

NEXT_FRIDAY = MONDAY + timedelta(days=11)


def pieces() -> list[Work]:
    """Files of two schools with a child in common, who becomes known; a calendar that decides which rows are one."""
    blank = filed_row(start_date=date(2026, 10, 5), end_date=None, sessions=4)
    moved = filed_row(start_date=date(2026, 10, 7), end_date=date(2026, 10, 8))
    long = filed_row(end_date=NEXT_FRIDAY, sessions=20)
    return [
        exclusions_file(filed_row(upn=None), blank, delivery_seq=1),
        exclusions_file(filed_row(), moved, delivery_seq=2),
        exclusions_file(long, moved, filed_row(upn=OTHER_UPN, id_key=None, type="LNCH"), delivery_seq=3),
        exclusions_file(filed_row(upn=OTHER_UPN, id_key=None, type="PERM"), completeness="full", delivery_seq=4),
        exclusions_file(filed_row(type="LNCH", end_date=NEXT_FRIDAY), dfe_no=OTHER_SCHOOL),
        identities(identity(looked_after=(LookedAfterPeriod(MONDAY),)), identity(pupil_key=ID_KEY)),
        identities(identity(dfe_no=OTHER_SCHOOL, pupil_key=UPN)),
        calendar_file(CalendarRow(COUNTY, date(2026, 10, 6), date(2026, 10, 6), "INSET")),
        closed(date(2026, 9, 16)),
    ]


def state(database: ConsumerDatabase) -> list[list[tuple[Any, ...]]]:
    """The tables that are a function of what was delivered."""
    names = ("filing", "filed_row", "identity", "suspension", "school_day", "calendar_row", "closed_days")
    return [database.rows(f"SELECT * FROM {name} ORDER BY {name}") for name in names]


def clear(database: ConsumerDatabase) -> None:
    """As after the migrations."""
    database.execute("CREATE TABLE IF NOT EXISTS first_days AS SELECT * FROM school_day")
    held = "filing, filed_row, identity, suspension, alert, alert_member, outbox, calendar_year, calendar_row"
    database.execute(f"TRUNCATE {held}, closed_days, school_day")
    database.execute("INSERT INTO school_day SELECT * FROM first_days")


@pytest.mark.parametrize("seed", range(6))
def test_any_order_gives_the_same_state(exclusions: ConsumerDatabase, seed: int) -> None:
    """Whatever comes first, twice or last: the tables are the same, and no alert is queued twice."""
    expected = state_after(exclusions, pieces())
    shuffled = [*pieces(), *random.Random(seed).sample(pieces(), 4)]
    random.Random(seed).shuffle(shuffled)

    assert state_after(exclusions, shuffled) == expected


def state_after(database: ConsumerDatabase, work: list[Work]) -> list[list[tuple[Any, ...]]]:
    """The tables after pieces of work, from the beginning."""
    clear(database)
    database.apply(*work)
    return state(database)
