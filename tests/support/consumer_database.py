"""A consumer on a database of the test's own, without Kafka: work goes in as the engine would give it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from consumers.runtime.migrations import migrate
from consumers.runtime.postgres import connect, lock
from consumers.runtime.work import Consumer, Delivery, Work
from schemas.process.settings import Secret, Settings


class ConsumerDatabase:
    """Applies work to one consumer's schema, each piece in a transaction of its own, and reads what came of it."""

    def __init__(self, runner: asyncio.Runner, connection: asyncpg.Connection, consumer: Consumer) -> None:
        self._runner = runner
        self._connection = connection
        self._consumer = consumer

    def apply(self, *pieces: Work) -> None:
        """Apply pieces of work in the order given."""
        for work in pieces:
            self._runner.run(self._apply(work))

    def rows(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """What a query answers, as tuples."""
        return [tuple(row) for row in self._runner.run(self._connection.fetch(query, *arguments))]

    def execute(self, statement: str, *arguments: object) -> None:
        """Run a statement of the test's own."""
        self._runner.run(self._connection.execute(statement, *arguments))

    async def _apply(self, work: Work) -> None:
        async with self._connection.transaction():
            if isinstance(work, Delivery):
                await lock(self._connection, work.lock)
            await self._consumer.apply(self._connection, work)


def settings_for(dsn: str) -> Settings:
    """The settings of an installation that has this database alone, and a known key."""
    return Settings(home=Path("home"), inbox=Path("inbox"), postgres=Secret(dsn), secret_key=b"of the tests alone")


@contextmanager
def consumer_database(dsn: str, consumer: Consumer) -> Iterator[ConsumerDatabase]:
    """The consumer with its tables in the database."""
    with asyncio.Runner() as runner:
        connection = runner.run(connect(settings_for(dsn), consumer.name))
        try:
            runner.run(migrate(connection, consumer.name, consumer.package))
            yield ConsumerDatabase(runner, connection, consumer)
        finally:
            runner.run(connection.close())
