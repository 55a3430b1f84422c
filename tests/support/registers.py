"""Attendance files made from the fields that a test is about, and what is held after them, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from consumers.attendance import handler
from consumers.attendance.codes import CodeBook
from consumers.attendance.enrolment import Correction, Enrolment, HeldYear, SchoolYear, YearChanges
from consumers.attendance.keys import KeyChange
from consumers.runtime.work import Delivery
from schemas.codes import attendance_codes
from tests.support.pupil_rows import SCHOOL, Row, attendance_row, delivery

MONDAY = date(2025, 9, 8)
AFTER_THE_YEAR = date(2026, 8, 31)
YEAR = 2025


def week(marks: str | Sequence[str] = "/\\/\\/\\/\\/\\", **fields: object) -> Row:
    """A pupil's row of marks, run together where each is one letter."""
    return attendance_row(**{"marks": list(marks), "start_date": MONDAY, "academic_year": YEAR, **fields})


def file(*rows: Row, seq: int = 1, sender: str = SCHOOL, received_on: date = AFTER_THE_YEAR) -> Delivery:
    """An attendance file received on a day, after the academic year unless told."""
    made = delivery("attendance", [{**row, "dfe_no": sender} for row in rows], sender=sender, seq=seq)
    received_at = datetime.combine(received_on, time(8), tzinfo=UTC)
    return replace(made, begun=replace(made.begun, received_on=received_on, received_at=received_at))


class Shelf:
    """One school's tables as values: what the store would keep."""

    def __init__(self, book: CodeBook | None = None) -> None:
        self._book = book or CodeBook(attendance_codes())
        self.enrolments: dict[tuple[int, str], Enrolment] = {}
        self.key_changes: dict[int, list[KeyChange]] = {}
        self.school_years: dict[int, SchoolYear] = {}
        self.corrections: set[Correction] = set()
        self.closed_days: list[tuple[date, ...]] = []

    def receive(self, *deliveries: Delivery) -> Shelf:
        """Apply deliveries in the order given."""
        for work in deliveries:
            held = {year: self.held(year) for year in handler.academic_years(work)}
            for changes in handler.changes(work, held, book=self._book):
                self._keep(changes)
        return self

    def one(self, key: str, year: int = YEAR) -> Enrolment:
        """An enrolment."""
        return self.enrolments[year, key]

    def keys(self) -> set[str]:
        """The keys of all enrolments."""
        return {key for _, key in self.enrolments}

    def held(self, year: int) -> HeldYear:
        """What is kept of a year."""
        enrolments = tuple(one for (in_year, _), one in sorted(self.enrolments.items()) if in_year == year)
        return HeldYear(
            enrolments, tuple(self.key_changes.get(year, ())), self.school_years.get(year, SchoolYear(year))
        )

    def _keep(self, changes: YearChanges) -> None:
        year = changes.academic_year
        moved = {move.old_key: move.new_key for move in changes.moves}
        for old in moved:
            del self.enrolments[year, old]
        self.corrections = {_follow(correction, year, moved) for correction in self.corrections}
        self.key_changes.setdefault(year, []).extend(changes.key_changes)
        self.enrolments |= {(year, one.pupil_key): one for one in changes.enrolments}
        self.corrections |= set(changes.corrections)
        if changes.school_year is not None:
            self.school_years[year] = changes.school_year
        if changes.closed_days is not None:
            self.closed_days.append(changes.closed_days)


def _follow(correction: Correction, year: int, moved: dict[str, str]) -> Correction:
    if correction.academic_year != year:
        return correction
    return replace(correction, pupil_key=moved.get(correction.pupil_key, correction.pupil_key))
