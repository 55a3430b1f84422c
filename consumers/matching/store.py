"""What matching keeps in Postgres, read and written in the terms of `handler` and `pupils`.

Every call is inside the engine's transaction. No rule stands here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import Any, Final

import asyncpg
import polars as pl

from consumers.matching.handler import Answer, Link, answered
from consumers.matching.identities import Statement
from consumers.matching.index import CouncilIndex
from consumers.matching.pupils import Answers, CouncilPupil, Decision, Match, Seen
from consumers.matching.showing import BETWEEN, Changes, Remembered, Roll
from consumers.runtime import queries
from consumers.runtime.postgres import lock, stage
from schemas.events import COUNCIL, LookedAfterPeriod, PupilIdentity, ReviewDecision

IDENTITIES_AT_ONCE: Final = 15_000
"""Pupil keys that are judged together when the whole county is: bounds memory."""

_IDENTITY: Final = "identity"
_DECISION_COLUMNS: Final = (
    "decision_id", "dfe_no", "pupil_key", "fingerprint", "pupil_id", "answer", "decided_by", "decided_at", "why",
)  # fmt: skip


class IndexMemory:
    """The council's index as this process last read it: a cache, of which the database says whether it still holds."""

    def __init__(self) -> None:
        self.token: str | None = None
        self.index: CouncilIndex = CouncilIndex(())


class Store:
    """One transaction's view of the tables."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection: Final = connection
        self._sql: Final = queries.load("consumers.matching")

    async def hold_identities(self) -> None:
        """Be the one who decides, until the transaction ends: nothing that a decision rests on changes meanwhile."""
        await lock(self._connection, _IDENTITY)

    # What schools have shown

    async def roll(self, sender: str, dataset: str) -> Roll:
        """The roll before the delivery."""
        row = await self._connection.fetchrow(self._sql["roll"], sender, dataset)
        if row is None:
            return Roll()
        return Roll(row["delivery_seq"], dict(zip(row["pupil_keys"], row["last_seqs"], strict=True)))

    async def save_roll(self, sender: str, dataset: str, roll: Roll) -> None:
        """The roll after it."""
        keys = sorted(roll.last_seqs)
        seqs = [roll.last_seqs[key] for key in keys]
        await self._connection.execute(self._sql["save_roll"], sender, dataset, roll.delivery_seq, keys, seqs)

    async def remembered(self, sender: str, dataset: str, keys: Sequence[str]) -> dict[str, Remembered]:
        """What is held of the keys of a file."""
        found = await self._connection.fetchrow(self._sql["remembered"], sender, dataset, keys)
        held, fingerprints, reported = (column or () for column in found or ((), (), ()))
        return dict(zip(held, map(Remembered, fingerprints, reported), strict=True))

    async def save_seen(self, sender: str, dataset: str, changes: Changes) -> None:
        """Identities that are new or have changed, and what has been reported under others."""
        if changes.identities:
            rows = ((*seen._replace(reported=BETWEEN.join(seen.reported)), *rest) for seen, *rest in changes.identities)
            await self._connection.execute(self._sql["merge_seen"], *zip(*rows, strict=True))
        if changes.reported:
            more = [(sender, dataset, key, reported) for key, reported in changes.reported.items()]
            await self._connection.executemany(self._sql["save_reported"], more)

    async def links(self, sender: str, dataset: str) -> list[Link]:
        """What may tie the keys of a school to one another."""
        return [Link(*row) for row in await self._connection.fetch(self._sql["links"], sender, dataset)]

    async def turn_superseded(self, sender: str, dataset: str, keys: Collection[str]) -> None:
        """Keys that have given way, or come back."""
        await self._connection.execute(self._sql["turn_superseded"], sender, dataset, list(keys))

    async def seen_of_keys(self, sender: str, keys: Collection[str]) -> list[Seen]:
        """The identity that counts under each of these keys of a school."""
        return [Seen._make(row) for row in await self._connection.fetch(self._sql["seen_of_keys"], sender, list(keys))]

    async def schools_in_parts(self) -> AsyncIterator[list[str]]:
        """Every school, some at a time, with no more identities together than may be judged at once."""
        part: list[str] = []
        count = 0
        for dfe_no, identities in await self._connection.fetch(self._sql["schools"]):
            if part and count + identities > IDENTITIES_AT_ONCE:
                yield part
                part, count = [], 0
            part.append(dfe_no)
            count += identities
        if part:
            yield part

    async def seen_of_schools(self, schools: Sequence[str]) -> list[Seen]:
        """The identity that counts under each key of some schools."""
        return [Seen._make(row) for row in await self._connection.fetch(self._sql["seen_of_schools"], schools)]

    # The council's index

    async def index(self, memory: IndexMemory) -> CouncilIndex:
        """Every child the council knows or has known, read again only if it is another index than last time."""
        token = await self._connection.fetchval(self._sql["index_token"])
        if token is None or token != memory.token:
            rows = await self._connection.fetch(self._sql["all_children"])
            memory.index, memory.token = CouncilIndex(map(CouncilPupil._make, rows)), token
            memory.index.settle()
        return memory.index

    async def save_children(self, children: pl.DataFrame, periods: pl.DataFrame, *, delivery_seq: int) -> None:
        """A snapshot, and what is current after it."""
        roll = (await self.roll(COUNCIL, "pupils")).after(delivery_seq, ())
        await stage(self._connection, "council_pupil", children.columns, children.iter_rows())
        await stage(self._connection, "looked_after", periods.columns, periods.iter_rows())
        await self._connection.execute(self._sql["merge_children"])
        await self._connection.execute(self._sql["mark_current"], roll.delivery_seq)
        await self._connection.execute(self._sql["remove_periods"], delivery_seq)
        await self._connection.execute(self._sql["merge_periods"], delivery_seq)
        await self._connection.execute(self._sql["refresh_statistics"])
        await self._connection.execute(self._sql["turn_index"], delivery_seq)
        await self.save_roll(COUNCIL, "pupils", roll)

    # Decisions

    async def rivals(self, sender: str, matches: Sequence[Match], keys: Collection[str]) -> list[Match]:
        """Other keys of the school that claim a child which these keys claim, or claimed until now."""
        claims = {match.decision.claims for match in matches if match.decision.claims is not None}
        return [
            _rival(row) for row in await self._connection.fetch(self._sql["rivals"], sender, list(keys), list(claims))
        ]

    async def match_rows(self, schools: Sequence[str]) -> dict[tuple[str, str], tuple[Any, ...]]:
        """What is held of every key of some schools, as `match_row` gives it."""
        rows = await self._connection.fetch(self._sql["match_rows"], schools)
        return {(row[0], row[1]): tuple(row) for row in rows}

    async def save_matches(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Decisions as `match_row` gives them, of which only those that are not as before are written."""
        if rows:
            await self._connection.execute(self._sql["merge_matches"], *zip(*rows, strict=True))

    async def save_restricted(self, matches: Iterable[Match]) -> None:
        """Which of these rows touch a sealed child; those that do no more, `save_matches` has removed."""
        touching = [(m.seen.dfe_no, m.seen.pupil_key, m.decision.touched) for m in matches if m.decision.touched]
        if touching:
            await self._connection.execute(self._sql["restrict"], *zip(*touching, strict=True))

    async def announce(self, schools: Sequence[str], keys: Sequence[str] | None = None) -> list[Statement]:
        """What the others do not know yet of some schools' keys."""
        return [_statement(row) for row in await self._connection.fetch(self._sql["announce"], schools, keys)]

    async def retract(self, sender: str, keys: Sequence[str]) -> list[Statement]:
        """Remove keys that have given way in every dataset; what the others have to be told of them."""
        await self._connection.execute(self._sql["remove_matches"], sender, keys)
        await self._connection.execute(self._sql["unrestrict"], sender, keys)
        return [_statement(row) for row in await self._connection.fetch(self._sql["retract"], sender, keys)]

    # Clerks

    async def save_decisions(self, decisions: Iterable[tuple[int, ReviewDecision]]) -> None:
        """What clerks answered, each once, with its place in the topic."""
        columns = (*_DECISION_COLUMNS, "ordinal")
        rows = [(*(getattr(said, column) for column in _DECISION_COLUMNS), ordinal) for ordinal, said in decisions]
        await stage(self._connection, "decision", columns, rows)
        await self._connection.execute(self._sql["merge_decisions"])

    async def answers(self, schools: Sequence[str], keys: Sequence[str] | None = None) -> dict[str, Answers]:
        """What clerks have answered about some schools' keys, by question."""
        rows = await self._connection.fetch(self._sql["last_words"], schools, keys)
        return answered(Answer(*row) for row in rows)


def match_row(match: Match, rules: str) -> tuple[Any, ...]:
    """A match as its table has it; `rules` is the version of the weights."""
    seen, decision = match.seen, match.decision
    return (
        seen.dfe_no, seen.pupil_key, seen.upn, match.outcome, match.pupil_id, decision.path, decision.score,
        " ".join(match.reasons), seen.dataset, seen.delivery_seq, seen.row, BETWEEN.join(decision.candidates),
        decision.claims, match.contested, decision.second, decision.evidence, rules,
        "clerk" if decision.by_clerk else "rule", seen.question,
    )  # fmt: skip


def _statement(row: asyncpg.Record) -> Statement:
    dfe_no, pupil_key, version, pupil_id, outcome, social_worker, first_days, last_days = row
    periods = tuple(map(LookedAfterPeriod, first_days, last_days))
    return Statement(version, PupilIdentity(dfe_no, pupil_key, pupil_id, outcome, periods, social_worker))


def _rival(row: asyncpg.Record) -> Match:
    *seen, claims, path, score, reasons, second, evidence, by_clerk, contested = row
    decision = Decision("certain", path, score, tuple(reasons), (claims,), second, evidence, by_clerk)
    return Match(Seen(*seen), decision, contested)
