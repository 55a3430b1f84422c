"""Folders and small files for the owner's eyes: a file is whole or absent, whatever is killed when."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def private_folder(path: Path) -> Path:
    """The folder, made if need be, closed to everyone but the owner."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def draft_beside(path: Path) -> Path:
    """Where to prepare a folder that is then renamed into place; what an interrupted attempt left there is removed."""
    draft = path.with_name(f"{path.name}.draft")
    if draft.exists():
        shutil.rmtree(draft)
    return draft


def write_private(path: Path, text: str) -> None:
    """Put a file in place in one step, 0600, on disk when this returns."""
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).replace(path)
