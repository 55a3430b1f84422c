"""Takes files out of the senders' reach: a rename inside the inbox claims one, a copy in the private spool is read.

    1. rename into inbox/<folder>/.claimed/<stamp>/, so that nobody else takes it
    2. copy to HOME/spool/<sender>/<stamp>/ while hashing, and sync
    3. remove the claimed original

Whatever a crash leaves behind is found again by `leftovers`, under the same stamp. A file that must not be read, or
cannot be, stays at step 1, and is put away from there.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from producers.watcher.arrival import (
    UNREADABLE,
    Arrival,
    SpecialFileError,
    UnreadFileError,
    chunks,
    digest,
    moment_of,
    open_delivery,
    place_of,
    stamp_and_rule,
)
from producers.watcher.durable import private_folder, sync_folder
from producers.watcher.inbox import Seen, folder_path, folders, names
from producers.watcher.naming import sender_of
from producers.watcher.shards import owns
from schemas.process.log import get_logger
from schemas.process.settings import Settings

CLAIMED: Final = ".claimed"
DRAFT: Final = ".copy."  # no delivery's name begins so
_READINGS: Final = 10  # of a claimed file that is closed to us, before it is held as it is


class Leftover(NamedTuple):
    """A claimed file that a crash, or an error, has left on its way; in order of receipt."""

    stamp: str
    sender: str
    path: Path


class Spool:
    """The claimed files of one watcher."""

    def __init__(self, settings: Settings) -> None:
        self._inbox = settings.inbox
        self._folder = private_folder(settings.home / "spool")
        self._inbox_is_apart = not _on_one_device(settings.inbox, self._folder)
        self._clock = settings.clock
        self._owns = partial(owns, settings)
        self._last = datetime.min.replace(tzinfo=UTC)
        self._refused: Counter[Path] = Counter()

    def next_moment(self) -> datetime:
        """A moment of receipt that no other arrival has; each is later than the one before."""
        self._last = max(self._clock.now(), self._last + timedelta(microseconds=1))
        return self._last

    def claim(self, file: Seen, received_at: datetime, withheld: str | None = None) -> Arrival | None:
        """Take a finished file; None when it is gone, or is no file any more. Any thread may call it.

        With a rule (`withheld`) it is taken as it is, unread.

        Raises:
            OSError: it cannot be taken now; if it was claimed already, it is among the leftovers.

        """
        claims = folder_path(self._inbox, file.folder) / CLAIMED
        claims.mkdir(mode=0o700, exist_ok=True)
        if claims.is_symlink():
            get_logger().error("claims_folder_is_a_symlink", sender=file.sender)
            return None
        place = claims / place_of(received_at, withheld)
        place.mkdir(mode=0o700)
        try:
            file.path(self._inbox).rename(place / file.name)
        except FileNotFoundError:
            place.rmdir()
            return None
        if self._inbox_is_apart:  # else the copy's sync brings the rename to disk as well
            sync_folder(claims.parent)
        return self._take(file.sender, place / file.name)

    def leftovers(self) -> list[Leftover]:
        """What was claimed and is not put away yet, oldest first; not to be asked while files are being claimed.

        What belongs to another shard is not looked at: its watcher may be in the middle of it.
        """
        found = {(left.stamp, left.sender): left for left in [*self._copies(), *self._claims()]}
        return sorted(found.values())

    def identities(self) -> Iterator[tuple[str, datetime]]:
        """What the ledger knows all by that is on its way; changes nothing, so it may be asked at any moment."""
        for sender in names(self._folder):
            yield from ((sender, moment_of(stamp)) for stamp in _stamps(self._folder / sender))
        for folder in [None, *folders(self._inbox)]:
            claims = folder_path(self._inbox, folder) / CLAIMED
            yield from ((sender_of(folder), moment_of(stamp)) for stamp in _stamps(claims))

    def resume(self, leftover: Leftover) -> Arrival | None:
        """Go on with one; None when it is gone, or is no file any more.

        Raises:
            OSError: it cannot be read now.

        """
        stamp, sender, path = leftover
        copy = self._folder / sender / stamp / path.name
        try:
            if path != copy and not copy.exists():
                return self._take(sender, path)
            sync_folder(copy.parent)  # it may have been cut short after the rename
            if path != copy:
                remove(path)
            return Arrival(sender, path.name, moment_of(stamp), copy, digest(copy))
        except FileNotFoundError:
            return None

    def _take(self, sender: str, claimed: Path) -> Arrival | None:
        stamp, withheld = stamp_and_rule(claimed.parent.name) or ("", None)
        if withheld is not None:
            return Arrival(sender, claimed.name, moment_of(stamp), claimed, None, withheld)
        try:
            with open_delivery(claimed) as file:
                place = private_folder(private_folder(self._folder / sender) / stamp)
                sha256 = copy(file, place, claimed.name)
        except UnreadFileError as error:
            get_logger().error("file_must_not_be_read", sender=sender, rule=error.rule)
            return Arrival(sender, claimed.name, moment_of(stamp), claimed, None, error.rule)
        except SpecialFileError:
            _give_back(claimed)
            return None
        except PermissionError:
            if os.access(claimed, os.R_OK) or self._may_become_readable(claimed):
                raise
            return self._take(sender, _withhold(claimed, moment_of(stamp)))
        remove(claimed)
        return Arrival(sender, claimed.name, moment_of(stamp), place / claimed.name, sha256)

    def _may_become_readable(self, claimed: Path) -> bool:
        """Some senders give the right to read only after the last byte: it is asked for some times."""
        self._refused[claimed] += 1
        if self._refused[claimed] < _READINGS:
            return True
        del self._refused[claimed]
        return False

    def _copies(self) -> Iterator[Leftover]:
        """Each whole copy; what is left of others is cleared away."""
        for sender in filter(self._owns, names(self._folder)):
            yield from (Leftover(stamp, sender, path) for stamp, path in _stamped(self._folder / sender))

    def _claims(self) -> Iterator[Leftover]:
        """Each claimed original that is still there."""
        for folder in [None, *folders(self._inbox)]:
            claims = folder_path(self._inbox, folder) / CLAIMED
            if not self._owns(sender_of(folder)):
                continue
            yield from (Leftover(stamp, sender_of(folder), path) for stamp, path in _stamped(claims))


def remove(path: Path) -> None:
    """Delete a file and the folder of its stamp."""
    path.unlink(missing_ok=True)
    remove_place(path.parent)


def remove_place(place: Path) -> None:
    """Delete the folder of a stamp, and what is left in it of a copy."""
    with suppress(OSError):  # gone already, or not ours: an empty folder does no harm
        for name in names(place):
            if name.startswith(DRAFT):
                (place / name).unlink(missing_ok=True)
        place.rmdir()


def _withhold(claimed: Path, received_at: datetime) -> Path:
    """Note in the name of its folder that a claimed file cannot be read; where it lies now."""
    place = claimed.parent.with_name(place_of(received_at, UNREADABLE))
    claimed.parent.rename(place)
    sync_folder(place.parent)
    return place / claimed.name


def copy(original: BinaryIO, place: Path, name: str) -> str:
    """Write a durable copy, with the time of modification; its name appears when it is whole. Returns the SHA-256."""
    draft, hasher = place / f"{DRAFT}{uuid.uuid4().hex}", hashlib.sha256()
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for part in chunks(original):
            hasher.update(part)
            file.write(part)
        file.flush()
        modified_ns = os.fstat(original.fileno()).st_mtime_ns
        os.utime(file.fileno(), ns=(modified_ns, modified_ns))
        os.fsync(file.fileno())
    draft.rename(place / name)
    sync_folder(place)
    return hasher.hexdigest()


def _give_back(claimed: Path) -> None:
    original = claimed.parent.parent.parent / claimed.name
    if not os.path.lexists(original):
        claimed.rename(original)
        remove_place(claimed.parent)


def _stamped(parent: Path) -> Iterator[tuple[str, Path]]:
    """Stamp and path of each file below folders named by a stamp; those without a whole file are cleared away."""
    for place in names(parent):
        found = stamp_and_rule(place)
        if found is None:
            continue
        files = [name for name in names(parent / place) if not name.startswith(DRAFT)]
        if not files:
            remove_place(parent / place)
        yield from ((found[0], parent / place / name) for name in files)


def _stamps(parent: Path) -> Iterator[str]:
    """The stamp of every place, whether or not a file lies there."""
    yield from (found[0] for found in map(stamp_and_rule, names(parent)) if found is not None)


def _on_one_device(inbox: Path, spool: Path) -> bool:
    with suppress(FileNotFoundError):
        return inbox.stat().st_dev == spool.stat().st_dev
    return False
