"""The tables of a consumer's schema, the engine's own first, each migration once and in order; and the views.

A migration that has been released is never edited: its checksum is kept. Names in the files are unqualified, so that
the same text makes a shadow schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import asyncpg

from consumers.runtime.errors import FatalError
from consumers.runtime.grants import Standing
from consumers.runtime.postgres import own_queries, translating
from consumers.runtime.queries import load
from schemas.process.log import get_logger

ENGINE: Final = "consumers.runtime"
VIEWS: Final = "consumers.reporting"
VIEWS_SCHEMA: Final = "reporting"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL; `origin` is the last name of the package it comes from."""

    origin: str
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Tells an edited text from the one that was applied."""
        return sha256(self.text.encode()).hexdigest()


async def migrate(connection: asyncpg.Connection, schema: str, package: str) -> None:
    """Bring a schema to what the engine and the consumer's package need; two starters do it one after the other.

    Raises:
        FatalError: a migration was edited after its release, or cannot be applied.
        RetryableError: the database did not answer as it should.

    """
    queries = own_queries()
    migrations = [*_migrations(ENGINE), *_migrations(package)]
    with translating():
        async with connection.transaction():
            await connection.execute(queries["hold_installation"], schema)
            await connection.execute(await connection.fetchval(queries["schema_statement"], schema))
            await connection.execute(queries["set_search_path"], schema)
            await connection.execute(queries["make_migration_table"])
            rows = await connection.fetch(queries["migrations_done"])
            done = {(row["origin"], row["name"]): row["checksum"] for row in rows}
            for migration in migrations:
                await _apply(connection, migration, done.get((migration.origin, migration.name)))


async def install_views(connection: asyncpg.Connection) -> None:
    """Make schema `reporting` anew from the files of `consumers/reporting/sql`, in name order, in one transaction.

    Views that were made from the same text stay as they are. Grants, and views that others have built on ours, outlive
    it.

    Raises:
        FatalError: a view cannot be made, one of ours or one of others that stood on it.
        RetryableError: the database did not answer as it should.

    """
    queries = own_queries()
    views = [file.read_text(encoding="utf-8") for file in _sql_files(files(VIEWS).joinpath("sql"))]
    checksum = sha256("".join(views).encode()).hexdigest()
    with translating():
        async with connection.transaction():
            await connection.execute(queries["hold_installation"], VIEWS_SCHEMA)
            if await _are_installed(connection, checksum):
                return
            await connection.execute(queries["set_search_path"], "pg_catalog")
            standing = await Standing.on(connection, VIEWS_SCHEMA)
            await connection.execute(await connection.fetchval(queries["empty_schema_statement"], VIEWS_SCHEMA))
            await connection.execute(queries["set_search_path"], VIEWS_SCHEMA)
            for view in views:
                await connection.execute(view)
            await standing.make_again(connection)
            note = load("consumers.runtime.replay")["note_installed_views_statement"]
            await connection.execute(await connection.fetchval(note, VIEWS_SCHEMA, checksum))


async def _are_installed(connection: asyncpg.Connection, checksum: str) -> bool:
    installed = await connection.fetchval(load("consumers.runtime.replay")["installed_views"], VIEWS_SCHEMA)
    return installed is not None and str(installed).startswith(checksum)


async def _apply(connection: asyncpg.Connection, migration: Migration, done: str | None) -> None:
    if done == migration.checksum:
        return
    if done is not None:
        raise FatalError(
            f"Migration {migration.name} of {migration.origin} was edited after it was applied: "
            "restore its text, and put the change into a new migration"
        )
    await connection.execute(migration.text)
    await connection.execute(own_queries()["note_migration"], migration.origin, migration.name, migration.checksum)
    get_logger().info("migration_applied", name=migration.origin, migration=migration.name)


def _migrations(package: str) -> Iterator[Migration]:
    origin = package.rpartition(".")[2]
    for file in _sql_files(files(package).joinpath("sql", "migrations")):
        yield Migration(origin, file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))


def _sql_files(folder: Traversable) -> list[Traversable]:
    return sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
