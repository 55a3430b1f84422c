"""A process that kills itself, as a power cut would, before or after one call: `module:function before 1`.

Run as a program with the home and that instruction it is a watcher; without one an ordinary watcher.
"""

from __future__ import annotations

import inspect
import os
import signal
import sys
from collections.abc import Callable
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

from producers.watcher.app import main
from schemas.process.settings import load


def die_at(instruction: str, by: signal.Signals = signal.SIGKILL) -> None:
    """Put the death, or another signal to itself, in place of the named function, which may be a coroutine's."""
    target, moment, count = instruction.split()
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner = reduce(getattr, owners, import_module(module))
    setattr(owner, name, _deadly(getattr(owner, name), moment, int(count), by))


def _deadly(function: Callable[..., Any], moment: str, count: int, by: signal.Signals) -> Callable[..., Any]:
    calls = 0

    def reached(now: str) -> None:
        if now == moment and calls == count:
            os.kill(os.getpid(), by)

    def wrapped(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        reached("before")
        outcome = function(*given, **named)
        reached("after")
        return outcome

    async def awaited(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        reached("before")
        outcome = await function(*given, **named)
        reached("after")
        return outcome

    return awaited if inspect.iscoroutinefunction(function) else wrapped


if __name__ == "__main__":
    if sys.argv[2]:
        die_at(sys.argv[2])
    sys.exit(main(load(Path(sys.argv[1]))))
