"""What is asked of a replay, who watches it, and what comes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg

from consumers.runtime.replay.comparing import Comparison
from consumers.runtime.replay.scope import Scope
from consumers.runtime.work import Delivery
from schemas.errors import PupilstreamError


class CancelledReplayError(PupilstreamError):
    """Somebody asked for the replay to end; it has left nothing."""


class Watch(Protocol):
    """Whoever watches a replay."""

    def step(self, what: str) -> None:
        """A step begins."""

    def progress(self, done: int, total: int) -> None:
        """So many of the messages to read have been read."""


Untold = Mapping[str, Any]
"""Something not told, as plain values."""
Foresee = Callable[[asyncpg.Connection], Awaitable[Sequence[Untold]]]
"""Asks a rebuilt state, beside the history of the one that serves, what it would tell."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a replay is to do.

    `earlier`: deliveries that no topic holds any more, from wherever they are kept. `options`: what decides how the
    shadow is made, as plain values. `rows_per_s` holds the building back; 0 does not.
    """

    accept_diff: bool = False
    rows_per_s: float = 0.0
    scope: Scope = field(default_factory=Scope)
    earlier: Iterable[Delivery] = ()
    foresee: Foresee | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a replay.

    `held_s`: how long the live consumer was held for the swap, None where none took place. `untold`: what the new state
    would tell beyond what was told; it waits for a person.
    """

    comparison: Comparison
    held_s: float | None
    untold: Sequence[Untold]
    rows: int
    seconds: float
