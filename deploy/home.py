"""The folders of one installation, and who may start it: closed to everyone but its owner, one `up` at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.private_files import private_folder
from schemas.errors import ConfigError

FOLDERS: Final = ("config", "inbox", "archive", "rejected", "held", "receipts", "spool", "run", "log")


def prepare(home: Path) -> None:
    """Make the home's folders, 0700.

    Raises:
        ConfigError: the home cannot be made or written.

    """
    try:
        private_folder(home)
        for name in FOLDERS:
            private_folder(home / name)
    except OSError as error:
        raise ConfigError(f"{home} cannot be used as a home ({error.strerror}): choose another --home") from None


def existing(home: Path) -> Path:
    """The home, if an installation lives there.

    Raises:
        ConfigError: nothing has been started there yet.

    """
    if not (home / "run").is_dir():
        raise ConfigError(f"{home} is no home of an installation: start one with `pupilstream up --home {home}`")
    return home


@contextmanager
def held_by_us(home: Path) -> Iterator[None]:
    """Keep a second `up` from this home while this one runs; the lock goes with the process, however it ends.

    Raises:
        ConfigError: another `up` runs.

    """
    descriptor = os.open(home / "run" / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ConfigError(f"`pupilstream up` runs on {home} already: stop it with `pupilstream down`") from None
    finally:
        os.close(descriptor)
