"""The program of every container: `python -m deploy.container WHAT`, with the home in `PUPILSTREAM_HOME`.

WHAT is `provision`, which makes folders, topics, tables and views and ends; `overview`, which tells the figures of the
whole installation; or a process. A second container of one process joins the first one as a further instance.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from deploy import home as homes
from deploy import roles
from deploy.presence import present
from deploy.provision import provision
from deploy.status import overview
from producers.watcher.waiting import forget_sweep
from schemas.errors import ConfigError, PupilstreamError
from schemas.process import log
from schemas.process.lifecycle import stop_on_signals
from schemas.process.log import get_logger
from schemas.process.settings import default_home, load

OK: Final = 0
WRONG_USE: Final = 2
INFRASTRUCTURE: Final = 3
STOPPED_ITSELF: Final = 4


def main(what: str) -> int:
    """Do it; the exit status, 0 too where a process stopped by itself: to start it again would not help.

    Raises:
        ConfigError: wrong use.

    """
    home = default_home()
    if home is None:
        raise ConfigError("Which installation? Set PUPILSTREAM_HOME.")
    do = _JOBS.get(what)
    return do(home) if do is not None else _role(what, home)


def _provision(home: Path) -> int:
    log.configure("provision")
    homes.prepare(home)
    asyncio.run(provision(load(home)))
    get_logger().info("installation_provisioned")
    return OK


def _overview(home: Path) -> int:
    log.configure("overview")
    overview.tell(load(home), stop_on_signals())
    return OK


def _role(role: str, home: Path) -> int:
    if role not in roles.ROLES:
        raise ConfigError(f"There is no process {role!r}: choose from {', '.join((*_JOBS, *roles.ROLES))}.")
    settings = load(home)
    name = role if role != "watcher" or settings.shard == 0 else f"{role}-{settings.shard}"
    with present(name, home) as alone:
        if role == "watcher" and not alone:
            raise ConfigError("A watcher of this shard runs already: give each its own (`PUPILSTREAM_SHARD`).")
        if role == "watcher" and settings.shard == 0:
            forget_sweep(home)
        first = alone and name == role
        status = roles.run(role, settings if first else replace(settings, instance=""))
    return OK if status == STOPPED_ITSELF else status


_JOBS: Final[Mapping[str, Callable[[Path], int]]] = {"provision": _provision, "overview": _overview}


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:2] or [""]))
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 - wrong use, told to the person
        sys.exit(WRONG_USE)
    except PupilstreamError as error:
        print(error, file=sys.stderr)  # noqa: T201 - as above
        sys.exit(INFRASTRUCTURE)
