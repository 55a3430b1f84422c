"""Further instances of an installation's processes, as an operator starts them with `pupilstream run`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.installation import COMMAND, Installation

STOP_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Instance:
    """One process beside those that `up` looks after, and what it logs."""

    role: str
    process: subprocess.Popen[bytes]
    log: Path

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Its exit status, once it has ended."""
        return self.process.wait(STOP_TIMEOUT_S)

    @property
    def partitions(self) -> int:
        """How many partitions it was given last."""
        return partitions(self.log)


def start(made: Installation, role: str, **environment: str) -> Instance:
    """Start one more instance of a process; the caller ends it."""
    told = {f"PUPILSTREAM_{name.upper()}": value for name, value in environment.items()}
    number = len([*made.home.glob(f"{role}.*.out")])
    log = made.home / f"{role}.{number}.out"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [COMMAND, "run", role, "--home", made.home],
            env={**os.environ, **made.environment, **told},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    return Instance(role, process, log)


@contextmanager
def all_ended() -> Iterator[list[Instance]]:
    """A list of instances, none of which outlives the block, whatever happens in it."""
    instances: list[Instance] = []
    try:
        yield instances
    finally:
        for instance in instances:
            if instance.process.poll() is None:
                instance.process.kill()
            instance.wait()


def partitions(log: Path) -> int:
    """How many partitions the process that writes this log was given last."""
    counts = [int(line["count"]) for line in logged(log, "partitions_assigned")]
    return counts[-1] if counts else 0


def logged(log: Path, event: str) -> list[Mapping[str, Any]]:
    """Every line of this event in a log, oldest first."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [line for line in map(_parsed, lines) if line.get("event") == event]


def _parsed(line: str) -> Mapping[str, Any]:
    """A line as the log has it; nothing where it is half written, or no line of ours."""
    try:
        parsed = json.loads(line)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
