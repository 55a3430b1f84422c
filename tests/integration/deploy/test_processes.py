"""Processes that outlive their starter."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from deploy import processes
from deploy.processes import Running
from tests.support.waiting import wait_until

SLEEP = ["/bin/sh", "-c", "exec sleep 600"]
START_ONE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from deploy import processes
home = Path(sys.argv[1])
processes.start("sleeper", ["/bin/sh", "-c", "exec sleep 600"], home=home, log=home / "log" / "sleeper.log")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(name="sleeper")
def _sleeper(tmp_path: Path) -> Iterator[Running]:
    running = processes.start("sleeper", SLEEP, home=tmp_path, log=tmp_path / "log" / "sleeper.log")
    yield running
    processes.stop(running, 5)


def test_a_process_outlives_its_starter(tmp_path: Path) -> None:
    """A process whose starter was killed goes on, and is found by its name."""
    subprocess.run([sys.executable, "-c", START_ONE_AND_DIE, str(tmp_path)], check=False)

    found = processes.find("sleeper", tmp_path)

    assert found is not None
    processes.stop(found, 5)
    assert not processes.is_alive(found)


def test_nothing_runs_without_a_pid_file(tmp_path: Path) -> None:
    """When the starter dies before it has written the pid file, the program never begins."""
    trace = tmp_path / "trace"

    outcome = subprocess.run(
        [*processes.GATE, str(tmp_path), "/usr/bin/touch", str(trace)], check=False, stdin=subprocess.DEVNULL
    )

    assert outcome.returncode != 0
    assert not trace.exists()


def test_a_later_process_with_the_same_pid_is_another(sleeper: Running) -> None:
    """A pid alone is not enough to be the same process."""
    earlier = replace(sleeper, started=sleeper.started - 60)

    assert processes.is_alive(sleeper)
    assert not processes.is_alive(earlier)


def test_the_file_of_a_dead_process_is_removed(sleeper: Running, tmp_path: Path) -> None:
    """Whoever looks for a dead process finds none, and leaves no stale file behind."""
    psutil.Process(sleeper.pid).kill()
    wait_until(lambda: not processes.is_alive(sleeper), timeout_s=5, what="the end of a killed process")

    assert processes.find("sleeper", tmp_path) is None
    assert not (tmp_path / "run" / "sleeper.pid").exists()


def test_what_does_not_end_when_asked_is_killed(tmp_path: Path) -> None:
    """A process that ignores SIGTERM is gone after the deadline, and so are its children."""
    ready = tmp_path / "ready"
    stubborn = ["/bin/sh", "-c", f"trap '' TERM; sleep 600 & touch {ready}; wait"]
    running = processes.start("stubborn", stubborn, home=tmp_path, log=tmp_path / "log" / "stubborn.log")
    wait_until(ready.exists, timeout_s=5, what="the process to ignore SIGTERM")
    children = psutil.Process(running.pid).children()

    processes.stop(running, 0.2)

    assert len(children) == 1
    assert processes.wait_until_gone(children, 0) == []
    assert not processes.is_alive(running)


def test_the_end_of_our_own_child_is_told(sleeper: Running) -> None:
    """The exit status of a process that we started says which signal ended it."""
    psutil.Process(sleeper.pid).kill()
    statuses: list[int | None] = []

    def has_ended() -> bool:
        statuses.append(processes.exit_status(sleeper))
        return statuses[-1] is not None

    wait_until(has_ended, timeout_s=5, what="the end of a killed process")

    assert statuses[-1] == -signal.SIGKILL


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    """What a process writes is appended to its log, with the settings and the folder that it was given."""
    log = tmp_path / "log" / "talker.log"

    running = processes.start(
        "talker",
        ["/bin/sh", "-c", "echo $WORD in $PWD"],
        home=tmp_path,
        log=log,
        env={"WORD": "hello"},
        folder=tmp_path / "run",
    )
    wait_until(lambda: not processes.is_alive(running), timeout_s=5, what="the end of a short process")

    assert log.read_text() == f"hello in {tmp_path / 'run'}\n"


def test_a_pid_file_holds_pid_and_start_time(sleeper: Running, tmp_path: Path) -> None:
    """The file is readable by its owner alone and says which process it was."""
    path = tmp_path / "run" / "sleeper.pid"

    assert json.loads(path.read_text()) == {"pid": sleeper.pid, "started": sleeper.started}
    assert path.stat().st_mode & 0o777 == 0o600
