"""What the views of absence must show, worked out from the oracle's registers in plain Python: no Polars, no SQL.

Without what the council's index adds: the children, and whether they are in care.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from tests.support.attendance_oracle import Pupil, Registers

COUNTS: Final = ("possible", "attended", "authorised", "unauthorised")
SHOWN: Final = {
    "pupil_absence": "dfe_no, pupil_key, upn, academic_year, enrolment_status, part_time, possible, attended, "
    "authorised, unauthorised, absence_pct, persistent, severe, late_before, late_after, no_mark, unknown_mark, "
    "first_week, last_week, delivery_seq",
    "pupil_week": "*",
    "mark_count": "*",
    "school_absence": "*",
    "register_correction": "*",
}
"""The columns of each view that the oracle knows."""

Line = tuple[Any, ...]


def views(registers: Registers) -> dict[str, list[Line]]:
    """The lines of every view in `SHOWN`, sorted as `in_order` sorts them."""
    made = {
        "pupil_absence": _pupil_absence(registers),
        "pupil_week": _pupil_week(registers),
        "mark_count": _mark_count(registers),
        "school_absence": _school_absence(registers),
        "register_correction": _register_correction(registers),
    }
    return {name: in_order(lines) for name, lines in made.items()}


def in_order(lines: Iterator[Line] | list[Line]) -> list[Line]:
    """Lines in an order that does not depend on where they come from."""
    return sorted(lines, key=repr)


def _pupil_absence(registers: Registers) -> Iterator[Line]:
    for (school, year, key), pupil in registers.pupils.items():
        counts, weeks = registers.counts(school, year, key), registers.weeks(school, year, key)
        rate, persistent, severe = _rates(counts)
        yield (
            *(school, key, pupil.row["upn"], year, _status(pupil), pupil.row["part_time"]),
            *(counts[name] for name in COUNTS),
            *(rate, persistent, severe),
            *(counts[name] for name in ("late_before", "late_after", "no_mark", "unknown_mark")),
            *(min(weeks, default=None), max(weeks, default=None), pupil.delivery_seq),
        )


def _pupil_week(registers: Registers) -> Iterator[Line]:
    for school, year, key in registers.pupils:
        for monday, marks in registers.weeks(school, year, key).items():
            sent = [(place, mark) for place, mark in enumerate(marks) if mark is not None]
            counts = registers.counts_of((monday + timedelta(days=place // 2), mark) for place, mark in sent)
            told = (counts[name] for name in (*COUNTS, "no_mark", "unknown_mark"))
            yield (school, key, year, monday, marks, *told)


def _mark_count(registers: Registers) -> Iterator[Line]:
    for school, year in {(school, year) for school, year, _ in registers.pupils}:
        counted = registers.mark_counts(school, year)
        for mark in {mark for mark, _ in counted}:
            yield (school, year, mark, counted.get((mark, 0), 0), counted.get((mark, 1), 0))


def _school_absence(registers: Registers) -> Iterator[Line]:
    main = {(year, p.row["upn"]) for (_, year, _), p in registers.pupils.items() if p.row["enrolment_status"] == "M"}
    for school, year in {(school, year) for school, year, _ in registers.pupils}:
        total: Counter[str] = Counter()
        for (dfe_no, in_year, key), pupil in registers.pupils.items():
            if (dfe_no, in_year) == (school, year) and _counts_for_its_school(pupil, year, main):
                counts = registers.counts(school, year, key)
                total.update(counts)
                _, persistent, severe = _rates(counts)
                total.update(enrolments=counts["possible"] > 0, persistent=bool(persistent), severe=bool(severe))
        rate, *_ = _rates(total)
        shares = (_per_cent(total[name], total["enrolments"]) for name in ("persistent", "severe"))
        yield (
            *(school, year, total["enrolments"], *(total[name] for name in COUNTS)),
            *(rate, *shares, total["unknown_mark"]),
        )


def _counts_for_its_school(pupil: Pupil, year: int, main: set[tuple[int, str | None]]) -> bool:
    upn, status = pupil.row["upn"], _status(pupil)
    return status not in {"G", "F", "O"} and not (status == "S" and upn is not None and (year, upn) in main)


def _register_correction(registers: Registers) -> Iterator[Line]:
    for school, key, _, *correction in registers.corrections:
        yield (school, key, *correction)


def _status(pupil: Pupil) -> str:
    return pupil.row["enrolment_status"] or "C"


def _rates(counts: Counter[str]) -> tuple[Decimal | None, bool | None, bool | None]:
    absent, possible = counts["authorised"] + counts["unauthorised"], counts["possible"]
    if not possible:
        return None, None, None
    return _per_cent(absent, possible), 10 * absent >= possible, 2 * absent >= possible


def _per_cent(part: int, whole: int) -> Decimal | None:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP) if whole else None
