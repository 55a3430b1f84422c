"""A container's health: `python -m deploy.health PROCESS` ends with 0 while the process goes round its loop."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from schemas.process.metrics import PORT_OFFSETS
from schemas.process.settings import default_home, load

TIMEOUT_S: Final = 5.0
LONGEST_TURN_S: Final = 300.0
NO_HOME: Final = Path("/nonexistent")  # settings of the environment alone
TURNED: Final = re.compile(r"^pupilstream_loop_timestamp_seconds ([0-9.e+]+)$", re.MULTILINE)


def is_well(page: str, now: float) -> bool:
    """Whether the process whose metrics these are has gone round its loop lately. `now` in seconds since 1970."""
    found = TURNED.search(page)
    return found is not None and now - float(found[1]) < LONGEST_TURN_S


def main(process: str) -> int:
    """Ask the process of this container; 0 or 1."""
    port = load(default_home() or NO_HOME).metrics_port + PORT_OFFSETS[process]
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=TIMEOUT_S) as answer:
            page = answer.read().decode()
    except (URLError, TimeoutError):
        return 1
    return 0 if is_well(page, time.time()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
