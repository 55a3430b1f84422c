"""The consumer `matching`: who each row of a school is, published for the others.

A school's delivery holds the index still and judges the pupils it changes; the council's snapshot holds every school
still and judges them all. So the tables are the same in whatever order files of schools and council arrive.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

from consumers.matching import handler
from consumers.matching.deciding import by_details, by_identifier
from consumers.matching.identities import Statement, outgoing
from consumers.matching.index import CouncilIndex
from consumers.matching.pupils import Match, Seen
from consumers.matching.store import Store
from consumers.runtime.outbox import enqueue
from consumers.runtime.work import Delivery, Records, Work
from schemas import codec
from schemas.events import ReviewDecision
from schemas.process.settings import Settings
from schemas.topics import ATTENDANCE, COUNCIL_PUPILS, DECISIONS, EXCLUSIONS


@dataclass(frozen=True, slots=True)
class Matching:
    """Reads what schools and council send; writes `pupil_match` and the identities topic."""

    secret_key: bytes
    name: Final[str] = "matching"
    topics: Final[tuple[str, ...]] = (ATTENDANCE, EXCLUSIONS, COUNCIL_PUPILS, DECISIONS)
    package: Final[str] = "consumers.matching"
    history: Final[tuple[str, ...]] = ("identity",)

    async def apply(self, connection: asyncpg.Connection, work: Work) -> None:
        """As `Consumer.apply`."""
        judging = _Judging(connection, self.secret_key)
        if isinstance(work, Records):
            await judging.decisions(work)
        elif work.begun.dataset == "pupils":
            await judging.snapshot(work)
        else:
            await judging.school(work)


def consumer(settings: Settings) -> Matching:
    """The consumer of one installation."""
    return Matching(settings.secret_key)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A county is a million small values without a cycle: looking for one again and again takes half the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Judging:
    """One piece of work."""

    def __init__(self, connection: asyncpg.Connection, secret_key: bytes) -> None:
        self._connection: Final = connection
        self._store: Final = Store(connection)
        self._secret_key: Final = secret_key

    async def school(self, delivery: Delivery) -> None:
        """Judge the pupils of a school whose identity changes; nearly every row of a weekly file changes nothing."""
        sender, dataset = delivery.begun.sender, delivery.begun.dataset
        await self._store.share_index()
        pupils = handler.shown(delivery, self._secret_key)
        keys = [pupil.seen.pupil_key for pupil in pupils]
        before = await self._store.roll(sender, dataset)
        after = before.after(delivery.begun.delivery_seq, keys)
        await self._store.save_roll(sender, dataset, after)
        changes = handler.changes(pupils, await self._store.remembered(sender, dataset, keys), before)
        await self._store.save_seen(changes)
        if changes.keys or after.carried != before.carried:
            turned = await self._give_way(sender, dataset, after)
            await self._judge(sender, sorted(changes.keys | turned))

    async def snapshot(self, delivery: Delivery) -> None:
        """Take the council's index, and judge every pupil by it."""
        await self._store.hold_index()
        children, periods = handler.children(delivery.rows), handler.periods(delivery.rows)
        await self._store.save_children(children, periods, delivery_seq=delivery.begun.delivery_seq)
        with _collector_paused():
            index = await self._store.whole_index()
            async for rows in self._store.seen_in_parts():
                await self._save(handler.judged(handler.decided(rows, index)))

    async def decisions(self, work: Records) -> None:
        """Keep what clerks answered; it has no effect yet."""
        values = (record.value for record in work.records)
        await self._store.save_decisions(codec.decode(value, ReviewDecision) for value in values if value is not None)

    async def _give_way(self, sender: str, dataset: str, roll: handler.Roll) -> set[str]:
        """The keys that now give way to another key of the same child, and those that come back."""
        links = await self._store.links(sender, dataset)
        turned = handler.given_way(links, roll) ^ {link.pupil_key for link in links if link.superseded}
        if turned:
            await self._store.turn_superseded(sender, dataset, turned)
        return turned

    async def _judge(self, sender: str, keys: Sequence[str]) -> None:
        if not keys:
            return
        matches = await self._decided(await self._store.seen_of_keys(sender, keys))
        rivals = await self._store.rivals(sender, matches, keys)
        await self._save(handler.judged([*matches, *rivals]))
        gone = sorted(set(keys) - {match.seen.pupil_key for match in matches})
        if gone:
            await self._publish(await self._store.retract(sender, gone))

    async def _decided(self, rows: Sequence[Seen]) -> list[Match]:
        """Who some rows of one school are, with as little of the index as that takes."""
        if not rows:
            return []
        named = await self._store.children_by_identifier(rows)
        index = CouncilIndex(named)
        decisions = [by_identifier(seen, index) for seen in rows]
        left = [seen for seen, decision in zip(rows, decisions, strict=True) if decision is None]
        if left:
            near = await self._store.children_by_details(left)
            index = CouncilIndex({*named, *near})
        return [
            Match(seen, by_details(seen, index) if decision is None else decision)
            for seen, decision in zip(rows, decisions, strict=True)
        ]

    async def _save(self, matches: Sequence[Match]) -> None:
        await self._store.save_matches(matches)
        await self._publish(await self._store.announce())

    async def _publish(self, statements: Iterable[Statement]) -> None:
        await enqueue(self._connection, [outgoing(statement, self._secret_key) for statement in statements])
