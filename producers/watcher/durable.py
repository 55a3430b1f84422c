"""Writes and moves that survive a power cut: the file first, then the folders that name it."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def private_folder(path: Path) -> Path:
    """A folder that only its owner may enter, made where it is missing."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(path.parent)
    return path


def sync_folder(path: Path) -> None:
    """Wait until the folder's list of names is on disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, content: bytes) -> None:
    """Put a file in place, whole or not at all; the caller syncs the folder."""
    draft = path.with_name(f".{uuid.uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)


def move(source: Path, target: Path) -> None:
    """Move a file between two folders of one file system."""
    source.rename(target)
    sync_folder(target.parent)
    sync_folder(source.parent)
