"""The single records as frozen dataclasses, and which records travel as rows of a block.

A field here is a field of the newest released `.avsc`; a test holds the two together. Row records have no class:
they travel as columns (`codec.encode_block`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

Dataset = Literal["attendance", "exclusions", "pupils", "calendar"]
Completeness = Literal["snapshot", "reach_back", "full", "latest"]
LedgerState = Literal["published", "rejected", "held", "duplicate"]
Outcome = Literal["certain", "possible", "new", "sealed"]
Answer = Literal["same", "different", "cannot_tell", "withdrawn"]

ROW_RECORDS: Final[dict[Dataset, str]] = {
    "attendance": "AttendanceMarks",
    "exclusions": "Exclusion",
    "pupils": "CouncilPupil",
    "calendar": "CalendarDays",
}
"""The record that carries one row of each dataset."""

COUNCIL: Final = "council"
"""The one sender that is no school."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """What could be read of a refused row: enough for a consumer not to think it gone."""

    row: int
    pupil_key: str | None = None
    start_date: date | None = None


@dataclass(frozen=True, slots=True)
class DeliveryBegun:
    """Opens the block of one delivery."""

    sender: str
    dataset: Dataset
    delivery_seq: int
    file_name: str
    sha256: str
    rows: int
    received_at: datetime
    received_on: date
    decoding: str | None = None
    completeness: Completeness = "snapshot"
    refused: tuple[RefusedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryCompleted:
    """Closes the block of one delivery."""

    sender: str
    dataset: Dataset
    delivery_seq: int
    sha256: str
    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What became of one file."""

    sender: str
    dataset: Dataset | None
    delivery_seq: int | None
    state: LedgerState
    reason: str | None
    file_name: str
    sha256: str | None
    rows_total: int | None
    rows_accepted: int | None
    rows_rejected: int | None
    received_at: datetime
    published_at: datetime | None = None
    topic: str | None = None
    partition: int | None = None
    end_offset: int | None = None
    academic_year: int | None = None
    last_week: date | None = None
    units: int | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A refused row: where and why, never what."""

    sender: str
    dataset: Dataset
    delivery_seq: int
    row: int
    column: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """One line of the agreement register."""

    dfe_no: str
    school_name: str
    contact: str | None
    datasets: tuple[str, ...]
    agreed_from: date | None
    agreed_to: date | None
    profile: str = ""


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Days of one academic year on which every pupil of a school has the mark `#`."""

    dfe_no: str
    academic_year: int
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class LookedAfterPeriod:
    """A period in care, both ends included; no last day: still open."""

    first_day: date
    last_day: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class PupilIdentity:
    """Who (school, pupil key) is, as matching sees it now."""

    dfe_no: str
    pupil_key: str
    pupil_id: str | None
    outcome: Outcome
    looked_after: tuple[LookedAfterPeriod, ...] = ()
    social_worker: bool = False


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """What a clerk decided about a question of matching."""

    decision_id: str
    dfe_no: str
    pupil_key: str
    fingerprint: str
    pupil_id: str | None
    answer: Answer
    decided_by: str
    decided_at: datetime
    why: str | None = None


@dataclass(frozen=True, slots=True)
class ExclusionAlert:
    """Told once to every subscriber; no name, no UPN."""

    alert_id: str
    kind: str
    version: int
    raised_at: datetime
    data_as_of: date
    due_date: date | None
    pupil_id: str | None
    dfe_no: str
    type: str | None
    start_date: date | None
    end_date: date | None
    day_six_date: date | None
    chain_school_days: float | None
    term_days: float | None
    year_days: float | None
    looked_after: bool
    historic: bool
    delivery_seq: int | None
    row: int | None
    supersedes: tuple[str, ...] = field(default=())


Event = (
    DeliveryBegun
    | DeliveryCompleted
    | LedgerEntry
    | RejectedRow
    | Agreement
    | ClosedDays
    | PupilIdentity
    | ReviewDecision
    | ExclusionAlert
)

SINGLE_RECORDS: Final[dict[str, type[Event]]] = {
    "DeliveryBegun": DeliveryBegun,
    "DeliveryCompleted": DeliveryCompleted,
    "LedgerEntry": LedgerEntry,
    "RejectedRow": RejectedRow,
    "Agreement": Agreement,
    "ClosedDays": ClosedDays,
    "PupilIdentity": PupilIdentity,
    "ReviewDecision": ReviewDecision,
    "ExclusionAlert": ExclusionAlert,
}
"""The class of each record that travels alone."""
