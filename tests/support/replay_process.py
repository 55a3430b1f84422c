"""The command `replay` as a process of its own, which kills itself where `crashing` is told, for a test to go on with.

Run as a program with the home, that instruction and the words of the command.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.replay.command import run
from schemas.process.settings import Settings, load
from tests.support.crashing import die_at

TIMEOUT_S: Final = 120.0
_CHECKOUT: Final = Path(__file__).parents[2]


def replay_process(settings: Settings, *words: str, dies_at: str = "") -> int:
    """Run the command to its end, or to its death; its exit status."""
    told = {
        "PUPILSTREAM_KAFKA": settings.kafka,
        "PUPILSTREAM_POSTGRES": str.__str__(settings.postgres),
        "PUPILSTREAM_TOPIC_PREFIX": settings.topic_prefix,
    }
    command = [sys.executable, "-m", "tests.support.replay_process", str(settings.home), dies_at, *words]
    done = subprocess.run(command, env=told, cwd=_CHECKOUT, timeout=TIMEOUT_S, stdout=subprocess.DEVNULL, check=False)
    return done.returncode


if __name__ == "__main__":
    if sys.argv[2]:
        die_at(sys.argv[2])
    sys.exit(run(load(Path(sys.argv[1])), sys.argv[3:]))
