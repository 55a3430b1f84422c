"""A watcher that kills itself, as a power cut would, before or after one call: `module:function before 1`.

Run as a program with the home and that instruction; without one it is an ordinary watcher.
"""

from __future__ import annotations

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


def die_at(instruction: str) -> None:
    """Put the death in place of the named function."""
    target, moment, count = instruction.split()
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner = reduce(getattr, owners, import_module(module))
    setattr(owner, name, _deadly(getattr(owner, name), moment, int(count)))


def _deadly(function: Callable[..., Any], moment: str, count: int) -> Callable[..., Any]:
    calls = 0

    def wrapped(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if moment == "before" and calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = function(*given, **named)
        if moment == "after" and calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    return wrapped


if __name__ == "__main__":
    if sys.argv[2]:
        die_at(sys.argv[2])
    sys.exit(main(load(Path(sys.argv[1]))))
