"""In which order waiting files are taken: suspensions first, every sender in turn, a sender's own by age. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest

from producers.watcher.inbox import Seen


def age(file: Seen, now_ns: int) -> tuple[int, str]:
    """What a sender's own files are ordered by, the oldest first; a modification time in the future counts as now."""
    return min(file.mtime_ns, now_ns), file.name


def fair_order(
    files: Iterable[Seen], *, waits: Callable[[Seen], bool], now_ns: int, last_served: str = ""
) -> Iterator[Seen]:
    """All files, one of each sender in turn, beginning after the sender that was served last.

    Those that may wait (`waits`) come after all others.
    """
    kinds: dict[bool, dict[str, list[Seen]]] = {False: defaultdict(list), True: defaultdict(list)}
    for file in sorted(files, key=lambda file: age(file, now_ns)):
        kinds[waits(file)][file.sender].append(file)
    for queues in kinds.values():
        senders = sorted(queues, key=lambda sender: (sender <= last_served, sender))
        for turn in zip_longest(*(queues[sender] for sender in senders)):
            yield from (file for file in turn if file is not None)
