"""From lines to records: delimiter, quoting, and the shape of every record, by RFC 4180 and nothing looser.

A text without quotation marks is split in columns at once: every line with the right number of delimiters splits in one
way only, so Polars' reader and the strict csv module agree (a property test holds them together). Any other text goes
through `csv.reader(strict=True)`. What a cell means is not decided here.

However large the text, it is held once: it is looked at in stretches, and only the columns that are asked for are kept.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from producers.feeds.findings import FileRefusedError, Finding
from producers.feeds.lines import STRETCH_BYTES, Lines, line_ends
from producers.feeds.reading import HEAD_BYTES, Text

MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 200
MAX_CELL_BYTES: Final = 8_192
QUOTE_KEPT: Final = "\x00"
"""Stands for a quotation mark that was quoted as it should be, in texts where another was not; no file holds a NUL."""

_LF, _QUOTE, _MARK = b"\n", b'"', '"'
_ANY_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_COUNTING: Final = re.compile(
    r"(grand |sub)?totals?\b|count\b|end of\b|(rows|records|pupils)\b|\d+ (rows|records)", re.IGNORECASE
)
_FILLED_IN_TOTALS: Final = 3
_STRETCH_RECORDS: Final = 10_000
_STRETCH: Final = 80  # of a record that is refused only its beginning is looked at


class Misshapen(NamedTuple):
    """A record that is not as wide as the header."""

    row: int
    width: int
    begins: str


@dataclass(slots=True)
class Split:
    """A text cut into records: of those as wide as the header the kept columns, `0`, `1` ..., by their place.

    Attributes:
        last_row: the number of the last record, blank ones counted.
        last: the cells of the last record that is not blank.

    """

    header: tuple[str, ...]
    cells: pl.DataFrame
    misshapen: Sequence[Misshapen] = ()
    last_row: int = 0
    last: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a file. `cells` has `row` and one text column per kept column; an empty cell is null."""

    header: tuple[str, ...]
    cells: pl.DataFrame
    misshapen: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def total(self) -> int:
        """Records without the header and blank ones."""
        return self.cells.height + len(self.misshapen)


def records_of(lines: Lines, delimiter: str, keep: Iterable[int] | None = None) -> Records:
    """Every record, with the columns at the places that are asked for; all, if none is named.

    Raises:
        FileRefusedError: the text as a whole is not the CSV that was agreed.

    """
    kept = None if keep is None else tuple(keep)
    split = _quoted(lines.data, delimiter, kept) if _QUOTE in lines.data else _unquoted(lines.data, delimiter, kept)
    if lines.bare_cr and split.misshapen:
        raise FileRefusedError("E10_SPLIT_ROW")
    _refuse_by_shape(split, unfinished=lines.unfinished)
    _refuse_joined_files(lines, split)
    shape = tuple(
        Finding(found.row, None, "C02_SHORT_ROW" if found.width < len(split.header) else "C03_LONG_ROW")
        for found in split.misshapen
    )
    return Records(split.header, split.cells, shape, lines.warnings)


def first_records(text: Text, delimiter: str, limit: int = 20) -> list[list[str]]:
    """The first records that are not blank, read as loosely as possible: to find a header, or say why there is none."""
    lines = _ANY_LINE_END.split(text.data[:HEAD_BYTES].decode("utf-8", "ignore"))
    reader = csv.reader((line for line in lines if line.strip(f"{delimiter} \t")), delimiter=delimiter)
    found: list[list[str]] = []
    try:
        for record in reader:
            found.append(record)
            if len(found) == limit:
                break
    except csv.Error:
        return found
    return found


def _unquoted(data: bytes, delimiter: str, keep: tuple[int, ...] | None) -> Split:
    ends = line_ends(data)
    starts = np.concatenate(([0], ends[:-1] + 1))
    printed, delimiters = _counted(data, delimiter, starts, ends)
    top = int(np.argmax(printed))
    header = tuple(_line(data, starts[top], ends[top]).split(delimiter))
    good = printed & (delimiters == len(header) - 1)
    _refuse_too_many(int(printed[top + 1 :].sum()), len(header))
    rows = np.flatnonzero(good[top + 1 :]).astype(np.int32) + 1
    text, skip = data, top + 1
    if len(rows) < len(ends) - top - 1:
        text, skip = b"".join(data[starts[top + row] : ends[top + row] + 1] for row in rows.tolist()), 0
    misshapen = [
        Misshapen(row, int(delimiters[top + row]) + 1, _line(data, starts[top + row], ends[top + row])[:_STRETCH])
        for row in (np.flatnonzero((printed & ~good)[top + 1 :]) + 1).tolist()
    ]
    final = int(np.flatnonzero(printed)[-1])
    last = _line(data, starts[final], ends[final]).split(delimiter) if final > top else ()
    kept = range(len(header)) if keep is None else keep
    return Split(
        header, _columns(text, skip, rows, (len(header), kept), delimiter), misshapen, len(ends) - top - 1, last
    )


def _counted(
    data: bytes, delimiter: str, starts: NDArray[np.intp], ends: NDArray[np.intp]
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Of each line, whether anything is printed in it, and how many delimiters it has.

    Raises:
        FileRefusedError: a cell is too long.

    """
    letters, count = np.frombuffer(data, np.uint8), len(ends)
    printed, delimiters = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.int32)
    first = 0
    while first < count:
        after = max(first + 1, int(np.searchsorted(ends, starts[first] + STRETCH_BYTES)))
        part = letters[starts[first] : ends[after - 1] + 1]
        places = starts[first:after] - starts[first]
        is_delimiter = part == ord(delimiter)
        delimiters[first:after] = np.add.reduceat(is_delimiter, places, dtype=np.int32)
        printed[first:after] = np.add.reduceat((part > ord(" ")) & ~is_delimiter, places, dtype=np.int32) > 0
        between = np.flatnonzero(is_delimiter | (part == _LF[0]))
        if int(np.diff(between, prepend=-1).max()) > MAX_CELL_BYTES + 1:
            raise FileRefusedError("C14_LONG_CELL")
        first = after
    return printed, delimiters


def _line(data: bytes, start: int, end: int) -> str:
    return data[start:end].decode("utf-8")


def _columns(
    text: bytes, skip: int, rows: NDArray[np.int32], shape: tuple[int, Iterable[int]], delimiter: str
) -> pl.DataFrame:
    """Some of the cells of lines of one width, none of them quoted."""
    width, kept = shape[0], tuple(shape[1])
    names = [str(place) for place in kept]
    if not len(rows):
        return pl.DataFrame(schema={"row": pl.Int32(), **dict.fromkeys(names, pl.String())})
    schema = {str(place): pl.String() for place in range(width)}
    frame = pl.read_csv(
        text,
        has_header=False,
        schema=schema,
        columns=sorted(kept),
        skip_lines=skip,
        separator=delimiter,
        quote_char=None,
        glob=False,
    )
    return frame.select(names).insert_column(0, pl.Series("row", rows))


def _quoted(data: bytes, delimiter: str, keep: tuple[int, ...] | None) -> Split:
    raw: list[str] = []
    reader = csv.reader(_noted(data, raw), delimiter=delimiter, strict=True)
    try:
        header = tuple(next(record for record in reader if _is_filled(record)))
        raw.clear()
        gathered = _Gathered(header, range(len(header)) if keep is None else keep)
        for row, record in enumerate(reader, 1):
            told = any(_MARK in cell for cell in record)
            gathered.take(row, _with_proper_quotes_kept("".join(raw), delimiter) if told else record)
            raw.clear()
    except csv.Error as error:
        raise FileRefusedError(_fault_of_quoting(data, str(error))) from None
    return gathered.split()


def _noted(data: bytes, raw: list[str]) -> Iterator[str]:
    """The lines of a text, each also put at the end of `raw`, so that the source of a record is at hand."""
    for line in io.BytesIO(data):
        raw.append(line.decode("utf-8"))
        yield raw[-1]


def _is_filled(record: list[str]) -> bool:
    return any(cell.strip() for cell in record)


@dataclass(slots=True)
class _Gathered:
    """Records as they come from a reader, put into columns some thousands at a time."""

    header: tuple[str, ...]
    kept: Iterable[int]
    frames: list[pl.DataFrame] = field(default_factory=list)
    pending: list[list[str | int]] = field(default_factory=list)
    misshapen: list[Misshapen] = field(default_factory=list)
    last_row: int = 0
    last: Sequence[str] = ()
    rows: int = 0

    def take(self, row: int, record: list[str]) -> None:
        self.last_row = row
        if not _is_filled(record):
            return
        self.last = record
        self.rows += 1
        _refuse_too_many(self.rows, len(self.header))
        if len(record) != len(self.header):
            self.misshapen.append(Misshapen(row, len(record), record[0][:_STRETCH]))
            return
        if max(map(len, record)) * 4 > MAX_CELL_BYTES and max(len(cell.encode()) for cell in record) > MAX_CELL_BYTES:
            raise FileRefusedError("C14_LONG_CELL")
        self.pending.append([row, *(record[place] for place in self.kept)])
        if len(self.pending) == _STRETCH_RECORDS:
            self._flush()

    def split(self) -> Split:
        _refuse_too_many(self.rows, len(self.header))
        self._flush()
        return Split(self.header, pl.concat(self.frames), self.misshapen, self.last_row, self.last)

    def _flush(self) -> None:
        schema = {"row": pl.Int32(), **{str(place): pl.String() for place in self.kept}}
        frame = pl.DataFrame(self.pending, schema=schema, orient="row")
        texts = pl.exclude("row")
        self.frames.append(frame.with_columns(pl.when(texts != "").then(texts).name.keep()))
        self.pending = []


def _fault_of_quoting(data: bytes, error: str) -> str:
    if data.count(_QUOTE) % 2 or "unexpected end" in error:
        return "C04_UNCLOSED_QUOTE"
    return "C14_LONG_CELL" if "limit" in error else "C05_TEXT_AFTER_QUOTE"


def _with_proper_quotes_kept(source: str, delimiter: str) -> list[str]:
    """A record's cells, doubled quotation marks inside quoted ones replaced, so that any left is one out of place."""
    between = re.escape(delimiter)
    cell = re.compile(rf'(?:(?<=[{between}\n])|\A)"((?:[^"]|"")*+)"(?=[{between}\n]|\Z)')
    kept = cell.sub(lambda match: _MARK + match[1].replace('""', QUOTE_KEPT) + _MARK, source)
    return next(csv.reader(io.StringIO(kept, newline=""), delimiter=delimiter, strict=True))


def _refuse_too_many(rows: int, columns: int) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        raise FileRefusedError("F13_TOO_MANY_ROWS")


def _refuse_by_shape(split: Split, *, unfinished: bool) -> None:
    cut = split.misshapen[-1] if split.misshapen else None
    if unfinished and cut and cut.row == split.last_row and cut.width < len(split.header):
        raise FileRefusedError("F04_TRUNCATED")
    if any(found.begins.lstrip().startswith("#") for found in split.misshapen):
        raise FileRefusedError("C15_COMMENT_LINE")
    if _is_of_totals(split.last):
        raise FileRefusedError("C12_TITLE_OR_TOTALS")


def _is_of_totals(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    return 0 < len(filled) <= _FILLED_IN_TOTALS and _COUNTING.match(filled[0]) is not None


def _refuse_joined_files(lines: Lines, split: Split) -> None:
    """A byte order mark or the header again inside: two exports in one file."""
    if not lines.ascii and "\n\ufeff".encode() in lines.data:
        raise FileRefusedError("E12_JOINED_FILES")
    kept = [(name, split.header[int(name)]) for name in split.cells.columns if name != "row"]
    same = pl.all_horizontal(pl.col(name).eq(cell) for name, cell in kept if cell)
    if split.cells.height and split.cells.select(same.any()).item():
        raise FileRefusedError("E12_JOINED_FILES")
