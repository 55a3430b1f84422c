"""What others have on what we make anew - grants, and views of their own: read before, and given back after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import asyncpg

from consumers.runtime import queries
from consumers.runtime.errors import FatalError


@dataclass(frozen=True, slots=True)
class Standing:
    """What others have on a schema of views: grants in it, views that stand on it, and the grants on those."""

    grants: tuple[str, ...]
    views: tuple[asyncpg.Record, ...]

    @classmethod
    async def on(cls, connection: asyncpg.Connection, schema: str) -> Self:
        """What there is now; the search path must name no schema of ours, so that every name is told in full."""
        views = await connection.fetch(queries.load("consumers.runtime.replay")["built_by_others"], schema)
        schemas = dict.fromkeys([schema, *(view["schema"] for view in views)])
        grants = [grant for one in schemas for grant in await grants_of(connection, one, on=one)]
        return cls(tuple(grants), tuple(views))

    async def make_again(self, connection: asyncpg.Connection) -> None:
        """Give it all back, inside the transaction that has made the schema anew.

        Raises:
            FatalError: a view of others asks for what ours no longer have.

        """
        for view in self.views:
            try:
                await connection.execute(view["statement"])
            except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError):
                name = f"{view['schema']}.{view['name']}"
                raise FatalError(
                    f"View {name} asks the views of this version for something they no longer have: "
                    "change or drop it, then start again"
                ) from None
        await grant_again(connection, self.grants)


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
