"""The questions as matching keeps them: read for the clerk, never written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import asyncpg

from consumers.matching.evidence import compare, known, person_of
from consumers.matching.pupils import CouncilPupil, Seen
from consumers.matching.rules import current
from consumers.runtime import queries
from deploy.review.words import Told, evidence
from schemas.errors import ConfigError

SCHEMA: Final = "matching"
_SHORTEST: Final = 6


class Line(NamedTuple):
    """One question in the list: its name, where it comes from and why; nothing of any child."""

    question: str
    dfe_no: str
    dataset: str
    delivery_seq: int
    row: int
    reasons: Sequence[str]
    candidates: int


class Restricted(NamedTuple):
    """A row that touches a sealed record: where it stands."""

    question: str
    dfe_no: str
    dataset: str
    delivery_seq: int
    row: int


class Said(NamedTuple):
    """What a clerk has answered."""

    pupil_id: str | None
    answer: str
    decided_by: str
    decided_at: datetime
    why: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """A decision with all that a person needs to settle it. `children` are those shown, with the evidence for each."""

    name: str
    seen: Seen
    outcome: str
    reasons: Sequence[str]
    candidates: Sequence[str]
    children: Sequence[tuple[CouncilPupil, Sequence[Told]]]
    said: Sequence[Said]


async def open_questions(connection: asyncpg.Connection, school: str | None) -> list[Line]:
    """What waits, of one school or of all."""
    return [Line(*row) for row in await connection.fetch(_sql("open_questions"), school)]


async def restricted(connection: asyncpg.Connection, school: str | None) -> list[Restricted]:
    """Rows that touch sealed records."""
    return [Restricted(*row) for row in await connection.fetch(_sql("restricted"), school)]


async def find(connection: asyncpg.Connection, name: str) -> Question:
    """The question with that name, or the only one whose name begins so.

    Raises:
        ConfigError: there is none, or more than one.

    """
    rows = await connection.fetch(_sql("question"), name) if len(name) >= _SHORTEST else []
    if len(rows) != 1:
        raise ConfigError("No question has that name, or more than one begins so: `pupilstream review list` has them")
    [row] = rows
    seen = Seen(*(row[field] for field in Seen._fields))
    children = await index_children(connection, row["candidates"])
    mine, rules = person_of(seen), current()
    shown = [(child, evidence(compare(seen, mine, known(child), rules).told())) for child in children]
    said = [Said(*answer) for answer in await connection.fetch(_sql("answers"), row["question"])]
    return Question(row["question"], seen, row["outcome"], row["reasons"], row["candidates"], shown, said)


async def index_children(connection: asyncpg.Connection, pupil_ids: Sequence[str]) -> list[CouncilPupil]:
    """Children of the index in the order asked for, without those that are sealed or unknown."""
    found = {row["pupil_id"]: CouncilPupil(*row) for row in await connection.fetch(_sql("children"), list(pupil_ids))}
    return [found[pupil_id] for pupil_id in pupil_ids if pupil_id in found]


async def is_obeyed(connection: asyncpg.Connection, decision_id: str) -> bool:
    """Whether matching has taken an answer."""
    return bool(await connection.fetchval(_sql("is_obeyed"), decision_id))


def _sql(name: str) -> str:
    return queries.load("deploy.review")[name]
