"""The swap, tried again until nobody stands in its way: readers go first, and both states must have read the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from consumers.runtime.errors import FatalError
from consumers.runtime.offsets import Place
from consumers.runtime.replay import comparing
from consumers.runtime.replay.exchange import Exchange, NotNowError
from consumers.runtime.replay.scope import Scope
from consumers.runtime.replay.telling import Corrections, corrections
from consumers.runtime.replay.waiting import AT_REST_S, POLL_S, Building
from consumers.runtime.replay.wanted import Watch
from schemas.process.settings import Settings

SWAP_PATIENCE_S: Final = 900.0


@dataclass(slots=True)
class Telling:
    """What the others have to be told at the swap, worked out anew when the new state has read on."""

    settings: Settings
    exchange: Exchange
    scope: Scope
    _reached: Mapping[Place, int] | None = None
    _corrections: Corrections = field(default_factory=Corrections)

    async def up_to_date(self, connection: asyncpg.Connection) -> Corrections:
        """As of now, while the new state stands still."""
        live, new = self.exchange.live, self.exchange.new
        reached = await comparing.positions(connection, new)
        if reached != self._reached:
            self._corrections = await corrections(connection, self.settings, live, new, self.scope)
            self._reached = reached
        return self._corrections


async def swap(connection: asyncpg.Connection, building: Building, telling: Telling, watch: Watch) -> float:
    """Let the built state serve; for how long, in seconds, the live consumer was held. The builder is stopped.

    Raises:
        FatalError: somebody was in the way for too long; nothing has changed.

    """
    exchange = telling.exchange
    await exchange.prepare(connection)
    deadline, patient_until = time.monotonic() + SWAP_PATIENCE_S, time.monotonic() + AT_REST_S
    while True:
        building.check()
        try:
            async with building.builder.standing_still():
                told = await telling.up_to_date(connection)
                held = await exchange.attempt(connection, told, may_lead=time.monotonic() > patient_until)
                building.builder.stop.set()
                return held
        except NotNowError as error:
            if time.monotonic() > deadline:
                raise FatalError(
                    f"The swap could not be made in {SWAP_PATIENCE_S:.0f} s: {error}. Nothing has changed; "
                    "start the same command again when it is quieter"
                ) from None
            watch.step(f"waiting to swap: {error}")
        await asyncio.sleep(POLL_S)
