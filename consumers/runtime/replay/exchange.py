"""Puts one state in the place of another in one transaction: tables, positions, views, grants, and what was told.

Who reads goes first: no lock is waited for longer than `LOCK_WAIT_MS`, and no attempt takes longer than `BUDGET_S`.
Views stand on tables and not on names, so each that stands on the old tables is made again on the new ones, in place:
its own grants, and whatever others have built on it, stay. What was told to others is no state but history: those
tables are handed over, and come back the same way.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from consumers.runtime import queries
from consumers.runtime.grants import grant_again, grants_of
from consumers.runtime.offsets import Place
from consumers.runtime.postgres import own_queries
from consumers.runtime.replay import comparing
from consumers.runtime.replay.shadow import ENGINE_HISTORY
from schemas.errors import PupilstreamError

LOCK_WAIT_MS: Final = 150
BUDGET_S: Final = 0.8


class NotNowError(PupilstreamError):
    """The exchange has to wait: somebody reads, or one state has read on. Nothing has changed; try again."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Serving state `live` goes to schema `old`, state `new` takes its place with the history tables of `live`."""

    live: str
    new: str
    old: str
    history: tuple[str, ...]

    async def attempt(self, connection: asyncpg.Connection, *, may_lead: bool) -> float:
        """Exchange now or not at all; for how long, in seconds, the live consumer was held.

        Args:
            connection: one with no transaction open.
            may_lead: whether the new state may have read what the live one has not.

        Raises:
            NotNowError: not now.
            asyncpg.PostgresError: it can never be done.

        """
        begun = time.monotonic()
        try:
            async with connection.transaction():
                held_at = await self._exchange(connection, begun, may_lead=may_lead)
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
        for table in (*ENGINE_HISTORY, *self.history):
            statement = await connection.fetchval(_sql()["exchange_table_statement"], self.old, self.live, table)
            await connection.execute(statement)


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
