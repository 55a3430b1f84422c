"""The relay, or a consumer, as a real process that a test may kill or stop, forked from a parent that is warm already.

A program of its own would take a second and a half to start, at each of two dozen points at which it is to die.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from typing import Final

from consumers.runtime.relay import relay
from consumers.runtime.runner import run
from deploy.roles import consumer
from schemas.process import log
from schemas.process.lifecycle import stop_on_signals
from schemas.process.settings import Settings
from tests.support.crashing import die_at

END_TIMEOUT_S: Final = 60.0
_WARM: Final = multiprocessing.get_context("forkserver")
_WARM.set_forkserver_preload([__name__, "consumers.exclusions.app"])


@contextmanager
def mortal_relay(
    settings: Settings,
    schemas: Sequence[str],
    *,
    lease_s: float = 120.0,
    at: str = "",
    by: signal.Signals = signal.SIGKILL,
) -> Iterator[ForkServerProcess]:
    """A relay in a process of its own, which sends itself a signal where `crashing.die_at` is told."""
    yield from _living(_relay, settings, tuple(schemas), lease_s, at, by)


@contextmanager
def mortal_consumer(settings: Settings, name: str, *, at: str = "") -> Iterator[ForkServerProcess]:
    """A consumer in a process of its own, which kills itself there."""
    yield from _living(_consumer, settings, name, at)


def wait_until_killed(process: ForkServerProcess) -> None:
    """Return when it has died of SIGKILL."""
    process.join(END_TIMEOUT_S)
    assert process.exitcode == -signal.SIGKILL, f"it ended with {process.exitcode}"


def _living(target: object, *arguments: object) -> Iterator[ForkServerProcess]:
    process = _WARM.Process(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # any function of ours
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join(END_TIMEOUT_S)
        process.close()


def _relay(settings: Settings, schemas: Sequence[str], lease_s: float, at: str, by: signal.Signals) -> None:
    _prepare(at, by)
    asyncio.run(relay(settings, schemas, stop_on_signals(), lease_s=lease_s))


def _consumer(settings: Settings, name: str, at: str) -> None:
    _prepare(at, signal.SIGKILL)
    asyncio.run(run(consumer(name, settings), settings, stop_on_signals()))


def _prepare(at: str, by: signal.Signals) -> None:
    log.configure("mortal", open(os.devnull, "w"))  # noqa: SIM115, PTH123 - as long as the process lives
    if at:
        die_at(at, by)
