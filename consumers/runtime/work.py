"""What a consumer is given, and what it must be.

A consumer is its topics, its SQL, a pure handler and a store. The engine gives it one piece of work at a time, inside
a transaction that has already moved the position; whatever `apply` writes is committed with it or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import asyncpg
import polars as pl

from schemas.events import DeliveryBegun
from schemas.process.kafka import Record


@dataclass(frozen=True, slots=True)
class Delivery:
    """One whole, checked block: its opening record and its rows, as columns of the row record, in file order."""

    topic: str
    partition: int
    next_offset: int
    begun: DeliveryBegun
    rows: pl.DataFrame
    first_offset: int = 0

    @property
    def lock(self) -> str:
        """What must not be changed by two transactions at once: the sender's state."""
        return self.begun.sender


@dataclass(frozen=True, slots=True)
class Records:
    """Single records of one partition, in order: as many as had arrived. Topics by their names in the catalogue."""

    topic: str
    partition: int
    next_offset: int
    records: tuple[Record, ...]


Work = Delivery | Records


class Consumer(Protocol):
    """One consumer, as the engine sees it."""

    @property
    def name(self) -> str:
        """Name of the consumer: its process, its consumer group and its Postgres schema."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Catalogue topics it reads."""

    @property
    def package(self) -> str:
        """Import path of its folder, in which `sql/migrations/` lies."""

    @property
    def history(self) -> tuple[str, ...]:
        """Its tables that topics alone do not make: what was told to others or set by hand. A replay keeps them."""

    async def apply(self, connection: asyncpg.Connection, work: Work) -> None:
        """Give the work its effect.

        Called by the engine inside a transaction, with the search path set to the consumer's schema and, for a
        delivery, the sender's lock held. Must be idempotent and guarded by `delivery_seq`, must not commit, and may be
        called again with the same work after an error.

        Raises:
            PoisonError: the work can never be applied.
            ContractError: as PoisonError.
            asyncpg.PostgresError: translated by the engine, by SQLSTATE.

        """
