"""Starting and stopping a process: SIGTERM and Ctrl-C ask it to end, and it ends between two pieces of work.

One that ends by itself, for a reason that starting it again would not mend, states it in a file of the home.
"""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from types import FrameType

from schemas.process.settings import Settings


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


def stopped_file(home: Path, name: str) -> Path:
    """Where a process that stopped by itself says why; whoever looks after it does not start it again."""
    return home / "run" / f"{name}.stopped"


def why_stopped(home: Path, name: str) -> str | None:
    """The reason that a process left when it stopped by itself; None where it did not."""
    try:
        return str(json.loads(stopped_file(home, name).read_text(encoding="utf-8"))["reason"])
    except FileNotFoundError:
        return None


def say_why_stopped(settings: Settings, name: str, reason: str) -> None:
    """Leave the reason, as a line of JSON."""
    path = stopped_file(settings.home, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = {"name": name, "reason": reason, "at": settings.clock.now().isoformat()}
    path.write_text(json.dumps(said) + "\n", encoding="utf-8")
