"""What the council has to do on a day, as the views tell it: one item a chain of suspensions, and the coverage.

A chain that is no longer reported, or whose end nobody knows, stays an item: the school has to be asked.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

State = Literal["current", "no_longer_reported"]
Freshness = Literal["on_time", "late", "never"]


@dataclass(frozen=True, slots=True)
class Item:
    """One chain: whose, where, how far it is on the day, and what is to be asked.

    `due_date`: by when provision is due: from day one for a child in care or with a social worker, else by day six;
    none where the chain ends before. `day_now` counts school days, 0 before the first. `next_file`: the Sunday by which
    the school owes its next file. `delivery_seq`, `row`: the line of its file that tells who an unmatched child is.
    """

    pupil_id: str | None
    dfe_no: str
    day_now: int
    day_six_date: date | None
    due_date: date | None
    looked_after: bool
    social_worker: bool
    state: State
    ask_the_school: bool
    permanent: bool
    start_date: date
    end_date: date | None
    data_as_of: date | None
    next_file: date | None
    delivery_seq: int
    row: int
    notes: tuple[str, ...] = ()

    def has_day_six_by(self, day: date) -> bool:
        """Whether day six is on that day or before."""
        return self.day_six_date is not None and self.day_six_date <= day

    def comes_before_the_next_file(self) -> bool:
        """Whether day six is reached before the school has to say more."""
        return self.next_file is not None and self.has_day_six_by(self.next_file)


@dataclass(frozen=True, slots=True)
class Follow:
    """A chain that is over as planned; if another suspension followed it, day six is here or comes next."""

    pupil_id: str | None
    dfe_no: str
    start_date: date
    end_date: date
    school_days: int
    day_six_date: date
    looked_after: bool
    social_worker: bool
    data_as_of: date
    delivery_seq: int
    row: int


@dataclass(frozen=True, slots=True)
class School:
    """A school that owes exclusions files, how they stand on the day, and whom to ask."""

    dfe_no: str
    school_name: str
    contact: str | None
    last_received_on: date | None
    expected_by: date | None
    state: Freshness


@dataclass(frozen=True, slots=True)
class Coverage:
    """For which schools the list speaks."""

    schools: tuple[School, ...]

    @property
    def late(self) -> tuple[School, ...]:
        """Schools whose file is overdue, or never came."""
        return tuple(school for school in self.schools if school.state != "on_time")

    @property
    def schools_in(self) -> int:
        """How many schools' files are in."""
        return len(self.schools) - len(self.late)


@dataclass(frozen=True, slots=True)
class Duty:
    """The whole list of a day, what must be done first at the top."""

    on: date
    items: tuple[Item, ...]
    may_go_on: tuple[Follow, ...]
    coverage: Coverage

    def is_due(self) -> bool:
        """Whether a day six is on the day or before."""
        return any(item.has_day_six_by(self.on) for item in self.items)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values, in the contract's words."""
        return {
            "on": self.on.isoformat(),
            "items": [_plain(asdict(item)) for item in self.items],
            "may_go_on": [_plain(asdict(follow)) for follow in self.may_go_on],
            "coverage": {
                "schools": len(self.coverage.schools),
                "in": self.coverage.schools_in,
                "late": [_plain(asdict(school)) for school in self.coverage.late],
            },
        }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
