"""A clerk's answer as an event on `matching.decisions.v1`: what matching obeys, today and on every replay."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import asyncpg

from deploy.review.questions import Question, is_obeyed
from schemas import codec
from schemas.events import Answer, ReviewDecision
from schemas.process.kafka import TransactionalProducer
from schemas.process.settings import Settings
from schemas.topics import DECISIONS, partition_of, topics

OBEYED_TIMEOUT_S: Final = 20.0
_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a clerk says, of which children, who it is and why."""

    answer: Answer
    pupil_ids: Sequence[str | None]
    by: str
    why: str


def events(question: Question, verdict: Verdict, settings: Settings) -> list[ReviewDecision]:
    """One event a child."""
    seen, at = question.seen, settings.clock.now()
    return [
        ReviewDecision(
            decision_id=str(uuid5(NAMESPACE_URL, f"{question.name}/{pupil_id}/{verdict.answer}/{at.isoformat()}")),
            dfe_no=seen.dfe_no,
            pupil_key=seen.pupil_key,
            fingerprint=question.name,
            pupil_id=pupil_id,
            answer=verdict.answer,
            decided_by=verdict.by,
            decided_at=at,
            why=verdict.why,
        )
        for pupil_id in verdict.pupil_ids
    ]


def publish(settings: Settings, said: Sequence[ReviewDecision]) -> None:
    """All of them, or none.

    Raises:
        BrokerError: it may not have been taken; answering again does no harm.

    """
    with TransactionalProducer(settings, "review") as producer:
        producer.begin()
        for event in said:
            partition = partition_of(event.dfe_no, topics()[DECISIONS].partitions)
            producer.send(DECISIONS, partition, event.dfe_no, [codec.encode(event)])
        producer.flush()
        producer.commit()


async def wait_until_obeyed(connection: asyncpg.Connection, said: Sequence[ReviewDecision]) -> bool:
    """Whether matching takes the last of the answers within a moment."""
    deadline = time.monotonic() + OBEYED_TIMEOUT_S
    while not await is_obeyed(connection, said[-1].decision_id):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_POLL_S)
    return True
