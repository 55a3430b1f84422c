"""Starting and stopping a process: SIGTERM and Ctrl-C ask it to end, and it ends between two pieces of work."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class StopRequest:
    """Set once, by a signal or by the program itself; every loop asks it, and waits on it in place of sleeping."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask the process to end."""
        self._event.set()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for the request, at most so long; whether it has come."""
        return self._event.wait(timeout_s)


def stop_on_signals() -> StopRequest:
    """A request that SIGTERM and SIGINT set. Call it once, on the main thread."""
    request = StopRequest()

    def ask(_number: int, _frame: FrameType | None) -> None:
        request.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return request
