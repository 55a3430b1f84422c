"""The processes of an installation by name, and how each is run: the one place that knows every consumer."""

from __future__ import annotations

from importlib import import_module
from typing import Final, Literal

from consumers.runtime import process
from consumers.runtime.work import Consumer
from schemas.process.settings import Settings

CONSUMERS: Final = ("intake", "matching", "attendance", "exclusions")
WITH_OUTBOX: Final = ("matching", "attendance", "exclusions")
ROLES: Final = ("watcher", "relay", *CONSUMERS)
SERVERS: Final = ("kafka", "postgres")

Role = Literal["watcher", "relay", "intake", "matching", "attendance", "exclusions"]


def consumer(name: str, settings: Settings) -> Consumer:
    """The consumer of that name."""
    made: Consumer = import_module(f"consumers.{name}.app").consumer(settings)
    return made


def topics_read(settings: Settings) -> dict[str, frozenset[str]]:
    """The catalogue topics that each consumer must have read to their ends before all work is done."""
    return {name: frozenset(consumer(name, settings).topics) for name in CONSUMERS}


def run(role: str, settings: Settings) -> int:
    """Run one process until it is asked to stop; the exit status.

    0 stopped when asked, 3 gave up on infrastructure, 4 stopped by itself for the reason in `HOME/run/<role>.stopped`.
    """
    if role == "watcher":
        return int(import_module("producers.watcher.app").main(settings))
    if role == "relay":
        return process.relay(settings, WITH_OUTBOX)
    return process.main(consumer(role, settings), settings)
