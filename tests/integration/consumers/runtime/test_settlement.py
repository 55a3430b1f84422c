"""One piece, one transaction: two owners at once, and a COMMIT whose answer is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from consumers.runtime.database import Database
from consumers.runtime.errors import RetryableError
from consumers.runtime.lanes import Lane
from consumers.runtime.migrations import migrate
from consumers.runtime.offsets import Place
from consumers.runtime.parking import ParkedLimit
from consumers.runtime.patience import Patience
from consumers.runtime.postgres import connect
from consumers.runtime.settlement import Settlement
from consumers.runtime.work import Delivery, Work
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Secret, Settings
from schemas.topics import ATTENDANCE
from tests.support.running import ask
from tests.support.streams import attendance_rows, begun
from tests.support.tally import Tally

PLACE = Place(ATTENDANCE, 2)


@pytest.fixture(name="settings")
def _settings(tmp_path: Path, database_dsn: str) -> Settings:
    return Settings(home=tmp_path, inbox=tmp_path, postgres=Secret(database_dsn))


class HardOfHearing(Database):
    """Misses the server's answer to its first COMMIT."""

    deaf = True

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """A transaction that is committed, though we are told otherwise."""
        async with super().transaction() as connection:
            yield connection
        if self.deaf:
            self.deaf = False
            raise RetryableError("the connection was lost at COMMIT")


def delivery() -> Delivery:
    """A delivery at offsets 100 to 104."""
    opening = begun()
    return Delivery(ATTENDANCE, 2, 105, opening, attendance_rows(opening), first_offset=100)


def owner(consumer: Tally, database: Database) -> Settlement:
    """Somebody who believes that the partition is theirs."""
    return Settlement(consumer, database, Patience(StopRequest(), 10), ParkedLimit(2))


async def prepare(settings: Settings, consumer: Tally, position: int | None) -> None:
    """The consumer's tables, and its position."""
    connection = await connect(settings, consumer.name)
    await migrate(connection, consumer.name, consumer.package)
    if position is not None:
        await connection.execute("INSERT INTO position VALUES ($1, $2, $3)", *PLACE, position)
    await connection.close()


@pytest.mark.parametrize("position", [None, 100], ids=["never read", "read before"])
def test_of_two_owners_one_gives_the_effect(settings: Settings, position: int | None) -> None:
    """Two that apply the same delivery at once: the second waits, finds the position gone, and has no effect."""
    second_waits = asyncio.Event()

    async def hold(_connection: asyncpg.Connection, _work: Work) -> None:
        await second_waits.wait()

    async def race() -> tuple[list[bool], int]:
        slow, quick = Tally(mischief=hold), Tally()
        mine, theirs = Database(settings, "tally"), Database(settings, "tally")
        await prepare(settings, slow, position)
        first = asyncio.create_task(owner(slow, mine).settle(Lane(PLACE, position), delivery()))
        await until_someone_waits(settings, "transactionid", 0)
        second = asyncio.create_task(owner(quick, theirs).settle(Lane(PLACE, position), delivery()))
        await until_someone_waits(settings, "transactionid", 1)
        second_waits.set()
        outcome = [await first, await second]
        mine.discard()
        theirs.discard()
        return outcome, len(quick.applied)

    outcome, by_second = asyncio.run(race())

    assert outcome == [True, False]
    assert by_second == 0
    assert ask(settings, "tally", "SELECT next FROM position") == [(105,)]


async def until_someone_waits(settings: Settings, kind: str, waiting: int) -> None:
    """Until a transaction has moved something, and so many others wait for it."""
    connection = await asyncpg.connect(settings.postgres)
    query = """
        SELECT count(*) FILTER (WHERE NOT granted), count(*) FILTER (WHERE granted) FROM pg_locks
        WHERE locktype = $1 AND pid <> pg_backend_pid() AND pid IN
            (SELECT pid FROM pg_stat_activity WHERE datname = current_database())
    """
    async with asyncio.timeout(20):
        while True:
            found = await connection.fetchrow(query, kind)
            assert found is not None
            if found[0] == waiting and found[1]:
                break
            await asyncio.sleep(0.01)
    await connection.close()


def test_an_answer_to_commit_that_is_lost(settings: Settings) -> None:
    """When nobody knows whether a COMMIT was heard, the position tells: the effect is there, and is not given again."""
    consumer, lane = Tally(), Lane(PLACE, None)

    async def settle() -> bool:
        await prepare(settings, consumer, None)
        database = HardOfHearing(settings, "tally")
        outcome = await owner(consumer, database).settle(lane, delivery())
        database.discard()
        return outcome

    moved = asyncio.run(settle())

    assert moved
    assert (len(consumer.applied), lane.next) == (1, 105)
    assert ask(settings, "tally", "SELECT sender, delivery_seq, rows FROM tally") == [("8309996", 1, 3)]
