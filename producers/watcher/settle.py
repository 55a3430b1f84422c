"""Which files are finished: those that were renamed into place, or have not changed for a while under our own eyes.

Modification times are compared only with themselves, because a sender's clock may be wrong. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from producers.watcher.inbox import Seen
from producers.watcher.order import age


@dataclass(frozen=True, slots=True)
class Settling:
    """Since when each file has looked as it does now, on the caller's own monotonic clock."""

    since: Mapping[Seen, float]

    def unsettled(self, now: float, settle_s: float) -> float | None:
        """How long until the next file can be finished; None when none is on its way."""
        waits = [remaining for start in self.since.values() if (remaining := start + settle_s - now) > 0]
        return min(waits, default=None)


UNSEEN = Settling({})


def settle(before: Settling, seen: Iterable[Seen], now: float, *, settle_s: float) -> tuple[Settling, list[Seen]]:
    """What is known after this look, and the files that are finished by having been quiet."""
    since = {file: before.since.get(file, now) for file in seen}
    return Settling(since), [file for file, start in since.items() if now - start >= settle_s]


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
