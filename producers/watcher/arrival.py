"""One file on its way through the watcher, and the look at its bytes before anything reads them as text.

The moment of its receipt, in microseconds, is the identity of an arrival: folders, ledger and recovery go by it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from schemas.errors import PupilstreamError
from schemas.process.clock import day_in_london

LARGEST_BYTES: Final = 50_000_000
TOO_LARGE: Final = "F11_TOO_LARGE"
SYMLINK: Final = "F16_SYMLINK"
HARD_LINK: Final = "F17_HARD_LINK"
NEVER_SETTLED: Final = "F03_NEVER_SETTLED"
UNREADABLE: Final = "F22_UNREADABLE"
HELD_UNREAD: Final = frozenset({NEVER_SETTLED, UNREADABLE})
"""Why a file is held as it is, its bytes unread."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DIGITS: Final = 16
_CHUNK: Final = 1 << 20


class UnreadFileError(PupilstreamError):
    """The file must not be read.

    Attributes:
        rule: the rule that forbids it.

    """

    def __init__(self, rule: str) -> None:
        super().__init__(f"The file was not read: {rule}")
        self.rule = rule


class SpecialFileError(PupilstreamError):
    """No file at all, but a folder, a pipe, a socket or a device: it stays where it is."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A claimed file. `sha256` is None, and `unread` the rule, where the bytes were not read."""

    sender: str
    name: str
    received_at: datetime
    path: Path
    sha256: str | None
    unread: str | None = None

    @property
    def received_on(self) -> date:
        """The day of receipt, by which the file is judged."""
        return day_in_london(self.received_at)

    @property
    def stamp(self) -> str:
        """The name of its folders."""
        return stamp_of(self.received_at)

    @property
    def identity(self) -> tuple[str, datetime]:
        """What the ledger knows it by."""
        return self.sender, self.received_at


def stamp_of(received_at: datetime) -> str:
    """Microseconds, in as many digits for every year of use, so that names sort like moments."""
    return f"{(received_at - _EPOCH) // _MICROSECOND:0{_DIGITS}d}"


def place_of(received_at: datetime, withheld: str | None = None) -> str:
    """The name of the folder in which a claimed file lies; the rule for which it must not be read stands in it."""
    return stamp_of(received_at) if withheld is None else f"{stamp_of(received_at)}.{withheld}"


def stamp_and_rule(place: str) -> tuple[str, str | None] | None:
    """What `place_of` was given, the moment as its stamp; None for a name that it does not make."""
    stamp, _, rule = place.partition(".")
    return (stamp, rule or None) if is_stamp(stamp) and (not rule or rule in HELD_UNREAD) else None


def is_stamp(name: str) -> bool:
    """Whether a folder of this name can be a stamp's."""
    return len(name) == _DIGITS and name.isascii() and name.isdecimal()


def moment_of(stamp: str) -> datetime:
    """The moment that `stamp_of` was given."""
    return _EPOCH + int(stamp) * _MICROSECOND


@contextmanager
def open_delivery(path: Path) -> Iterator[BinaryIO]:
    """The file, if it is a regular one with one name and of a size that we read.

    Raises:
        UnreadFileError: it must not be read.
        SpecialFileError: it is no file.
        OSError: it cannot be read now.

    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnreadFileError(SYMLINK) from None
        if error.errno == errno.ENXIO:
            raise SpecialFileError from None
        raise
    with os.fdopen(descriptor, "rb") as file:
        _require_readable(os.fstat(descriptor))
        yield file


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file, as far as a delivery may be long.

    Raises:
        UnreadFileError: it is longer, whatever its size said.

    """
    length = 0
    while chunk := file.read(_CHUNK):
        length += len(chunk)
        if length > LARGEST_BYTES:
            raise UnreadFileError(TOO_LARGE)
        yield chunk


def digest(path: Path) -> str:
    """SHA-256 of a file of ours.

    Raises:
        UnreadFileError: it is too large.

    """
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > LARGEST_BYTES:
            raise UnreadFileError(TOO_LARGE)
        for chunk in chunks(file):
            hasher.update(chunk)
    return hasher.hexdigest()


def _require_readable(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SpecialFileError
    if found.st_nlink != 1:
        raise UnreadFileError(HARD_LINK)
    if found.st_size > LARGEST_BYTES:
        raise UnreadFileError(TOO_LARGE)
