"""Which files are finished: those that were renamed into place, or have not changed for a while under our own eyes.

Modification times are compared only with themselves, because a sender's clock may be wrong. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from producers.watcher.inbox import Seen
from producers.watcher.order import age


@dataclass(frozen=True, slots=True)
class Settling:
    """Since when each file has looked as it does now, and since when it is there, on the caller's monotonic clock."""

    since: Mapping[Seen, float]
    there: Mapping[tuple[str | None, str, int], float] = field(default_factory=dict)

    def unsettled(self, now: float, settle_s: float) -> float | None:
        """How long until the next file can be finished; None when none is on its way."""
        waits = [remaining for start in self.since.values() if (remaining := start + settle_s - now) > 0]
        return min(waits, default=None)

    def restless(self, now: float, settle_s: float, longest_s: float) -> list[Seen]:
        """The files that have gone on changing for too long."""
        return [
            file
            for file, start in self.since.items()
            if now - start < settle_s and now - self.there[_place(file)] >= longest_s
        ]


UNSEEN = Settling({})


def settle(before: Settling, seen: Iterable[Seen], now: float, *, settle_s: float) -> tuple[Settling, list[Seen]]:
    """What is known after this look, and the files that are finished by having been quiet."""
    since = {file: before.since.get(file, now) for file in seen}
    there = {_place(file): before.there.get(_place(file), now) for file in since}
    return Settling(since, there), [file for file, start in since.items() if now - start >= settle_s]


def _place(file: Seen) -> tuple[str | None, str, int]:
    return file.folder, file.name, file.inode


def renamed_into_place(seen: Iterable[Seen], renamed_at_ns: Mapping[tuple[str | None, str], int]) -> list[Seen]:
    """The files that a rename put where they are, and that nobody has written to after it."""
    return [file for file in seen if file.mtime_ns <= renamed_at_ns.get((file.folder, file.name), -1)]


def finished(seen: Iterable[Seen], *, quiet: Iterable[Seen], renamed: Iterable[Seen], now_ns: int) -> list[Seen]:
    """The files that may be taken now: the quiet ones, and of the renamed ones those that overtake nothing.

    A hint gets lost, so an older file of the same sender may have been renamed into place too and still be watched
    for changes. The younger then waits to become quiet like it: they settle in the order in which they came.
    """
    ready = dict.fromkeys(quiet)
    hinted = dict.fromkeys(renamed)
    oldest_unsettled: dict[str, tuple[int, str]] = {}
    for file in seen:
        if file not in ready and file not in hinted:
            own = age(file, now_ns)
            oldest_unsettled[file.sender] = min(own, oldest_unsettled.get(file.sender, own))
    for file in hinted:
        own = age(file, now_ns)
        if own < oldest_unsettled.get(file.sender, (now_ns + 1, "")):
            ready[file] = None
    return list(ready)
