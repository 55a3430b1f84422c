"""What registers must come to, worked out the slow way from the words of the contract: one row, one mark at a time.

Deliveries are taken in their turn. Shares nothing with the consumer but the table of codes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from consumers.runtime.work import Delivery
from schemas.codes import AttendanceCode, attendance_codes

QUIET = ("-", "", "#")
ONE_DAY = timedelta(days=1)
NAMED = ("academic_year", "pupil_key", "former_upn", "admission_number")

Session = tuple[date, int]  # a day, and 0 for the morning or 1 for the afternoon
Row = Mapping[str, Any]
Correction = tuple[str, str, int, date, int, str, str, int]
"""School, key, academic year, Monday, session from 1 to 14, old mark, new mark, delivery."""


@dataclass
class Pupil:
    """An enrolment: its marks, each with its delivery, and the row that says the rest."""

    marks: dict[Session, tuple[str, int]] = field(default_factory=dict)
    latest: tuple[date, int] = (date.min, 0)
    row: Row = field(default_factory=dict)
    delivery_seq: int = 0

    def absorb(self, other: Pupil) -> None:
        """Take another's history."""
        for session, (mark, seq) in other.marks.items():
            if session not in self.marks or seq > self.marks[session][1]:
                self.marks[session] = (mark, seq)
        if other.latest > self.latest:
            self.latest, self.row = other.latest, other.row
        self.delivery_seq = max(self.delivery_seq, other.delivery_seq)


class Registers:
    """Every enrolment of every school, after the deliveries received so far."""

    def __init__(self, codes: Iterable[AttendanceCode] | None = None) -> None:
        self._codes = list(attendance_codes() if codes is None else codes)
        self.pupils: dict[tuple[str, int, str], Pupil] = {}
        self.corrections: set[Correction] = set()

    def receive(self, *deliveries: Delivery) -> Registers:
        """Take deliveries in their turn."""
        for delivery in deliveries:
            self.take(delivery.begun.sender, delivery.begun.received_on, delivery.rows.to_dicts())
        return self

    def take(self, school: str, received_on: date, rows: Sequence[Row]) -> None:
        """Take the rows of one file of a school; each has the number of its delivery."""
        self._change_keys(school, rows)
        for row in rows:
            self._take(school, received_on, row)

    def counts(self, school: str, year: int, key: str) -> Counter[str]:
        """The counts of an enrolment."""
        return self.counts_of((day, mark) for (day, _), (mark, _) in self.pupils[school, year, key].marks.items())

    def counts_of(self, marks: Iterable[tuple[date, str]]) -> Counter[str]:
        """What marks, each of its day, add up to."""
        total: Counter[str] = Counter()
        for day, mark in marks:
            total.update(self._adds(mark, day))
        return total

    def mark_counts(self, school: str, year: int) -> dict[tuple[str, int], int]:
        """How often a school has each mark, by half of the day."""
        return Counter(
            (mark, half)
            for (dfe_no, in_year, _), pupil in self.pupils.items()
            if (dfe_no, in_year) == (school, year)
            for (day, half), (mark, _) in pupil.marks.items()
            if not _is_quiet(mark, day)
        )

    def closed_days(self, school: str, year: int) -> list[date]:
        """The Mondays to Fridays on which every pupil with a session has `#` twice."""
        by_day: dict[date, list[list[str]]] = defaultdict(list)
        for (dfe_no, in_year, _), pupil in self.pupils.items():
            if (dfe_no, in_year) == (school, year):
                own: dict[date, list[str]] = defaultdict(list)
                for (day, _), (mark, _) in pupil.marks.items():
                    own[day].append(mark)
                for day, marks in own.items():
                    by_day[day].append(marks)
        return sorted(day for day, all_marks in by_day.items() if day.weekday() < 5 and _closed(all_marks))

    def weeks(self, school: str, year: int, key: str) -> dict[date, list[str | None]]:
        """The fourteen marks of every week with one."""
        weeks: dict[date, list[str | None]] = {}
        for (day, half), (mark, _) in sorted(self.pupils[school, year, key].marks.items()):
            monday = day - day.weekday() * ONE_DAY
            weeks.setdefault(monday, [None] * 14)[day.weekday() * 2 + half] = mark
        return weeks

    def _change_keys(self, school: str, rows: Sequence[Row]) -> None:
        file_keys = {row["pupil_key"] for row in rows}
        taken: set[tuple[int, str]] = set()
        different: dict[tuple[Any, ...], Row] = {}
        for row in rows:
            different.setdefault(tuple(row[name] for name in NAMED), row)
        for row in different.values():
            year, new = row["academic_year"], row["pupil_key"]
            for dfe_no, in_year, old in sorted(self.pupils):
                claimed = self._claims(row, (dfe_no, in_year, old))
                if (dfe_no, in_year) != (school, year) or not claimed or old in file_keys or (year, old) in taken:
                    continue
                taken.add((year, old))
                self.pupils.setdefault((school, year, new), Pupil()).absorb(self.pupils.pop((school, year, old)))
                self.corrections = {
                    (school, new, *c[2:]) if c[:3] == (school, old, year) else c for c in self.corrections
                }

    def _claims(self, row: Row, key: tuple[str, int, str]) -> bool:
        number = self.pupils[key].row["admission_number"]
        return key[2] == row["former_upn"] or (number is not None and number == row["admission_number"])

    def _take(self, school: str, received_on: date, row: Row) -> None:
        key, year, seq = row["pupil_key"], row["academic_year"], row["delivery_seq"]
        pupil = self.pupils.setdefault((school, year, key), Pupil())
        pupil.delivery_seq = seq
        if (row["start_date"], seq) >= pupil.latest:
            pupil.latest, pupil.row = (row["start_date"], seq), row
        for (day, half), mark in _dated(row):
            if day > received_on:
                continue
            held = pupil.marks.get((day, half))
            pupil.marks[day, half] = (mark, seq)
            if held and held[0] != mark and not _is_quiet(mark, day) and not _is_quiet(held[0], day):
                monday = day - day.weekday() * ONE_DAY
                session = day.weekday() * 2 + half + 1
                self.corrections.add((school, key, year, monday, session, held[0], mark, seq))

    def _adds(self, mark: str, day: date) -> list[str]:
        if _is_quiet(mark, day):
            return []
        if mark in {"", "-"}:
            return ["no_mark"]
        codes = [code for code in self._codes if code.code == mark]
        if not codes:
            return ["unknown_mark"]
        begun = [code for code in codes if code.valid_from <= day]
        code = max(begun, key=lambda one: one.valid_from) if begun else min(codes, key=lambda one: one.valid_from)
        if not code.possible:
            return []
        absence = {"AA": "authorised", "UA": "unauthorised"}.get(code.category, "attended")
        late = {"B": ["late_before"], "A": ["late_after"]}.get(code.late or "", [])
        return ["possible", absence, *late]


def _dated(row: Row) -> Iterator[tuple[Session, str]]:
    day: date = row["start_date"]
    for place in range(0, len(row["marks"]), 2):
        while row["days_per_week"] == 5 and day.weekday() > 4:
            day += ONE_DAY
        for half, mark in enumerate(row["marks"][place : place + 2]):
            yield (day, half), mark
        day += ONE_DAY


def _is_quiet(mark: str, day: date) -> bool:
    return day.weekday() > 4 and mark in QUIET


def _closed(all_marks: list[list[str]]) -> bool:
    return all(marks == ["#", "#"] for marks in all_marks)
