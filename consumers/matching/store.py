"""What matching keeps in Postgres, read and written in the terms of `handler` and `pupils`.

Every call is inside the engine's transaction. No rule stands here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import Any, Final

import asyncpg
import polars as pl

from consumers.matching.handler import Changes, Link, Remembered, Roll
from consumers.matching.identities import Statement
from consumers.matching.index import CouncilIndex
from consumers.matching.names import name_key
from consumers.matching.pupils import CouncilPupil, Decision, Match, Seen
from consumers.runtime import queries
from consumers.runtime.postgres import lock, lock_shared, stage
from schemas.events import COUNCIL, LookedAfterPeriod, PupilIdentity, ReviewDecision

IDENTITIES_AT_ONCE: Final = 15_000
"""Pupil keys that are judged together when the whole county is: bounds memory."""

_INDEX: Final = "index"
_MATCH_COLUMNS: Final = (
    "dfe_no", "pupil_key", "upn", "outcome", "pupil_id", "path", "score", "reasons", "dataset", "delivery_seq", "row",
    "candidates", "claims", "contested",
)  # fmt: skip
_DECISION_COLUMNS: Final = (
    "decision_id", "dfe_no", "pupil_key", "fingerprint", "pupil_id", "answer", "decided_by", "decided_at",
)  # fmt: skip


class Store:
    """One transaction's view of the tables."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection: Final = connection
        self._sql: Final = queries.load("consumers.matching")

    async def share_index(self) -> None:
        """Keep the council's index as it is, together with other schools."""
        await lock_shared(self._connection, _INDEX)

    async def hold_index(self) -> None:
        """Keep every school away until the index has changed and every pupil has been judged by it."""
        await lock(self._connection, _INDEX)

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
        rows = await self._connection.fetch(self._sql["remembered"], sender, dataset, keys)
        return {row["pupil_key"]: Remembered(row["fingerprint"], tuple(row["reported"])) for row in rows}

    async def save_seen(self, changes: Changes) -> None:
        """Identities that are new or have changed, and what has been reported under others."""
        if changes.identities:
            columns = (*Seen._fields, "id_key", "fingerprint")
            await stage(self._connection, "seen", columns, [(*seen, *rest) for seen, *rest in changes.identities])
            await self._connection.execute(self._sql["merge_seen"])
        if changes.reported:
            rows = [(seen.dfe_no, seen.dataset, seen.pupil_key, seen.reported) for seen in changes.reported]
            await self._connection.executemany(self._sql["save_reported"], rows)

    async def links(self, sender: str, dataset: str) -> list[Link]:
        """What may tie the keys of a school to one another."""
        return [Link(*row) for row in await self._connection.fetch(self._sql["links"], sender, dataset)]

    async def turn_superseded(self, sender: str, dataset: str, keys: Collection[str]) -> None:
        """Keys that have given way, or come back."""
        await self._connection.execute(self._sql["turn_superseded"], sender, dataset, list(keys))

    async def seen_of_keys(self, sender: str, keys: Collection[str]) -> list[Seen]:
        """The identity that counts under each of these keys of a school."""
        return [Seen(*row) for row in await self._connection.fetch(self._sql["seen_of_keys"], sender, list(keys))]

    async def seen_in_parts(self) -> AsyncIterator[list[Seen]]:
        """Every identity that counts, some schools at a time, a school never divided."""
        part: list[str] = []
        count = 0
        for dfe_no, identities in await self._connection.fetch(self._sql["schools"]):
            if part and count + identities > IDENTITIES_AT_ONCE:
                yield await self._seen_of_schools(part)
                part, count = [], 0
            part.append(dfe_no)
            count += identities
        if part:
            yield await self._seen_of_schools(part)

    async def _seen_of_schools(self, schools: list[str]) -> list[Seen]:
        return [Seen(*row) for row in await self._connection.fetch(self._sql["seen_of_schools"], schools)]

    # The council's index

    async def children_by_identifier(self, rows: Sequence[Seen]) -> list[CouncilPupil]:
        """The children that the identifiers of some rows of one school may mean."""
        upns = {upn for seen in rows for upn in (seen.upn, seen.former_upn) if upn}
        numbers = {seen.admission_number for seen in rows if seen.admission_number}
        return await self._children("children_by_identifier", sorted(upns), rows[0].dfe_no, sorted(numbers))

    async def children_by_details(self, rows: Sequence[Seen]) -> list[CouncilPupil]:
        """The children with the dates of birth or the names of some rows."""
        days = {seen.dob for seen in rows if seen.dob}
        names = {key for seen in rows if (key := name_key(seen.forename, seen.surname))}
        return await self._children("children_by_details", sorted(days), sorted(names))

    async def whole_index(self) -> CouncilIndex:
        """Every child the council knows or has known."""
        return CouncilIndex(await self._children("all_children"))

    async def _children(self, query: str, *arguments: object) -> list[CouncilPupil]:
        return [CouncilPupil(*row) for row in await self._connection.fetch(self._sql[query], *arguments)]

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
        await self.save_roll(COUNCIL, "pupils", roll)

    # Decisions

    async def rivals(self, sender: str, matches: Sequence[Match], keys: Collection[str]) -> list[Match]:
        """Other keys of the school that claim a child which these keys claim, or claimed until now."""
        claims = {match.decision.claims for match in matches if match.decision.claims is not None}
        return [
            _rival(row) for row in await self._connection.fetch(self._sql["rivals"], sender, list(keys), list(claims))
        ]

    async def save_matches(self, matches: Iterable[Match]) -> None:
        """Decisions, of which only those that are not as before are written."""
        await stage(self._connection, "pupil_match", _MATCH_COLUMNS, map(_match_row, matches))
        await self._connection.execute(self._sql["merge_matches"])

    async def announce(self) -> list[Statement]:
        """What the others do not know yet of the matches just saved."""
        return [_statement(row) for row in await self._connection.fetch(self._sql["announce"])]

    async def retract(self, sender: str, keys: Sequence[str]) -> list[Statement]:
        """Remove keys that have given way in every dataset; what the others have to be told of them."""
        await self._connection.execute(self._sql["remove_matches"], sender, keys)
        return [_statement(row) for row in await self._connection.fetch(self._sql["retract"], sender, keys)]

    async def save_decisions(self, decisions: Iterable[ReviewDecision]) -> None:
        """What clerks answered, each once."""
        rows = [[getattr(decision, column) for column in _DECISION_COLUMNS] for decision in decisions]
        await stage(self._connection, "decision", _DECISION_COLUMNS, rows)
        await self._connection.execute(self._sql["merge_decisions"])


def _statement(row: asyncpg.Record) -> Statement:
    dfe_no, pupil_key, version, pupil_id, outcome, social_worker, first_days, last_days = row
    periods = tuple(map(LookedAfterPeriod, first_days, last_days))
    return Statement(version, PupilIdentity(dfe_no, pupil_key, pupil_id, outcome, periods, social_worker))


def _rival(row: asyncpg.Record) -> Match:
    *seen, claims, path, score, reasons, contested = row
    return Match(Seen(*seen), Decision("certain", path, score, tuple(reasons), (claims,)), contested)


def _match_row(match: Match) -> tuple[Any, ...]:
    seen, decision = match.seen, match.decision
    return (
        seen.dfe_no, seen.pupil_key, seen.upn, match.outcome, match.pupil_id, decision.path, decision.score,
        match.reasons, seen.dataset, seen.delivery_seq, seen.row, decision.candidates, decision.claims,
        match.contested,
    )  # fmt: skip
