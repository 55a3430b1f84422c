"""Schemas: each migration once, never edited; and the views, made anew."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

import asyncpg
import pytest

from consumers.runtime.errors import FatalError
from consumers.runtime.migrations import migrate
from consumers.runtime.postgres import connect
from schemas.process.settings import Secret, Settings
from tests.support.running import ask


@pytest.fixture(name="settings")
def _settings(tmp_path: Path, database_dsn: str) -> Settings:
    return Settings(home=tmp_path, inbox=tmp_path, postgres=Secret(database_dsn))


@pytest.fixture(name="package")
def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with one migration."""
    name = f"migrations_of_{tmp_path.name}"
    migrations(tmp_path, name).mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    write(tmp_path, name, "0001_first", "CREATE TABLE first (a integer);")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    return name


def migrations(folder: Path, package: str) -> Path:
    """Where the package has its migrations."""
    return folder / package / "sql" / "migrations"


def write(folder: Path, package: str, name: str, text: str) -> None:
    """Write a migration."""
    (migrations(folder, package) / f"{name}.sql").write_text(text)


def migrated(settings: Settings, package: str, *schemas: str, at_once: int = 1) -> None:
    """Migrate schemas, by so many starters at once."""

    async def start(schema: str) -> None:
        connection = await connect(settings, schema)
        try:
            await migrate(connection, schema, package)
        finally:
            await connection.close()

    async def together() -> None:
        await asyncio.gather(*(start(schema) for schema in schemas for _ in range(at_once)))

    asyncio.run(together())


def done(settings: Settings, schema: str) -> list[str]:
    """The names of the migrations that the schema has had."""
    return [name for (name,) in ask(settings, schema, "SELECT name FROM migration ORDER BY applied_at, name")]


def test_the_engines_tables_come_first(settings: Settings, package: str, tmp_path: Path) -> None:
    """The schema gets the engine's tables and then the consumer's own, in the order of their names."""
    write(tmp_path, package, "0002_second", "ALTER TABLE first ADD COLUMN b bigint REFERENCES outbox (id);")

    migrated(settings, package, "sample")

    assert done(settings, "sample") == ["0001_engine", "0001_first", "0002_second"]


def test_a_migration_is_applied_once(settings: Settings, package: str, tmp_path: Path) -> None:
    """A later start applies only what is new."""
    migrated(settings, package, "sample")
    write(tmp_path, package, "0002_second", "CREATE TABLE second (a integer);")

    migrated(settings, package, "sample")

    assert done(settings, "sample") == ["0001_engine", "0001_first", "0002_second"]


def test_starters_do_not_collide(settings: Settings, package: str) -> None:
    """Several processes that start at once bring the schema to its state together."""
    migrated(settings, package, "sample", at_once=4)

    assert done(settings, "sample") == ["0001_engine", "0001_first"]


def test_the_same_text_makes_a_shadow(settings: Settings, package: str) -> None:
    """Names are unqualified: the same migrations make another schema beside the first."""
    migrated(settings, package, "sample", "sample_shadow")

    assert done(settings, "sample") == done(settings, "sample_shadow")


def test_an_edited_migration_is_refused(settings: Settings, package: str, tmp_path: Path) -> None:
    """A text that was changed after it was applied stops everything, and nothing new is applied."""
    migrated(settings, package, "sample")
    write(tmp_path, package, "0001_first", "CREATE TABLE first (a bigint);")
    write(tmp_path, package, "0002_second", "CREATE TABLE second (a integer);")

    with pytest.raises(FatalError, match="0001_first"):
        migrated(settings, package, "sample")

    assert done(settings, "sample") == ["0001_engine", "0001_first"]


def test_a_migration_that_fails_leaves_nothing(settings: Settings, package: str, tmp_path: Path) -> None:
    """Migrations of one start are applied together or not at all."""
    write(tmp_path, package, "0002_second", "SELECT * FROM nowhere;")

    with pytest.raises(FatalError):
        migrated(settings, package, "sample")

    assert done(settings, "sample") == []


def test_a_table_is_only_found_in_its_schema(settings: Settings, package: str) -> None:
    """A connection sees one schema alone."""
    migrated(settings, package, "sample", "other")

    async def look() -> None:
        connection = await connect(settings, "nowhere")
        try:
            await connection.execute("SELECT * FROM first")
        finally:
            await connection.close()

    with pytest.raises(asyncpg.UndefinedTableError):
        asyncio.run(look())
