"""Bulk loading and locks, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from consumers.runtime.errors import PoisonError, RetryableError
from consumers.runtime.migrations import migrate
from consumers.runtime.offsets import Place
from consumers.runtime.postgres import connect, lock, lock_shared, stage, translating
from consumers.runtime.progress import Progress, progress
from schemas.process.settings import Secret, Settings


@pytest.fixture(name="settings")
def _settings(tmp_path: Path, database_dsn: str) -> Settings:
    return Settings(home=tmp_path, inbox=tmp_path, postgres=Secret(database_dsn))


def on_connections(
    settings: Settings, act: Callable[[asyncpg.Connection, asyncpg.Connection], Awaitable[Any]], *, other: str = "tally"
) -> Any:
    """What comes of two connections, one to the tiny consumer's schema and one to another or the same."""

    async def run() -> Any:
        one, two = await connect(settings, "tally"), await connect(settings, other)
        try:
            await migrate(one, "tally", "tests.support.tally")
            return await act(one, two)
        finally:
            await one.close()
            await two.close()

    return asyncio.run(run())


async def staged(connection: asyncpg.Connection, rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """What a temporary table holds after staging."""
    await stage(connection, "tally", ["rows", "sender"], rows)
    return [tuple(row) for row in await connection.fetch("SELECT * FROM staged_tally ORDER BY 1")]


def test_rows_are_staged(settings: Settings) -> None:
    """A temporary table has the columns asked for, in their order, without the table's constraints."""

    async def act(one: asyncpg.Connection, _two: asyncpg.Connection) -> list[tuple[object, ...]]:
        async with one.transaction():
            return await staged(one, [(5_000, "8309996"), (1, "8309996"), (2, None)])

    assert on_connections(settings, act) == [(1, "8309996"), (2, None), (5_000, "8309996")]


def test_a_table_is_staged_anew(settings: Settings) -> None:
    """Staging again in the same transaction, or in the next, begins with an empty table."""

    async def act(one: asyncpg.Connection, _two: asyncpg.Connection) -> list[list[tuple[object, ...]]]:
        async with one.transaction():
            found = [await staged(one, [(1, "a")]), await staged(one, [(2, "b")])]
        async with one.transaction():
            return [*found, await staged(one, [(3, "c")])]

    assert on_connections(settings, act) == [[(1, "a")], [(2, "b")], [(3, "c")]]


def test_a_value_that_does_not_fit_is_poison(settings: Settings) -> None:
    """What the column's type refuses is refused for ever; the value stands nowhere."""

    async def act(one: asyncpg.Connection, _two: asyncpg.Connection) -> None:
        async with one.transaction():
            await staged(one, [("Amara", "8309996")])

    with pytest.raises(PoisonError) as caught:
        on_connections(settings, act)

    assert "Amara" not in str(caught.value)


async def is_free(connection: asyncpg.Connection, take: Callable[..., Awaitable[None]], *names: str) -> bool:
    """Whether a lock can be had at once."""
    try:
        with translating():
            async with connection.transaction():
                await connection.execute("SET LOCAL lock_timeout = '50ms'")
                await take(connection, *names)
    except RetryableError:
        return False
    return True


def test_a_lock_is_held_until_the_transaction_ends(settings: Settings) -> None:
    """Names that one transaction holds alone, another has to wait for; those held together can be shared."""

    async def act(one: asyncpg.Connection, two: asyncpg.Connection) -> list[bool]:
        async with one.transaction():
            await lock(one, "8309996", "8309997")
            await lock_shared(one, "calendar")
            held = [await is_free(two, take, name) for take in (lock, lock_shared) for name in ("8309997", "calendar")]
        return [*held, await is_free(two, lock, "8309997", "calendar"), await is_free(two, lock, "8309998")]

    assert on_connections(settings, act) == [False, False, False, True, True, True]


def test_locks_are_a_schemas_own(settings: Settings) -> None:
    """Two consumers, or a consumer and its shadow, lock the same names without meeting."""

    async def act(one: asyncpg.Connection, two: asyncpg.Connection) -> bool:
        async with one.transaction():
            await lock(one, "8309996")
            return await is_free(two, lock, "8309996")

    async def prepared(one: asyncpg.Connection, two: asyncpg.Connection) -> bool:
        await migrate(two, "other", "tests.support.tally")
        return await act(one, two)

    assert on_connections(settings, prepared, other="other") is True


def test_progress_of_consumers_with_tables(settings: Settings) -> None:
    """Positions, and what waits for the relay or a person; a consumer that was never started has none yet."""

    async def act(one: asyncpg.Connection, two: asyncpg.Connection) -> dict[str, Progress]:
        await one.execute("INSERT INTO position VALUES ('pupils.attendance.v1', 3, 22)")
        await one.execute("INSERT INTO parked VALUES ('pupils.attendance.v1', 3, 7, NULL, NULL, NULL, 'contract')")
        await one.execute("INSERT INTO outbox (topic, partition, key, outbox_key) VALUES ('t', 0, 'k', 'o')")
        return await progress(two, ["tally", "nowhere"])

    found = on_connections(settings, act)

    assert found == {"tally": Progress({Place("pupils.attendance.v1", 3): 22}, unpublished=1, parked=1, incidents=0)}
