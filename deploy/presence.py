"""Whether a process of an installation runs, told by a lock on a file of its home.

Containers that share the home cannot see each other's processes, so a pid says nothing there; a lock does, and the
kernel gives it up with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.private_files import private_folder


@contextmanager
def present(name: str, home: Path) -> Iterator[bool]:
    """Be the process of that name while the block runs; false, and nothing held, if another one is."""
    private_folder(home / "run")
    descriptor = os.open(_file(name, home), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _locked(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


def is_present(name: str, home: Path) -> bool:
    """Whether a process of that name runs in some container."""
    try:
        descriptor = os.open(_file(name, home), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _file(name: str, home: Path) -> Path:
    return home / "run" / f"{name}.present"
