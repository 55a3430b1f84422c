"""The bridge between the consumer's thread and the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from consumers.runtime.errors import RetryableError
from consumers.runtime.group import Group
from consumers.runtime.offsets import Place
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings
from schemas.topics import ATTENDANCE


def test_positions_that_cannot_be_read_stop_the_poll(settings: Settings) -> None:
    """What goes wrong while partitions are assigned comes out of the poll, and nothing is read from elsewhere."""
    arrived: list[object] = []

    async def unknown(_places: Sequence[Place]) -> dict[Place, int]:
        raise RetryableError("the database is away")

    async def poll() -> None:
        async with asyncio.timeout(30), Group(settings, "tally", [ATTENDANCE], unknown) as group:
            arrived.extend([piece async for piece in group.pieces(StopRequest())])

    with pytest.raises(RetryableError, match="the database is away"):
        asyncio.run(poll())

    assert arrived == []
