"""The consumer `attendance`: marks, corrections, absence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import asyncpg

from consumers.attendance import closed_days, handler
from consumers.attendance.codes import CodeBook
from consumers.attendance.store import Store
from consumers.runtime import outbox
from consumers.runtime.work import Delivery, Work
from schemas.codes import attendance_codes
from schemas.errors import ContractError
from schemas.process.settings import Settings
from schemas.topics import ATTENDANCE


@dataclass(frozen=True, slots=True)
class Attendance:
    """Reads registers; writes the tables behind the views of absence; publishes the days a school is closed."""

    name: Final[str] = "attendance"
    topics: Final[tuple[str, ...]] = (ATTENDANCE,)
    package: Final[str] = "consumers.attendance"
    history: Final[tuple[str, ...]] = ()
    book: Final[CodeBook] = field(default_factory=lambda: CodeBook(attendance_codes()))

    async def apply(self, connection: asyncpg.Connection, work: Work) -> None:
        """As `Consumer.apply`."""
        if not isinstance(work, Delivery):
            raise ContractError("Single records where attendance reads deliveries.")
        store = Store(connection, work.begun.sender)
        held = await store.held(handler.academic_years(work))
        changes = handler.changes(work, held, book=self.book)
        await store.save(changes)
        await outbox.enqueue(connection, closed_days.told(changes, work.begun))


def consumer(_settings: Settings) -> Attendance:
    """The consumer of one installation."""
    return Attendance()
