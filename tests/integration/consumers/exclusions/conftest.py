"""The consumer on a database of the test's own, with every table and view beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from consumers.exclusions.app import consumer
from consumers.runtime.migrations import install_views, migrate
from consumers.runtime.postgres import connect
from tests.support.consumer_database import ConsumerDatabase, consumer_database, settings_for


@pytest.fixture(name="exclusions")
def _exclusions(database_dsn: str) -> Iterator[ConsumerDatabase]:
    """The consumer `exclusions` with its tables."""
    with consumer_database(database_dsn, consumer(settings_for(database_dsn))) as database:
        yield database


@pytest.fixture(name="reporting")
def _reporting(database_dsn: str, exclusions: ConsumerDatabase) -> ConsumerDatabase:
    """The same, with the views and the tables that they stand on."""
    asyncio.run(_install(database_dsn))
    return exclusions


async def _install(dsn: str) -> None:
    connection = await connect(settings_for(dsn), "public")
    try:
        for name in ("intake", "matching", "attendance"):
            await migrate(connection, name, f"consumers.{name}")
        await install_views(connection)
    finally:
        await connection.close()
