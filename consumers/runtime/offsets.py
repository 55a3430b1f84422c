"""Positions: how far a consumer has come on each partition, kept beside its effects and moved by compare-and-set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import asyncpg

from consumers.runtime.postgres import own_queries


class Place(NamedTuple):
    """A partition of a catalogue topic."""

    topic: str
    partition: int


async def read(connection: asyncpg.Connection, places: Iterable[Place]) -> dict[Place, int]:
    """The next offset of each of these partitions that has one."""
    asked = list(places)
    topics, partitions = [place.topic for place in asked], [place.partition for place in asked]
    rows = await connection.fetch(own_queries()["positions"], topics, partitions)
    return {Place(row["topic"], row["partition"]): row["next"] for row in rows}


async def move(connection: asyncpg.Connection, place: Place, *, mine: int | None, new: int) -> bool:
    """Move a position from where we believe it is, `None` if it has never been set; false if it is elsewhere.

    Waits for another transaction that is moving the same position.
    """
    if mine is None:
        return await connection.fetchval(own_queries()["begin_position"], *place, new) is not None
    return await connection.fetchval(own_queries()["move_position"], *place, mine, new) is not None
