"""Puts one state in the place of another in one transaction: tables, positions, views, grants, and what was told.

Who reads goes first: no lock is waited for longer than `LOCK_WAIT_MS`, and no attempt takes longer than `BUDGET_S`.
Views stand on tables and not on names, so each that stands on the old tables is made again on the new ones, in place:
its own grants, and whatever others have built on it, stay. What was told to others is no state but history: those
tables are handed over, and come back the same way - but where the consumer has a query `keep_<table>`, which carries
over what is worth it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from consumers.runtime import outbox, queries
from consumers.runtime.grants import grant_again, grants_of
from consumers.runtime.offsets import Place
from consumers.runtime.postgres import own_queries
from consumers.runtime.replay import comparing
from consumers.runtime.replay.shadow import ENGINE_HISTORY
from consumers.runtime.replay.telling import Corrections
from consumers.runtime.work import Consumer
from schemas.errors import PupilstreamError

LOCK_WAIT_MS: Final = 150
BUDGET_S: Final = 0.8


class NotNowError(PupilstreamError):
    """The exchange has to wait: somebody reads, or one state has read on. Nothing has changed; try again."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The consumer's serving state goes to schema `old`, state `new` takes its place with the history of the former."""

    consumer: Consumer
    new: str
    old: str

    @property
    def live(self) -> str:
        """The schema of the state that serves."""
        return self.consumer.name

    async def prepare(self, connection: asyncpg.Connection) -> None:
        """Do beforehand what the exchange would find little left of: it is repeated there, in a moment."""
        async with connection.transaction():
            await comparing.keep_times(connection, self.live, self.new)
            await self._carry_over(connection, self.live, self.new)

    async def attempt(self, connection: asyncpg.Connection, told: Corrections, *, may_lead: bool) -> float:
        """Exchange now or not at all; for how long, in seconds, the live consumer was held.

        Args:
            connection: one with no transaction open.
            told: what is to be told with it.
            may_lead: whether the new state may have read what the live one has not.

        Raises:
            NotNowError: not now.
            asyncpg.PostgresError: it can never be done.

        """
        begun = time.monotonic()
        try:
            async with connection.transaction():
                held_at = await self._exchange(connection, begun, may_lead=may_lead)
                for schema, words in ((self.old, told.back), (self.live, told.forth)):
                    await connection.execute(own_queries()["set_search_path"], schema)
                    await outbox.enqueue(connection, words)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            raise NotNowError("somebody is reading") from None
        return time.monotonic() - held_at

    async def _exchange(self, connection: asyncpg.Connection, begun: float, *, may_lead: bool) -> float:
        sql = _sql()
        await self._let_readers_go_first(connection)
        await connection.execute(sql["limit_lock_waits"], f"{LOCK_WAIT_MS}ms")
        await connection.execute(own_queries()["set_search_path"], "pg_catalog")
        views = await connection.fetch(sql["standing_on"], self.live)
        grants = await grants_of(connection, self.live, on=self.live)
        aside = f"{self.live}_aside"
        for source, target in ((self.live, aside), (self.new, self.live), (aside, self.old)):
            await connection.execute(await connection.fetchval(sql["rename_schema_statement"], source, target))
        held_at = time.monotonic()
        await connection.execute(await connection.fetchval(sql["lock_positions_statement"], self.old))
        await self._judge_positions(connection, may_lead=may_lead)
        await self._hand_over_history(connection)
        for view in views:
            await connection.execute(view["statement"])
            _within(begun)
        await comparing.keep_times(connection, self.old, self.live)
        await self._carry_over(connection, self.old, self.live)
        await grant_again(connection, grants)
        _within(begun)
        return held_at

    async def _let_readers_go_first(self, connection: asyncpg.Connection) -> None:
        """A reader whose snapshot is older than the new state's last change would find it half made."""
        age = await connection.fetchval(await connection.fetchval(_sql()["last_change_statement"], self.new))
        if await connection.fetchval(_sql()["older_readers"], age):
            raise NotNowError("somebody has been reading for a while")

    async def _judge_positions(self, connection: asyncpg.Connection, *, may_lead: bool) -> None:
        live, new = [await comparing.positions(connection, schema) for schema in (self.old, self.live)]
        if not _stands_at(new, live, may_lead=may_lead):
            raise NotNowError("one of the two states has read on")

    async def _hand_over_history(self, connection: asyncpg.Connection) -> None:
        for table in (*ENGINE_HISTORY, *(name for name in self.consumer.history if name not in self._kept)):
            statement = await connection.fetchval(_sql()["exchange_table_statement"], self.old, self.live, table)
            await connection.execute(statement)

    async def _carry_over(self, connection: asyncpg.Connection, source: str, target: str) -> None:
        for table, keep in self._kept.items():
            await connection.execute(await connection.fetchval(_sql()["told_view_statement"], source, table))
            await connection.execute(own_queries()["set_search_path"], target)
            await connection.execute(keep)
            await connection.execute(await connection.fetchval(_sql()["forget_told_view_statement"], table))

    @property
    def _kept(self) -> dict[str, str]:
        """The consumer's own query for each history table that it carries over itself."""
        own = queries.load(self.consumer.package)
        return {table: own[f"keep_{table}"] for table in self.consumer.history if f"keep_{table}" in own}


def _stands_at(new: Mapping[Place, int], live: Mapping[Place, int], *, may_lead: bool) -> bool:
    places = new.keys() | live.keys()
    if may_lead:
        return all(new.get(place, 0) >= live.get(place, 0) for place in places)
    return all(new.get(place, 0) == live.get(place, 0) for place in places)


def _within(begun: float) -> None:
    if time.monotonic() - begun > BUDGET_S:
        raise NotNowError("the database is too busy")


def _sql() -> Mapping[str, str]:
    return queries.load("consumers.runtime.replay")
