"""What goes wrong at a share of the schools each week: a few bad cells, or a bad file. Each fault says what it expects.

Rows of children in care and of suspended pupils are left alone, so that their truths stand; a file that is lost takes
its school's rows with it, and the manifest names the fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

import polars as pl

from producers.simulator import broken_files
from producers.simulator.files import Delivery
from producers.simulator.numbers import Ints
from producers.simulator.streams import stream

State = Literal["accepted", "rejected", "held", "duplicate"]
Effect = Literal["accepted", "warned", "refused", "file_rejected"]


@dataclass(frozen=True, slots=True)
class BadRow:
    row: int
    column: str
    rule: str | None
    effect: Effect


@dataclass(frozen=True, slots=True)
class Fault:
    """`state` is what becomes of the file when nothing came before it; `rule` the case that stops it."""

    name: str
    dataset: str
    state: State = "accepted"
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class _BadCell:
    column: str
    rule: str | None
    effect: Effect
    spoil: Callable[[str], str | None]
    starts: str = ""  # only cells that begin so


def _next_letter(upn: str) -> str:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    return letters[(letters.index(upn[0]) + 1) % len(letters)] + upn[1:]


def _tuesday(monday: str) -> str:
    day = datetime.strptime(monday, "%d/%m/%Y").date() + timedelta(days=1)  # noqa: DTZ007 (a calendar day has no zone)
    return day.strftime("%d/%m/%Y")


_BAD_CELLS: Final = {
    "upn_letter": _BadCell("UPN", "V02", "warned", _next_letter),
    "marks_length": _BadCell("Sessions", "V19", "refused", lambda marks: marks + "/"),
    "unknown_code": _BadCell("Sessions", "V20", "warned", lambda marks: "%" + marks[1:], starts="/"),
    "retired_code": _BadCell("Sessions", "V21", "warned", lambda marks: "H" + marks[1:], starts="/"),
    "dob_blank": _BadCell("DOB", None, "accepted", lambda _: None),
    "start_day": _BadCell("Start Date", "START_DAY", "refused", _tuesday),
    "impossible_date": _BadCell("Start Date", "V12", "refused", lambda monday: f"31/02/{monday[6:]}"),
    "other_school": _BadCell("DfE No", "V10", "file_rejected", lambda number: f"{number[:-4]}9000"),
}
FAULTS: Final = (
    *(Fault(name, "attendance") for name, cell in _BAD_CELLS.items() if cell.effect != "file_rejected"),
    Fault("other_school", "attendance", "rejected", "V10"),
    Fault("empty", "attendance", "rejected", "F01"),
    Fault("truncated", "attendance", "rejected", "C04"),
    Fault("spreadsheet", "attendance", "rejected", "F14"),
    Fault("no_header", "attendance", "rejected", "C09"),
    Fault("header_only", "attendance", "held", "F02"),
    Fault("semicolons", "attendance", "rejected", "C01"),
    Fault("windows_1252", "attendance", "rejected", "E04"),
    Fault("copy", "attendance"),
    Fault("empty", "exclusions", "rejected", "F01"),
    Fault("semicolons", "exclusions", "rejected", "C01"),
    Fault("header_only", "exclusions"),
)


def choose_fault(seed: int, week: int, *, school: int, share: float) -> Fault | None:
    rng = stream(seed, "faults", week, school)
    return FAULTS[int(rng.integers(len(FAULTS)))] if rng.random() < share else None


def spoil_rows(
    seed: int, week: int, *, school: int, fault: Fault, frame: pl.DataFrame, spare: Ints
) -> tuple[pl.DataFrame, list[BadRow]]:
    """Spoils cells of one to three rows, of a UPN all of its pupil's. `spare` are the rows that may suffer."""
    cell = _BAD_CELLS.get(fault.name)
    if cell is None:
        return frame, []
    rng = stream(seed, "bad rows", week, school)
    column = frame[cell.column]
    possible = [int(row) for row in spare if (column[int(row)] or "").startswith(cell.starts) and column[int(row)]]
    rows = sorted(int(row) for row in rng.permutation(possible)[: rng.integers(1, 4)])
    if cell.column == "UPN":
        rows = [row for row in possible if column[row] == column[rows[0]]] if rows else []
    values = column.to_list()
    for row in rows:
        values[row] = cell.spoil(values[row])
    spoilt = frame.with_columns(pl.Series(cell.column, values, dtype=pl.String))
    return spoilt, [BadRow(row + 1, cell.column, cell.rule, cell.effect) for row in rows]


def spoil_file(fault: Fault, delivery: Delivery) -> list[tuple[Delivery, State, str | None]]:
    """The file or files that come instead of one, each with what becomes of it."""
    if fault.name == "copy":
        copy = replace(delivery, file_name=f"copy_of_{delivery.file_name}")
        return [(delivery, "accepted", None), (copy, "duplicate", "F09")]
    data, rows = broken_files.BREAKS.get(fault.name, broken_files.unbroken)(delivery)
    return [(replace(delivery, data=data, rows=rows), fault.state, fault.rule)]
