"""Which senders are whose, where several watchers share an inbox: a partition has one writer. Pure."""

from __future__ import annotations

from producers.watcher.naming import is_known_kind
from schemas.events import COUNCIL
from schemas.process.settings import Settings
from schemas.topics import LEDGER, partition_of, topics


def owns(settings: Settings, sender: str) -> bool:
    """Whether this watcher takes the sender's files; the council's and all strays are the first one's."""
    if sender == COUNCIL or not is_known_kind(sender):
        return settings.shard == 0
    return partition_of(sender, topics()[LEDGER].partitions) % settings.shards == settings.shard
