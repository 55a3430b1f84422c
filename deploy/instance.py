"""The command `run`: one more instance of a process beside those that `up` looks after."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from deploy import roles
from deploy.processes import register_ourselves
from schemas.process.settings import load


def run_instance(role: str, home: Path) -> int:
    """Run it in this process until it is asked to stop; the exit status, 3 if it gave up or stopped by itself.

    It joins the role's consumer group, so it takes over partitions and gives them back; without a name (where none
    was given with `PUPILSTREAM_INSTANCE`), because it will not come back as the one that it was.
    """
    register_ourselves(f"{role}+{os.getpid()}", home)
    settings = load(home)
    if settings.looked_after:
        settings = replace(settings, instance="")
    return 3 if roles.run(role, settings) else 0
