"""Two instances of the consumer at work at the same time on schools with a child in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg

from consumers.exclusions.app import consumer
from consumers.exclusions.calendar import COUNTY, CalendarRow
from consumers.runtime.postgres import connect, lock
from consumers.runtime.work import Delivery
from tests.support.consumer_database import ConsumerDatabase, settings_for
from tests.support.suspensions import MONDAY, OTHER_SCHOOL, calendar_file, exclusions_file, filed_row

DEADLINE_S = 20.0
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@asynccontextmanager
async def applied(dsn: str, work: Delivery) -> AsyncIterator[asyncpg.Connection]:
    """A delivery that is applied on a connection of its own, and committed when the block ends."""
    connection = await connect(settings_for(dsn), "exclusions")
    try:
        async with connection.transaction():
            await lock(connection, work.lock)
            await consumer(settings_for(dsn)).apply(connection, work)
            yield connection
    finally:
        await connection.close()


async def apply(dsn: str, work: Delivery) -> None:
    """Apply a delivery and commit at once."""
    async with applied(dsn, work):
        pass


async def one_while_the_other_is_open(dsn: str, first: Delivery, second: Delivery) -> None:
    """Begin the second delivery before the first is committed, and see it wait."""
    async with asyncio.timeout(DEADLINE_S), applied(dsn, first) as connection:
        other = asyncio.create_task(apply(dsn, second))
        while not await connection.fetchval(WAITING):
            assert not other.done()
            await asyncio.sleep(0)
    async with asyncio.timeout(DEADLINE_S):
        await other


def test_totals_of_a_child_at_two_schools(exclusions: ConsumerDatabase, database_dsn: str) -> None:
    """Files of two schools at the same moment: the second waits for the child, and counts what the first brought."""
    first, second = exclusions_file(filed_row()), exclusions_file(filed_row(), dfe_no=OTHER_SCHOOL)
    asyncio.run(one_while_the_other_is_open(database_dsn, first, second))

    assert exclusions.rows("SELECT days_this_year::int FROM suspension ORDER BY dfe_no") == [(2,), (4,)]


def test_calendar_waits_for_files_at_work(exclusions: ConsumerDatabase, database_dsn: str) -> None:
    """A calendar that comes while a file is at work dates that file's rows too."""
    file = exclusions_file(filed_row(type="PERM"))
    calendar = calendar_file(CalendarRow(COUNTY, MONDAY, MONDAY, "INSET"))
    asyncio.run(one_while_the_other_is_open(database_dsn, file, calendar))

    assert exclusions.rows("SELECT day_six_date FROM suspension") == [(MONDAY + timedelta(days=8),)]
