"""The one connection of a process to its schema, made anew whenever its state is in doubt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from consumers.runtime.errors import RetryableError
from consumers.runtime.postgres import connect, translating
from schemas.process.settings import Settings


class Database:
    """Opens transactions in one schema, one at a time.

    After a `RetryableError` nothing is known of the connection, nor whether a COMMIT that was on its way was heard: it
    is thrown away, and the next transaction tells by reading.
    """

    def __init__(self, settings: Settings, schema: str) -> None:
        self._settings = settings
        self._schema = schema
        self._connection: asyncpg.Connection | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """One transaction: committed if the block ends, rolled back if it raises.

        Raises:
            RetryableError: the outcome is in doubt, or nothing has happened.
            PoisonError, FatalError: as `postgres.translated`; nothing has happened.

        """
        try:
            with translating():
                connection = await self._open()
                async with connection.transaction():
                    yield connection
        except RetryableError:
            self.discard()
            raise

    def discard(self) -> None:
        """Throw the connection away, without a word to the server that may not be there."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _open(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._settings, self._schema)
        return self._connection
