"""The values that the consumer keeps: enrolments, corrections, and what a school's year adds up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from consumers.attendance.codes import Counts
from consumers.attendance.keys import HeldKey, KeyChange
from consumers.attendance.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the row of an enrolment with the latest Start Date says besides marks; of several, the newest delivery's."""

    upn: str | None
    admission_number: str | None
    enrolment_status: str
    part_time: bool | None
    start_date: date
    delivery_seq: int

    def or_later(self, other: Particulars) -> Particulars:
        """The one that counts; this one at a tie."""
        if other.start_date != self.start_date:
            return other if other.start_date > self.start_date else self
        return other if other.delivery_seq > self.delivery_seq else self


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A pupil at a school in one academic year; `delivery_seq` is the last delivery with a row of it."""

    academic_year: int
    pupil_key: str
    delivery_seq: int
    particulars: Particulars
    sessions: Sessions
    counts: Counts

    @property
    def held_key(self) -> HeldKey:
        """What the rules about keys need to know of it."""
        return HeldKey(self.particulars.admission_number, self.delivery_seq)


@dataclass(frozen=True, slots=True)
class Correction:
    """A session held with one mark and later delivered with another; `session` is 1 to 14, Monday AM to Sunday PM."""

    academic_year: int
    pupil_key: str
    week_start: date
    session: int
    old_mark: str
    new_mark: str
    delivery_seq: int


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """What the registers of a school in one academic year add up to."""

    academic_year: int
    codes: tuple[str, ...] = ()
    am: tuple[int, ...] = ()
    pm: tuple[int, ...] = ()
    covered_days: tuple[date, ...] = ()
    closed_days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldYear:
    """What is kept of a school in one academic year."""

    enrolments: tuple[Enrolment, ...]
    key_changes: tuple[KeyChange, ...]
    school_year: SchoolYear


@dataclass(frozen=True, slots=True)
class YearChanges:
    """What a delivery changes in one academic year.

    Attributes:
        enrolments: new, or different from before.
        key_changes: changes of key that were not known.
        moves: those of them whose old key was held: its enrolment has gone, its corrections follow.
        corrections: marks that the delivery changes.
        school_year: what the year adds up to now; null where that is what it was.
        closed_days: the days on which the school is closed now; null where they are what they were.

    """

    academic_year: int
    enrolments: tuple[Enrolment, ...]
    key_changes: tuple[KeyChange, ...]
    moves: tuple[KeyChange, ...]
    corrections: tuple[Correction, ...]
    school_year: SchoolYear | None
    closed_days: tuple[date, ...] | None
