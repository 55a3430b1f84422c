"""What two states of a consumer differ in: counts and checksums by school, then the rows of the schools that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

import asyncpg

from consumers.runtime import queries
from consumers.runtime.offsets import Place
from consumers.runtime.replay.shadow import ENGINE_TABLES

CHECK_TIMEOUT_S: Final = 1_800.0
RESTRICTED: Final = "restricted"
"""Tables whose names begin so hold rows of sealed children: how many differ is told, and not which."""


class Table(NamedTuple):
    """A table that is made from topics; without a `school` its rows belong to nobody in particular."""

    name: str
    columns: list[str]
    keys: list[str]
    school: str | None

    @property
    def has_key(self) -> bool:
        """Whether it has a primary key; else all columns together tell one row from another."""
        return self.keys != self.columns


class Sum(NamedTuple):
    """A school's rows in a table."""

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows of one table that are `added`, `removed` or `changed` in the rebuilt state; samples are their keys."""

    table: str
    what: str
    rows: int
    schools: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two states beside each other; `same_place`: both had read exactly the same."""

    tables: Mapping[str, int]
    schools: int
    same_place: bool
    differences: tuple[Difference, ...]

    @property
    def report(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


async def compare(
    connection: asyncpg.Connection, held: str, built: str, history: Sequence[str], *, same_place: bool
) -> Comparison:
    """Compare the state in schema `built` with that in `held`, inside the open transaction, as of its snapshot."""
    differences: list[Difference] = []
    rows: dict[str, int] = {}
    schools: set[str] = set()
    for table in await tables(connection, built, history):
        before, after = [await sums(connection, schema, table) for schema in (held, built)]
        rows[table.name] = sum(one.rows for one in after.values())
        schools |= after.keys() - {""}
        differing = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if differing:
            differences += await _rows_that_differ(connection, held, built, table, differing)
    return Comparison(rows, len(schools), same_place, tuple(differences))


async def tables(connection: asyncpg.Connection, schema: str, history: Sequence[str]) -> list[Table]:
    """The tables of a state that are made from topics, by name."""
    found = await connection.fetch(_sql()["built_tables"], schema, [*ENGINE_TABLES, *history])
    return [Table(*row) for row in found]


async def sums(connection: asyncpg.Connection, schema: str, table: Table) -> dict[str, Sum]:
    """Count and checksum of a table by school; '' for what belongs to no school."""
    statement = await connection.fetchval(_sql()["checksum_statement"], schema, table.name, table.columns, table.school)
    return {row[0]: Sum(row[1], row[2]) for row in await connection.fetch(statement, timeout=CHECK_TIMEOUT_S)}


async def dump(connection: asyncpg.Connection, schema: str, history: Sequence[str]) -> str:
    """A whole state as one text, that the same state always gives."""
    lines: list[str] = []
    for table in await tables(connection, schema, history):
        statement = await connection.fetchval(_sql()["dump_statement"], schema, table.name, table.columns)
        lines += [f"{table.name}\t{row['row']}" for row in await connection.fetch(statement)]
    return "\n".join(lines)


async def positions(connection: asyncpg.Connection, schema: str) -> dict[Place, int]:
    """How far a state has read."""
    statement = await connection.fetchval(_sql()["positions_statement"], schema)
    return {Place(row[0], row[1]): row[2] for row in await connection.fetch(statement)}


async def keep_times(connection: asyncpg.Connection, held: str, built: str) -> None:
    """What both states have noted - applied, parked, torn - was noted when the first did so."""
    await connection.execute(await connection.fetchval(_sql()["keep_times_statement"], held, built))


async def _rows_that_differ(
    connection: asyncpg.Connection, held: str, built: str, table: Table, schools: list[str]
) -> list[Difference]:
    statement = await connection.fetchval(
        _sql()["difference_statement"], held, built, table.name, table.columns, table.keys, table.school
    )
    found = await connection.fetch(statement, schools, timeout=CHECK_TIMEOUT_S)
    shown = 0 if table.name.startswith(RESTRICTED) else None
    return [Difference(table.name, row[0], row[1], len(schools), tuple(row[2][:shown])) for row in found]


def _sql() -> Mapping[str, str]:
    return queries.load("consumers.runtime.replay")
