"""What the consumer publishes: the days on which a whole school is closed, whenever they change."""

from __future__ import annotations

from collections.abc import Iterable

from consumers.attendance.enrolment import YearChanges
from consumers.runtime.outbox import Outgoing
from schemas import codec
from schemas.events import ClosedDays, DeliveryBegun
from schemas.topics import CLOSED_DAYS, partition_of, topics


def told(changes: Iterable[YearChanges], begun: DeliveryBegun) -> list[Outgoing]:
    """A record for each academic year whose closed days a delivery has changed."""
    return [
        _outgoing(ClosedDays(begun.sender, year.academic_year, year.closed_days), begun.delivery_seq)
        for year in changes
        if year.closed_days is not None
    ]


def _outgoing(days: ClosedDays, delivery_seq: int) -> Outgoing:
    key = f"{days.dfe_no}/{days.academic_year}"
    return Outgoing(
        topic=CLOSED_DAYS,
        partition=partition_of(days.dfe_no, topics()[CLOSED_DAYS].partitions),
        key=key,
        value=codec.encode(days),
        outbox_key=f"{key}/{delivery_seq}",
    )
