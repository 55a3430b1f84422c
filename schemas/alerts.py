"""The kinds of alerts as data, and what a subscriber can read of an alert that a newer program wrote.

What gives rise to an alert is the business of the consumer `exclusions`.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from schemas.codec import read_known


@dataclass(frozen=True, slots=True)
class AlertKind:
    """One kind: what it is told once for, which date stands in `due_date` (blank: none), and what it says."""

    kind: str
    once_for: str
    due_date: str
    label: str


@cache
def alert_kinds() -> tuple[AlertKind, ...]:
    """The kinds that this version knows; newer ones may be on the topic."""
    text = files("schemas").joinpath("codes", "alert_kinds.tsv").read_text(encoding="utf-8")
    return tuple(AlertKind(**row) for row in csv.DictReader(io.StringIO(text), delimiter="\t"))


def read_alert(payload: bytes) -> dict[str, object]:
    """The fields of an alert that this version knows, in the schema's order; what a newer one added is left out.

    Raises:
        ContractError: bytes that are no alert.

    """
    return read_known(payload, "ExclusionAlert")
