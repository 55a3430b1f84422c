"""What moves a position, one transaction each: work for the consumer, a flaw to note, or the end of what there is."""

from __future__ import annotations

from dataclasses import dataclass

from consumers.runtime.work import Delivery, Records
from schemas.events import DeliveryBegun


@dataclass(frozen=True, slots=True)
class Flaw:
    """What can have no effect: it is noted and passed over.

    `torn` blocks are incidents: the protocol below us failed. Everything else is parked: what was sent cannot be used.
    """

    topic: str
    partition: int
    first_offset: int
    next_offset: int
    reason: str
    torn: bool = False
    begun: DeliveryBegun | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The end of a partition, behind all control records: a consumer that stands here has everything behind it."""

    topic: str
    partition: int
    next_offset: int


Piece = Delivery | Records | Flaw | End
