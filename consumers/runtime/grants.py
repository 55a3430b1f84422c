"""What others may do with what we make anew: grants are read before, and given again after."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from consumers.runtime import queries


async def grants_of(connection: asyncpg.Connection, schema: str, *, on: str) -> list[str]:
    """The grants in a schema - itself, tables, views, columns, functions - as statements for the schema `on`."""
    rows = await connection.fetch(queries.load("consumers.runtime.replay")["grants"], schema, on)
    return [row["statement"] for row in rows]


async def grant_again(connection: asyncpg.Connection, statements: Sequence[str]) -> None:
    """Give grants again inside the open transaction; what is no more needs none."""
    for statement in statements:
        try:
            async with connection.transaction():
                await connection.execute(statement)
        except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError):
            continue
