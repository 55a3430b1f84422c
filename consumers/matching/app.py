"""The consumer `matching`: who each row of a school is, published for the others.

Rows that are as they were last time are noted by any number of instances, each school's by itself. What can change who
somebody is (a new identity, a key that gives way, the council's index, a clerk's answer) is decided by one instance at
a time, under one lock. So the tables are the same in whatever order files, index and answers arrive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from consumers.matching import handler, showing
from consumers.matching.identities import Statement, outgoing
from consumers.matching.index import collector_paused
from consumers.matching.rules import Rules, current
from consumers.matching.store import IndexMemory, Store, match_row
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
    memory: IndexMemory = field(default_factory=IndexMemory, compare=False)
    name: Final[str] = "matching"
    topics: Final[tuple[str, ...]] = (ATTENDANCE, EXCLUSIONS, COUNCIL_PUPILS, DECISIONS)
    package: Final[str] = "consumers.matching"
    history: Final[tuple[str, ...]] = ("identity",)

    async def apply(self, connection: asyncpg.Connection, work: Work) -> None:
        """As `Consumer.apply`."""
        judging = _Judging(connection, self.secret_key, self.memory)
        if isinstance(work, Records):
            await judging.decisions(work)
        elif work.begun.dataset == "pupils":
            await judging.snapshot(work)
        else:
            await judging.school(work)


def consumer(settings: Settings) -> Matching:
    """The consumer of one installation."""
    return Matching(settings.secret_key)


class _Judging:
    """One piece of work."""

    def __init__(self, connection: asyncpg.Connection, secret_key: bytes, memory: IndexMemory) -> None:
        self._connection: Final = connection
        self._store: Final = Store(connection)
        self._secret_key: Final = secret_key
        self._memory: Final = memory
        self._rules: Final[Rules] = current()

    async def school(self, delivery: Delivery) -> None:
        """Judge the pupils of a school whose identity changes; nearly every row of a weekly file changes nothing."""
        sender, dataset = delivery.begun.sender, delivery.begun.dataset
        page = showing.shown(delivery, self._secret_key)
        before = await self._store.roll(sender, dataset)
        after = before.after(delivery.begun.delivery_seq, page.keys)
        await self._store.save_roll(sender, dataset, after)
        changes = showing.changes(page, await self._store.remembered(sender, dataset, page.keys), before)
        if changes.keys or after.carried != before.carried:
            await self._store.hold_identities()
            await self._store.save_seen(sender, dataset, changes)
            turned = await self._give_way(sender, dataset, after)
            await self._judge(sender, sorted(changes.keys | turned))

    async def snapshot(self, delivery: Delivery) -> None:
        """Take the council's index, and judge every pupil by it."""
        await self._store.hold_identities()
        children, periods = handler.children(delivery.rows), handler.periods(delivery.rows)
        await self._store.save_children(children, periods, delivery_seq=delivery.begun.delivery_seq)
        with collector_paused():
            async for schools in self._store.schools_in_parts():
                await self._judge_schools(schools)

    async def decisions(self, work: Records) -> None:
        """Keep what clerks answered, and judge by it whom it is about."""
        said = [(record.offset, codec.decode(record.value, ReviewDecision)) for record in work.records if record.value]
        await self._store.hold_identities()
        await self._store.save_decisions(said)
        for school in sorted({decision.dfe_no for _, decision in said}):
            await self._judge(school, sorted({one.pupil_key for _, one in said if one.dfe_no == school}))

    async def _give_way(self, sender: str, dataset: str, roll: showing.Roll) -> set[str]:
        """The keys that now give way to another key of the same child, and those that come back."""
        links = await self._store.links(sender, dataset)
        turned = handler.given_way(links, roll) ^ {link.pupil_key for link in links if link.superseded}
        if turned:
            await self._store.turn_superseded(sender, dataset, turned)
        return turned

    async def _judge(self, sender: str, keys: Sequence[str]) -> None:
        """Judge some keys of one school, and the other keys that claim the same children."""
        if not keys:
            return
        rows = await self._store.seen_of_keys(sender, keys)
        index, answers = await self._store.index(self._memory), await self._store.answers([sender], keys)
        matches = handler.decided(rows, index, self._rules, answers)
        rivals = await self._store.rivals(sender, matches, keys)
        judged = handler.judged([*matches, *rivals])
        await self._store.save_matches([match_row(match, self._rules.version) for match in judged])
        await self._store.save_restricted(matches)
        await self._publish(await self._store.announce([sender], [match.seen.pupil_key for match in judged]))
        gone = sorted(set(keys) - {match.seen.pupil_key for match in matches})
        if gone:
            await self._publish(await self._store.retract(sender, gone))

    async def _judge_schools(self, schools: Sequence[str]) -> None:
        """Judge every key of some schools; only what is not as before is written."""
        rows = await self._store.seen_of_schools(schools)
        index, answers = await self._store.index(self._memory), await self._store.answers(schools)
        judged = handler.judged(handler.decided(rows, index, self._rules, answers))
        held = await self._store.match_rows(schools)
        decided = [match_row(match, self._rules.version) for match in judged]
        await self._store.save_matches([row for row in decided if held.get(row[:2]) != row])
        await self._store.save_restricted(judged)
        await self._publish(await self._store.announce(schools))

    async def _publish(self, statements: Iterable[Statement]) -> None:
        await enqueue(self._connection, [outgoing(statement, self._secret_key) for statement in statements])
