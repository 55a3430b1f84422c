"""What must be on the servers before a process starts: topics, tables, views, and the day that views judge by."""

from __future__ import annotations

import asyncpg

from consumers.runtime import queries
from consumers.runtime.migrations import install_views, migrate
from consumers.runtime.postgres import connect, translating
from deploy.roles import CONSUMERS
from schemas.process.kafka import Admin
from schemas.process.settings import Settings


async def provision(settings: Settings) -> None:
    """Bring both servers to what this version needs. Safe to repeat, and while an older start is still at it.

    Raises:
        BrokerError, RetryableError: a server did not answer.
        FatalError: the database refuses, or holds an edited migration.

    """
    Admin(settings).make_topics()
    connection = await connect(settings, "public")
    try:
        await prepare_database(connection)
        await _set_today(connection, settings)
    finally:
        await connection.close()


async def prepare_database(connection: asyncpg.Connection) -> None:
    """Migrate every consumer's schema, then make the views that stand on them."""
    for name in CONSUMERS:
        await migrate(connection, name, f"consumers.{name}")
    await install_views(connection)


async def _set_today(connection: asyncpg.Connection, settings: Settings) -> None:
    asked = queries.load("deploy")
    with translating():
        async with connection.transaction():
            await connection.execute(asked["forget_today"])
            if settings.today is not None:
                await connection.execute(asked["set_today"], settings.today)
