"""What of a state a replay rebuilds: all of it, one school, years from one on, and never what can no longer be read.

Everything is built; what lies outside is then replaced by what the serving state has, so that both agree on it to the
byte. Where the schools of a consumer do not depend on one another, work of other schools is not even done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import asyncpg

from consumers.runtime import queries
from consumers.runtime.replay import comparing
from consumers.runtime.replay.comparing import Table
from consumers.runtime.work import Delivery, Work
from schemas.events import COUNCIL, LedgerEntry

_ANY_YEAR = 9_999


@dataclass(frozen=True, slots=True)
class Scope:
    """Rebuilt is a row of `school`, of an academic year from `since` on, and of none of the `lost` years.

    `lost`: by sender, the last academic year of which a delivery can no longer be read; that year and those before it
    are not rebuilt.
    """

    school: str | None = None
    since: int | None = None
    lost: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, school: str | None, since: int | None, lost: Sequence[LedgerEntry]) -> Self:
        """The scope that leaves out what these deliveries may have told."""
        years: dict[str, int] = {}
        for entry in lost:
            year = _ANY_YEAR if entry.academic_year is None else entry.academic_year
            years[entry.sender] = max(year, years.get(entry.sender, year))
        return cls(school, since, years)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self.school is None and self.since is None and not self.lost

    @property
    def options(self) -> dict[str, Any]:
        """The same as plain values."""
        return {"school": self.school, "since": self.since, "lost": dict(sorted(self.lost.items()))}

    @property
    def arguments(self) -> tuple[str | None, int | None, list[str], list[int]]:
        """The same for a statement."""
        return self.school, self.since, [*self.lost], [*self.lost.values()]

    def concerns(self, work: Work) -> bool:
        """Whether a piece of work tells of more than another school."""
        return self.school is None or not isinstance(work, Delivery) or work.begun.sender in {self.school, COUNCIL}

    def speaks_of(self, key: str) -> bool:
        """Whether the record under this key - a school, then perhaps a year - tells of something that is rebuilt."""
        school, _, rest = key.partition("/")
        year = int(rest) if rest.isdecimal() and len(rest) == len("2026") else None
        if self.school not in {None, school}:
            return False
        if self.since is not None and year is not None and year < self.since:
            return False
        return school not in self.lost or (year is not None and year > self.lost[school])


async def adopt(connection: asyncpg.Connection, live: str, built: str, history: Sequence[str], scope: Scope) -> None:
    """Put what the live state has in place of what the built one has, outside the scope; inside the open transaction.

    Both must have read the same.
    """
    sql = _sql()
    found = {table.name: table for table in await comparing.tables(connection, built, history)}
    order = [row["name"] for row in await connection.fetch(sql["tables_in_order"], built)]
    tables = [found[name] for name in order if name in found]
    names = [(live, built, table) for table in tables]
    for state in reversed(names):
        await connection.execute(await _removing(connection, *state), *scope.arguments)
    for state in names:
        await connection.execute(await _adopting(connection, *state), *scope.arguments)
    if scope.lost:
        await connection.execute(await connection.fetchval(sql["adopt_applied_statement"], live, built), [*scope.lost])


async def _removing(connection: asyncpg.Connection, live: str, built: str, table: Table) -> Any:
    outside = await _outside(connection, table)
    statement = _sql()["remove_foreign_statement"]
    return await connection.fetchval(statement, live, built, table.name, outside, table.keys, table.has_key)


async def _adopting(connection: asyncpg.Connection, live: str, built: str, table: Table) -> Any:
    outside, statement = await _outside(connection, table), _sql()["adopt_statement"]
    return await connection.fetchval(
        statement, live, built, table.name, outside, table.columns, table.keys, table.has_key
    )


async def _outside(connection: asyncpg.Connection, table: Table) -> Any:
    return await connection.fetchval(_sql()["outside_condition"], table.school, "academic_year" in table.columns)


def _sql() -> Mapping[str, str]:
    return queries.load("consumers.runtime.replay")
