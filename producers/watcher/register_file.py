"""HOME/config/agreements.csv as it is now: read again when it has changed and been quiet for a while.

A file that cannot be read leaves the last good register in force; before there is one, nothing may be judged, because
a file without an agreement is deleted. A file that is not there at all is an empty register.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from producers.watcher.register import NOBODY, Register, parse_register
from schemas.errors import ConfigError
from schemas.process.log import get_logger

Signature = tuple[int, int, int]

_MISSING: Final[Signature] = (0, 0, 0)


class RegisterFile:
    """The register of one installation; `refresh` comes before every use."""

    def __init__(self, home: Path, settle_s: float) -> None:
        self._path = home / "config" / "agreements.csv"
        self._settle_s = settle_s
        self._read: Signature | None = None
        self._changing: tuple[Signature, float] | None = None
        self._register: Register | None = None

    @property
    def register(self) -> Register:
        """The last good one."""
        return self._register or NOBODY

    def refresh(self, now: float) -> bool:
        """Read it if it has changed; whether files may be judged by it at this moment (monotonic)."""
        signature = self._signature()
        if signature != self._read:
            if self._read is not None and not self._is_quiet(signature, now):
                return False
            self._read, self._changing = signature, None
            self._load(signature)
        return self._register is not None

    def _is_quiet(self, signature: Signature, now: float) -> bool:
        if self._changing is None or self._changing[0] != signature:
            self._changing = (signature, now)
        return now - self._changing[1] >= self._settle_s

    def _signature(self) -> Signature:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return _MISSING
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _load(self, signature: Signature) -> None:
        if signature == _MISSING:
            get_logger().warning("register_missing")
            self._register = self._register or NOBODY
            return
        try:
            self._register = parse_register(self._path.read_bytes())
        except (ConfigError, OSError):
            get_logger().error("register_unreadable", exc_info=True)
            return
        get_logger().info("register_read", count=len(self._register.lines))
        for number in self._register.faulty:
            get_logger().error("register_line_left_out", row=number)
