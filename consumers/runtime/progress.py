"""How far the consumers are, read in one moment: for `status`, and for whoever waits until all is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from consumers.runtime.offsets import Place
from consumers.runtime.postgres import own_queries, translating


@dataclass(frozen=True, slots=True)
class Progress:
    """One consumer: its next offset by partition (none: nothing read yet), and what is left to do."""

    positions: Mapping[Place, int]
    unpublished: int
    parked: int
    incidents: int


async def progress(connection: asyncpg.Connection, schemas: Sequence[str]) -> dict[str, Progress]:
    """The progress of each of these consumers that has tables yet, all as of one moment.

    Raises:
        RetryableError: the database did not answer as it should.

    """
    with translating():
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            read = {schema: await _of(connection, schema) for schema in schemas}
    return {schema: found for schema, found in read.items() if found is not None}


async def _of(connection: asyncpg.Connection, schema: str) -> Progress | None:
    queries = own_queries()
    await connection.execute(queries["set_search_path"], schema)
    if not await connection.fetchval(queries["is_prepared"]):
        return None
    rows = await connection.fetch(queries["all_positions"])
    left = await connection.fetchrow(queries["left_to_do"])
    positions = {Place(row["topic"], row["partition"]): row["next"] for row in rows}
    return Progress(positions, **dict(left or {}))
