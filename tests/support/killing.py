"""SIGKILL, for tests of what comes after."""

from __future__ import annotations

import psutil

from deploy.processes import wait_until_gone


def kill(pid: int) -> None:
    """Kill a process, and return when it is dead."""
    process = psutil.Process(pid)
    process.kill()

    assert wait_until_gone([process], 10) == []
