"""Alerts around a replay of exclusions: what was told stays told, what would be told besides waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from consumers.exclusions.replay import Telling
from consumers.exclusions.telling import Alert
from consumers.runtime.postgres import connect, translating
from consumers.runtime.replay.wanted import Untold
from schemas.codec import decode
from schemas.events import ExclusionAlert
from schemas.process.kafka import read_to_end
from schemas.process.settings import Settings
from schemas.topics import ALERTS

CONSUMER = "exclusions"


@dataclass(frozen=True, slots=True)
class Alerts:
    """The alerts of one installation."""

    settings: Settings

    async def restore(self) -> int:
        """Put back what the alerts topic holds and the tables have lost; how many alerts."""
        told = await asyncio.to_thread(self._told)
        return int(await self._in_transaction("restore", told))

    async def foresee(self, connection: asyncpg.Connection) -> Sequence[Untold]:
        """What a state would tell beyond what was told."""
        return [_plain(one) for one in await self._telling(connection).untold()]

    async def untold(self) -> list[Untold]:
        """What waits now."""
        found: list[Alert] = await self._in_transaction("untold")
        return [_plain(one) for one in found]

    async def release(self) -> list[Untold]:
        """Tell it."""
        told: list[Alert] = await self._in_transaction("release")
        return [_plain(one) for one in told]

    async def _in_transaction(self, what: str, *given: object) -> Any:
        connection = await connect(self.settings, CONSUMER)
        try:
            with translating():
                async with connection.transaction():
                    return await getattr(self._telling(connection), what)(*given)
        finally:
            connection.terminate()

    def _telling(self, connection: asyncpg.Connection) -> Telling:
        return Telling(connection, self.settings.clock, self.settings.secret_key)

    def _told(self) -> list[ExclusionAlert]:
        return [decode(r.value, ExclusionAlert) for r in read_to_end(self.settings, ALERTS) if r.value is not None]


def lines(untold: Sequence[Untold]) -> list[str]:
    """Alerts for a person, one a line; the child by the council's own number."""
    return [
        f"  {one['kind']} of {one['pupil_id'] or 'a child not matched'} at {one['dfe_no']}, row of {one['start_date']}"
        + (f", due {one['due_date']}" if one["due_date"] else "")
        + (f", supersedes {one['supersedes']}" if one["supersedes"] else "")
        for one in untold
    ]


def _plain(alert: Alert) -> Untold:
    event = alert.event
    return {
        "alert_id": event.alert_id,
        "kind": event.kind,
        "pupil_id": event.pupil_id,
        "dfe_no": event.dfe_no,
        "start_date": str(event.start_date),
        "due_date": event.due_date and str(event.due_date),
        "supersedes": len(event.supersedes),
    }
