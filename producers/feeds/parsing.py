"""The one door to the feeds: a path and what was agreed in, typed rows or the reasons why not out.

Looks at one file alone. Whether it is held against earlier deliveries, and whether its sender may send it at all, is
the watcher's to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from producers.feeds import attendance, calendar, exclusions, pupils, reading
from producers.feeds.context import Context
from producers.feeds.findings import FileRefusedError, Finding
from producers.feeds.header import Header, dataset_of, dropped_columns, recognised
from producers.feeds.lines import lines_of
from producers.feeds.outcome import Outcome
from producers.feeds.profile import Profile
from producers.feeds.records import Records, first_records, records_of
from producers.feeds.sheet import Sheet
from schemas.codec import columns
from schemas.events import ROW_RECORDS, Completeness, Dataset, RefusedRow

__all__ = ["Context", "Parsed", "identify", "parse"]

_DELIMITERS: Final = (",", ";", "\t", "|")
_SEPARATOR_LINE: Final = "sep="
_LONGEST_SEPARATOR_LINE: Final = 100
_READERS: Final[dict[Dataset, Callable[[Sheet, Context], Outcome]]] = {
    "attendance": attendance.read,
    "exclusions": exclusions.read,
    "pupils": pupils.read,
    "calendar": calendar.read,
}
_OTHER_SCHOOL: Final = "V10_OTHER_SCHOOL"  # one such row is enough: a file from two schools is a possible breach
_NOTHING_COVERED: Final = "F27_NOTHING_COVERED"  # known when every row has been read
_REASONS_OF_ALL_ROWS: Final = {
    _OTHER_SCHOOL: "F23_OTHER_SCHOOL",
    "V11_DFE_NUMBER": "V11_DFE_NUMBER",
    "V14_OUTSIDE_YEAR": "F27_OUTSIDE_YEAR",
}
"""What a file is rejected for when every row is refused for the same rule."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file of which at least something can be used, or that holds no rows.

    Attributes:
        rows: what the row record holds but for `delivery_seq`, in file order, `row` strictly increasing.
        refused: what could be read of refused rows.
        units: distinct pupils (attendance), accepted rows (pupils), else None.
        one_code: in its latest week a whole school has one code.

    """

    dataset: Dataset
    rows: pl.DataFrame
    rejected: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    refused: tuple[RefusedRow, ...]
    rows_total: int
    decoding: str | None
    completeness: Completeness
    academic_year: int | None
    last_week: date | None
    units: int | None
    one_code: bool

    @property
    def rows_accepted(self) -> int:
        """Rows that will be published."""
        return self.rows.height

    @property
    def rows_rejected(self) -> int:
        """Rows that are refused."""
        return self.rows_total - self.rows.height


def identify(path: Path, profile: Profile) -> Dataset | None:
    """The kind of a file by its header; nothing else is read of it."""
    try:
        text = reading.read_head(path, profile)
    except FileRefusedError:
        return None
    first = first_records(text, profile.delimiter, limit=1)
    return dataset_of(first[0]) if first else None


def parse(path: Path, context: Context) -> Parsed:
    """The rows of a file.

    Raises:
        FileRefusedError: nothing of the file can be used; names rules, columns and rows, never a value.

    """
    text = _without_separator_line(reading.read(path, context.profile), context.profile)
    header = _header(text, context.profile)
    try:
        lines = lines_of(text)
        del text  # each may be large: what is not needed any more is let go
        records = records_of(lines, context.profile.delimiter, header.positions.values())
        del lines
        return _parsed(records, recognised(records.header), context)
    except FileRefusedError as refusal:
        refusal.dataset = header.dataset
        raise


def _without_separator_line(text: reading.Text, profile: Profile) -> reading.Text:
    """Excel's `sep=;` line says nothing new where the profile has that delimiter."""
    first = text.data[:_LONGEST_SEPARATOR_LINE].partition(b"\n")[0]
    line = first.decode("utf-8", "ignore").strip().strip('"').lower()
    if not line.startswith(_SEPARATOR_LINE):
        return text
    rest = text.data.partition(b"\n")[2]
    if profile.delimiter == "," or line.removeprefix(_SEPARATOR_LINE) != profile.delimiter.strip():
        raise FileRefusedError("C01_DELIMITER")
    return reading.Text(rest, text.ascii, text.warnings)


def _header(text: reading.Text, profile: Profile) -> Header:
    first = first_records(text, profile.delimiter)
    top = first[0] if first else [""]
    if dataset_of(top) is None:
        raise FileRefusedError(_why_no_header(text, profile, first))
    return recognised(top)


def _why_no_header(text: reading.Text, profile: Profile, first: list[list[str]]) -> str:
    top = first[0] if first else [""]
    if top[0].lstrip().startswith("#"):
        return "C15_COMMENT_LINE"
    if len(top) == 1 and dataset_of(top[0].split(profile.delimiter)):
        return "C17_ONE_COLUMN"
    for delimiter in _DELIMITERS:
        if any(map(dataset_of, first_records(text, delimiter, limit=2))) and delimiter != profile.delimiter:
            return "C01_DELIMITER"
    return "C12_TITLE_OR_TOTALS" if any(map(dataset_of, first)) else "C09_HEADER_NOT_RECOGNISED"


def _parsed(records: Records, header: Header, context: Context) -> Parsed:
    sheet = Sheet.of(records, header)
    outcome, reason = _read(sheet, context)
    rejected = sorted((*records.misshapen, *sheet.rejected()), key=lambda found: (found.row or 0, found.rule))
    warnings = (*_of_the_whole(records, header), *sheet.warnings())
    if rejected and (outcome.rows.is_empty() or any(found.rule == _OTHER_SCHOOL for found in rejected)):
        reason = reason or _reason_of_all(rejected, records.total)
    if reason is not None:
        refusal = FileRefusedError(reason, header.dataset, rejected)
        refusal.warnings, refusal.rows_total = warnings, records.total
        raise refusal
    return Parsed(
        dataset=header.dataset,
        rows=outcome.rows,
        rejected=tuple(rejected),
        warnings=warnings,
        refused=_refused(rejected, outcome.refused),
        rows_total=records.total,
        decoding=outcome.decoding,
        completeness=outcome.completeness,
        academic_year=outcome.academic_year,
        last_week=outcome.last_week,
        units=outcome.units,
        one_code=outcome.one_code,
    )


def _read(sheet: Sheet, context: Context) -> tuple[Outcome, str | None]:
    """What the rows come to, or the reason why none of them can be used though they can be read."""
    if not sheet.cells.height:
        return _nothing(sheet.header.dataset, context), None
    try:
        return _READERS[sheet.header.dataset](sheet, context), None
    except FileRefusedError as refusal:
        if refusal.reason != _NOTHING_COVERED:
            raise
        return _nothing(sheet.header.dataset, context), refusal.reason


def _nothing(dataset: Dataset, context: Context) -> Outcome:
    return Outcome(_no_rows(dataset), completeness=_completeness(dataset, context.profile))


def _completeness(dataset: Dataset, profile: Profile) -> Completeness:
    return (profile.exclusions or "reach_back") if dataset == "exclusions" else "snapshot"


def _no_rows(dataset: Dataset) -> pl.DataFrame:
    return pl.DataFrame(schema=columns(ROW_RECORDS[dataset])).drop("delivery_seq")


def _of_the_whole(records: Records, header: Header) -> Iterator[Finding]:
    yield from records.warnings
    yield from dropped_columns(header)
    if header.dataset == "exclusions" and not records.total:
        yield Finding(None, None, "F02_NIL_RETURN")


def _reason_of_all(rejected: list[Finding], rows_total: int) -> str:
    """Why a file is rejected of which not one row goes on."""
    reason = _OTHER_SCHOOL if any(found.rule == _OTHER_SCHOOL for found in rejected) else "NO_VALID_ROWS"
    for rule, of_all in _REASONS_OF_ALL_ROWS.items():
        if len({found.row for found in rejected if found.rule == rule}) == rows_total:
            reason = of_all
    return reason


def _refused(rejected: list[Finding], read: tuple[RefusedRow, ...]) -> tuple[RefusedRow, ...]:
    """Each refused row once, with what a dataset could read of it."""
    known = {refused.row: refused for refused in read}
    rows = sorted({found.row for found in rejected if found.row is not None})
    return tuple(known.get(row, RefusedRow(row)) for row in rows)
