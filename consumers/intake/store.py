"""What intake keeps in Postgres. Every call is inside the engine's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import asyncpg

from consumers.intake.handler import Entered, Register
from consumers.runtime import queries
from consumers.runtime.postgres import stage
from schemas.events import RejectedRow

_DELIVERY: Final = (
    "sender", "dataset", "delivery_seq", "state", "reason", "file_name", "sha256", "rows_total", "rows_accepted",
    "rows_rejected", "received_at", "published_at", "topic", "partition", "end_offset", "academic_year", "last_week",
    "units",
)  # fmt: skip
_REJECTED_ROW: Final = ("sender", "dataset", "delivery_seq", "row", "column", "rule")
_AGREEMENT: Final = ("dfe_no", "school_name", "contact", "datasets", "agreed_from", "agreed_to", "profile")


class Store:
    """One transaction's view of the tables."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection: Final = connection
        self._sql: Final = queries.load("consumers.intake")

    async def save_deliveries(self, entries: Iterable[Entered]) -> None:
        """What became of files; an older word never replaces a newer one."""
        rows = [
            (one.ledger_key, one.ledger_offset, *(getattr(one.entry, column) for column in _DELIVERY))
            for one in entries
        ]
        await stage(self._connection, "delivery", ("ledger_key", "ledger_offset", *_DELIVERY), rows)
        await self._connection.execute(self._sql["merge_deliveries"])

    async def save_rejected_rows(self, refused: Iterable[RejectedRow]) -> None:
        """Refused rows, each once."""
        rows = [tuple(getattr(row, column) for column in _REJECTED_ROW) for row in refused]
        await stage(self._connection, "rejected_row", _REJECTED_ROW, rows)
        await self._connection.execute(self._sql["merge_rejected_rows"])

    async def save_register(self, register: Register) -> None:
        """Agreements that are new or changed, and those withdrawn."""
        rows = [tuple(getattr(agreement, column) for column in _AGREEMENT) for agreement in register.agreed]
        await stage(self._connection, "agreement", _AGREEMENT, rows)
        await self._connection.execute(self._sql["merge_agreements"])
        await self._connection.execute(self._sql["remove_agreements"], list(register.withdrawn))
