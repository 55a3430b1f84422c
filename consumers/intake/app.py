"""The consumer `intake`: what arrived, from whom, when, what was refused and why; and the register of agreements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import asyncpg

from consumers.intake import handler
from consumers.intake.store import Store
from consumers.runtime.work import Delivery, Work
from schemas.errors import ContractError
from schemas.process.settings import Settings
from schemas.topics import AGREEMENTS, LEDGER, REJECTS


@dataclass(frozen=True, slots=True)
class Intake:
    """Reads what the watcher says of each file; writes the tables behind `delivery`, `rejected_row` and `freshness`."""

    name: Final[str] = "intake"
    topics: Final[tuple[str, ...]] = (LEDGER, REJECTS, AGREEMENTS)
    package: Final[str] = "consumers.intake"
    history: Final[tuple[str, ...]] = ("today_override",)

    async def apply(self, connection: asyncpg.Connection, work: Work) -> None:
        """As `Consumer.apply`."""
        if isinstance(work, Delivery):
            raise ContractError("A delivery where intake reads single records.")
        store = Store(connection)
        if work.topic == LEDGER:
            await store.save_deliveries(handler.entered(work.records))
        elif work.topic == REJECTS:
            await store.save_rejected_rows(handler.refused(work.records))
        else:
            await store.save_register(handler.register(work.records))


def consumer(_settings: Settings) -> Intake:
    """The consumer of one installation."""
    return Intake()
