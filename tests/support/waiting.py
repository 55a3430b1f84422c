"""The only way in which a test waits: for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

POLL_S: Final = 0.02


def wait_until(condition: Callable[[], object], *, timeout_s: float, what: str) -> None:
    """Return as soon as the condition holds.

    Raises:
        AssertionError: when it does not hold in time; says what was waited for.

    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s} s in vain for {what}"
        time.sleep(POLL_S)
