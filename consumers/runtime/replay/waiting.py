"""A builder at work, and how others wait for it: noticing that it has failed, or that somebody wants no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from consumers.runtime.offsets import Place
from consumers.runtime.replay.building import Builder
from consumers.runtime.replay.wanted import CancelledReplayError
from schemas.process.lifecycle import StopRequest

POLL_S: Final = 0.1
AT_REST_S: Final = 10.0
"""A live consumer that has not moved for so long does not run: it is waited for no longer."""
CANCELLED: Final = "The replay was cancelled: nothing is left of it"


@dataclass(slots=True)
class Building:
    """A builder at work, its task, and whoever may call it off."""

    builder: Builder
    task: asyncio.Task[None]
    cancel: StopRequest

    def check(self) -> None:
        """Notice that the builder has failed, or that somebody wants no more."""
        if self.cancel:
            raise CancelledReplayError(CANCELLED)
        if self.task.done():
            self.task.result()

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait for something that the builder brings about."""
        while not await condition():
            self.check()
            await asyncio.sleep(POLL_S)


@dataclass(slots=True)
class Stillness:
    """How long positions have been the same."""

    positions: Mapping[Place, int] = field(default_factory=dict)
    since: float = field(default_factory=time.monotonic)

    def for_long(self, positions: Mapping[Place, int]) -> bool:
        """Whether these have been seen for a while."""
        if positions != self.positions:
            self.positions, self.since = positions, time.monotonic()
        return time.monotonic() - self.since > AT_REST_S
