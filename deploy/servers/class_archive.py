"""An image of the broker's classes that Java maps instead of loading and checking each: half the time of a start.

Made once for each Java of a machine, from a broker that runs. Java itself refuses an image that does not fit, and
starts without; a Java without `jcmd` never has one.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from schemas.process.log import get_logger

TIMEOUT_S: Final = 60.0
KEPT: Final = 3  # of 60 MB each: other environments of this machine have their own Java


def archive_path(java: Path, jars: Sequence[Path]) -> Path:
    """Where the image for exactly these files is, or would be."""
    identity = [(str(path), status.st_size, status.st_mtime_ns) for path in (java, *jars) for status in [path.stat()]]
    return jars[0].with_name(f"classes-{hashlib.sha256(repr(identity).encode()).hexdigest()[:12]}.jsa")


def options(archive: Path) -> list[str]:
    """What makes Java use the image, if there is one."""
    return [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []


def make(archive: Path, java: Path, pid: int) -> None:
    """Make the image, if there is none, from a running broker; if that fails, starts stay slow."""
    jcmd = java.with_name("jcmd")
    if archive.exists() or not jcmd.exists():
        return
    with TemporaryDirectory(prefix=".classes-", dir=archive.parent) as folder:
        draft = Path(folder) / archive.name
        command = [str(jcmd), str(pid), "VM.cds", "static_dump", str(draft)]
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=TIMEOUT_S)
            draft.replace(archive)
        except (subprocess.TimeoutExpired, FileNotFoundError) as error:
            get_logger().warning("class_archive_not_made", error=type(error).__name__)
    _remove_oldest(archive.parent)


def _remove_oldest(folder: Path) -> None:
    archives = sorted(folder.glob("classes-*.jsa"), key=lambda path: path.stat().st_mtime, reverse=True)
    for outdated in archives[KEPT:]:
        outdated.unlink(missing_ok=True)
