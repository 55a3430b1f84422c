"""From an attendance file to the delivery that the consumer is given: the feeds, the wire format, the check of a block.

All of the line but the watcher and the broker.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from consumers.runtime.blocks import Assembler
from consumers.runtime.work import Delivery
from schemas.topics import ATTENDANCE
from tests.support.csv_files import Row, context, csv_bytes, parsed
from tests.support.streams import begun, block


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as a school hands it over; no row of it is refused."""

    school: str
    delivery_seq: int
    received_on: date
    cells: tuple[Row, ...]
    profile: str = ""


def delivered(sent: Sent, folder: Path) -> Delivery:
    """The delivery that a file becomes."""
    found = parsed(folder, csv_bytes(sent.cells), context(sent.school, sent.received_on, sent.profile))
    assert not found.rejected
    opening = begun(
        sender=sent.school,
        delivery_seq=sent.delivery_seq,
        rows=found.rows.height,
        received_at=datetime.combine(sent.received_on, time(8), tzinfo=UTC),
        received_on=sent.received_on,
    )
    payloads = block(opening, found.rows.with_columns(delivery_seq=sent.delivery_seq))
    (delivery,) = Assembler(ATTENDANCE, 0).feed(enumerate(payloads))
    assert isinstance(delivery, Delivery)
    return delivery
