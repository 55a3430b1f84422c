"""The smallest consumer there can be: it counts, and does to the engine what a test asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg

from consumers.runtime import queries
from consumers.runtime.work import Delivery, Work
from schemas.topics import ATTENDANCE

Mischief = Callable[[asyncpg.Connection, Work], Awaitable[None]]


async def none(_connection: asyncpg.Connection, _work: Work) -> None:
    """No mischief."""


@dataclass
class Tally:
    """Counts the rows of deliveries and remembers the keys of records; `mischief` is called after each write."""

    topics: tuple[str, ...] = (ATTENDANCE,)
    mischief: Mischief = none
    applied: list[Work] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "tally"

    @property
    def package(self) -> str:
        return "tests.support.tally"

    @property
    def history(self) -> tuple[str, ...]:
        return ()

    async def apply(self, connection: asyncpg.Connection, work: Work) -> None:
        """Count, then do mischief, all in the engine's transaction."""
        sql = queries.load(self.package)
        if isinstance(work, Delivery):
            begun = work.begun
            await connection.execute(sql["count_delivery"], begun.sender, begun.delivery_seq, work.rows.height)
        else:
            await connection.executemany(sql["see"], [(record.key,) for record in work.records])
        await self.mischief(connection, work)
        self.applied.append(work)
