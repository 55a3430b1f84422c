"""The command `replay` as a process of its own, which kills itself where `crashing` is told, for a test to go on with.

Run as a program with that instruction and the words of the command.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.cli import main
from schemas.process.settings import Settings
from tests.support.crashing import die_at

TIMEOUT_S: Final = 120.0
_CHECKOUT: Final = Path(__file__).parents[2]


def replay_process(settings: Settings, *words: str, dies_at: str = "") -> tuple[int, str]:
    """Run the command to its end, or to its death; its exit status, and what it printed."""
    told = {
        "PUPILSTREAM_HOME": str(settings.home),
        "PUPILSTREAM_KAFKA": settings.kafka,
        "PUPILSTREAM_POSTGRES": str.__str__(settings.postgres),
        "PUPILSTREAM_TOPIC_PREFIX": settings.topic_prefix,
    }
    command = [sys.executable, "-m", "tests.support.replay_process", dies_at, *words]
    done = subprocess.run(
        command, env=told, cwd=_CHECKOUT, timeout=TIMEOUT_S, stdout=subprocess.PIPE, text=True, check=False
    )
    return done.returncode, done.stdout


if __name__ == "__main__":
    _, instruction, *words = sys.argv
    if instruction:
        die_at(instruction)
    sys.argv = ["pupilstream", "replay", *words]
    main()
