"""What lies in the inbox: its files and symlinks, told apart from what is no delivery. Reads directories, no file.

Folders below a sender's folder, special files and temporary names are left alone and stand in no list.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from producers.watcher.naming import is_temporary, sender_of


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry of the inbox as a sweep saw it; equal as long as nobody touches it."""

    folder: str | None
    name: str
    inode: int
    size: int
    mtime_ns: int

    @property
    def sender(self) -> str:
        """Who sent it: the folder says so."""
        return sender_of(self.folder)

    def path(self, inbox: Path) -> Path:
        """Where it lies."""
        return folder_path(inbox, self.folder) / self.name


@dataclass(frozen=True, slots=True)
class Listing:
    """One look at the whole inbox."""

    files: tuple[Seen, ...]
    folders: tuple[str, ...]
    special: int


def folder_path(inbox: Path, folder: str | None) -> Path:
    """A sender's folder; None is the inbox itself."""
    return inbox if folder is None else inbox / folder


def folders(inbox: Path) -> list[str]:
    """Every folder that may be a sender's."""
    with os.scandir(inbox) as entries:
        return sorted(e.name for e in entries if e.is_dir(follow_symlinks=False) and not is_temporary(e.name))


def names(folder: Path) -> list[str]:
    """The names in a folder that may be gone at any moment, or closed to us; a symlink is none."""
    if folder.is_symlink():
        return []
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are what is wanted
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def look(inbox: Path) -> Listing:
    """Every file and symlink that counts, and how many special files, and folders with a file's name, do not.

    Raises:
        OSError: the inbox itself cannot be read.

    """
    files: list[Seen] = []
    special = 0
    senders = folders(inbox)
    for folder in [None, *senders]:
        for name, found in _entries(folder_path(inbox, folder)):
            if stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode):
                files.append(Seen(folder, name, found.st_ino, found.st_size, found.st_mtime_ns))
            else:
                named_like_a_file = folder is not None and name.lower().endswith(".csv")
                special += not stat.S_ISDIR(found.st_mode) or named_like_a_file
    return Listing(tuple(files), tuple(senders), special)


def _entries(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """What has no temporary name; a folder that vanishes, or is closed to us, is empty."""
    with suppress(FileNotFoundError, PermissionError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if not is_temporary(entry.name):
                with suppress(FileNotFoundError):
                    yield entry.name, entry.stat(follow_symlinks=False)
