"""What happens to work that can never have an effect: noted with its place and reason, and passed over, up to a limit.

The note and the step past it are one transaction; that it fits into one is the runner's affair.
"""

from __future__ import annotations

import asyncpg

from consumers.runtime.errors import FatalError, PoisonError
from consumers.runtime.pieces import Flaw
from consumers.runtime.postgres import own_queries
from consumers.runtime.work import Delivery, Records, Work
from schemas.errors import ContractError
from schemas.process.log import get_logger


class ParkedLimit:
    """Counts what was passed over since the last success: a bad release must not empty a topic into the car park."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_a_row = 0

    def passed_over(self, flaw: Flaw) -> None:
        """One more.

        Raises:
            FatalError: the limit is used up; this one is not to be passed over.

        """
        if self._in_a_row >= self._limit:
            raise FatalError(
                f"{self._limit} pieces of work in a row could not be applied, and the next one is no better "
                f"({flaw.reason}): read `parked` in `pupilstream status`, mend the cause and start again"
            )
        self._in_a_row += 1

    def succeeded(self) -> None:
        """Something had its effect."""
        self._in_a_row = 0


def without(work: Work, error: PoisonError | ContractError) -> list[Work | Flaw]:
    """What to do in place of refused work: a flaw to note, or of several records the halves, until one stands alone."""
    if isinstance(work, Records) and len(work.records) > 1:
        return [*_halves(work)]
    reason = error.reason if isinstance(error, PoisonError) else "contract"
    first, begun = (work.first_offset, work.begun) if isinstance(work, Delivery) else (work.records[0].offset, None)
    return [Flaw(work.topic, work.partition, first, work.next_offset, reason, begun=begun)]


async def note(connection: asyncpg.Connection, flaw: Flaw) -> None:
    """Write a flaw down, for a person: an incident if it is torn, else parked."""
    begun = flaw.begun
    whose = (None, None, None) if begun is None else (begun.sender, begun.dataset, begun.delivery_seq)
    query = own_queries()["note_incident" if flaw.torn else "note_parked"]
    await connection.execute(query, flaw.topic, flaw.partition, flaw.first_offset, *whose, flaw.reason)


def alarm(flaw: Flaw) -> None:
    """Say aloud that something was passed over."""
    begun = flaw.begun
    get_logger().error(
        "block_torn" if flaw.torn else "work_parked",
        topic=flaw.topic,
        partition=flaw.partition,
        offset=flaw.first_offset,
        reason=flaw.reason,
        sender=None if begun is None else begun.sender,
        dataset=None if begun is None else begun.dataset,
        delivery_seq=None if begun is None else begun.delivery_seq,
    )


def _halves(work: Records) -> tuple[Records, Records]:
    middle = len(work.records) // 2
    left, right = work.records[:middle], work.records[middle:]
    return (
        Records(work.topic, work.partition, right[0].offset, left),
        Records(work.topic, work.partition, work.next_offset, right),
    )
