"""The topics: their names, partitions, configuration, and where a school's records go.

The catalogue (`catalogue.json`) is the data; this module only reads it. A prefix sets installations, and tests, apart
on one broker.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from schemas.events import COUNCIL, Dataset

ATTENDANCE: Final = "pupils.attendance.v1"
EXCLUSIONS: Final = "pupils.exclusions.v1"
COUNCIL_PUPILS: Final = "council.pupils.v1"
COUNCIL_CALENDAR: Final = "council.calendar.v1"
AGREEMENTS: Final = "council.agreements.v1"
LEDGER: Final = "intake.ledger.v1"
REJECTS: Final = "intake.rejects.v1"
IDENTITIES: Final = "pupils.identities.v1"
CLOSED_DAYS: Final = "schools.closed_days.v1"
DECISIONS: Final = "matching.decisions.v1"
ALERTS: Final = "exclusions.alerts.v1"

TOPIC_OF_DATASET: Final[dict[Dataset, str]] = {
    "attendance": ATTENDANCE,
    "exclusions": EXCLUSIONS,
    "pupils": COUNCIL_PUPILS,
    "calendar": COUNCIL_CALENDAR,
}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the catalogue; `name` is without prefix."""

    name: str
    partitions: int
    records: tuple[str, ...]
    config: tuple[tuple[str, str], ...]
    key: str
    doc: str

    @property
    def carries_deliveries(self) -> bool:
        """Whether its records come in blocks, one a delivery, and not alone."""
        return "DeliveryBegun" in self.records


@cache
def catalogue() -> dict[str, Any]:
    """The committed catalogue of schemas and topics."""
    text = files("schemas").joinpath("catalogue.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def topics() -> dict[str, Topic]:
    """Every topic by its name without prefix."""
    loaded = catalogue()
    return {
        name: Topic(
            name=name,
            partitions=loaded["partitions"][entry["partitions"]],
            records=tuple(entry["records"]),
            config=tuple(sorted(entry["config"].items())),
            key=entry["key"],
            doc=entry["doc"],
        )
        for name, entry in loaded["topics"].items()
    }


def partition_of(sender: str, partitions: int) -> int:
    """The partition of a school's records; the council's are always on the first.

    Chosen from the DfE number alone, so that all topics with as many partitions keep a school on the same one.
    """
    return 0 if sender == COUNCIL else zlib.crc32(sender.encode("ascii")) % partitions
