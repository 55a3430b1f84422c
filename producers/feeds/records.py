"""From text to records: line ends, delimiter, quoting, and the shape of every record, by RFC 4180 and nothing looser.

A text without quotation marks is split in columns at once: every line with the right number of delimiters splits in one
way only, so Polars' reader and the strict csv module agree (a property test holds them together). Any other text goes
through `csv.reader(strict=True)`. What a cell means is not decided here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from producers.feeds.findings import FileRefusedError, Finding
from producers.feeds.reading import HEAD_BYTES, MAX_LINE_BYTES, Text

MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 200
MAX_LINES: Final = 1_000_000
MAX_CELL_BYTES: Final = 8_192
QUOTE_KEPT: Final = "\x00"
"""Stands for a quotation mark that was quoted as it should be, in texts where another was not; no file holds a NUL."""

_LF, _CR, _QUOTE = b"\n", b"\r", b'"'
_QUOTED_OR_LINE_END: Final = re.compile(r'("(?:[^"]|"")*")|\r\n?')
_ANY_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_COUNTING: Final = re.compile(
    r"(grand |sub)?totals?\b|count\b|end of\b|(rows|records|pupils)\b|\d+ (rows|records)", re.IGNORECASE
)
_FILLED_IN_TOTALS: Final = 3


@dataclass(slots=True)
class Split:
    """A text cut into records: those as wide as the header as columns `0`, `1` ..., the others as they are."""

    header: tuple[str, ...]
    cells: pl.DataFrame
    misshapen: Sequence[tuple[int, Sequence[str]]] = ()
    last_row: int = 0


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a file. `cells` has `row` and one text column per column of the header; an empty cell is null."""

    header: tuple[str, ...]
    cells: pl.DataFrame
    misshapen: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def total(self) -> int:
        """Records without the header and blank ones."""
        return self.cells.height + len(self.misshapen)


def records_of(text: Text, delimiter: str) -> Records:
    """Every record of a text.

    Raises:
        FileRefusedError: the text as a whole is not the CSV that was agreed.

    """
    data, bare_cr, mixed = _one_line_end(text.data)
    unfinished = not data.endswith(_LF)
    data = data if not unfinished else data + _LF
    if data.count(_LF) > MAX_LINES:
        raise FileRefusedError("F13_TOO_MANY_ROWS")
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _LF[0])
    _refuse_long_lines(ends)
    split = _quoted(data, delimiter) if _QUOTE in data else _unquoted(data, delimiter, ends)
    if bare_cr and split.misshapen:
        raise FileRefusedError("E10_SPLIT_ROW")
    _refuse_by_shape(split, unfinished=unfinished)
    _refuse_joined_files(text, split)
    warnings = [Finding(None, None, "E09_LINE_ENDS")] if bare_cr or mixed else []
    shape = tuple(
        Finding(row, None, "C02_SHORT_ROW" if len(cells) < len(split.header) else "C03_LONG_ROW")
        for row, cells in split.misshapen
    )
    return Records(split.header, split.cells, shape, (*text.warnings, *warnings))


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


def _one_line_end(data: bytes) -> tuple[bytes, bool, bool]:
    """The text with LF alone at line ends, whether a bare CR was one of them, and whether CRLF and LF were mixed."""
    carriage_returns = data.count(_CR)
    if not carriage_returns:
        return data, False, False
    pairs = data.count(b"\r\n")
    if pairs == carriage_returns:
        mixed = pairs < data.count(_LF) and _QUOTE not in data
        return data.replace(b"\r\n", _LF), False, mixed
    if _QUOTE not in data:
        return data.replace(b"\r\n", _LF).replace(_CR, _LF), True, False
    text = data.decode("utf-8")
    outside = _QUOTED_OR_LINE_END.sub(lambda match: match[1] or "\n", text)
    bare = re.search(r"\r(?!\n)", _QUOTED_OR_LINE_END.sub(lambda m: "" if m[1] else m[0], text)) is not None
    return outside.encode("utf-8"), bare, False


def _refuse_long_lines(ends: NDArray[np.intp]) -> None:
    if int(np.diff(ends, prepend=-1).max()) > MAX_LINE_BYTES + len(_LF):
        raise FileRefusedError("F12_LONG_LINE")


def _unquoted(data: bytes, delimiter: str, ends: NDArray[np.intp]) -> Split:
    letters = np.frombuffer(data, np.uint8)
    starts = np.concatenate(([0], ends[:-1] + 1))
    is_delimiter = letters == ord(delimiter)
    delimiters = np.add.reduceat(is_delimiter, starts, dtype=np.int32)
    printed = np.add.reduceat((letters > ord(" ")) & ~is_delimiter, starts, dtype=np.int32) > 0
    top = int(np.argmax(printed))
    header = tuple(_line(data, starts[top], ends[top]).split(delimiter))
    good = printed & (delimiters == len(header) - 1)
    _refuse_too_many(int(printed[top + 1 :].sum()), len(header))
    rows = np.flatnonzero(good[top + 1 :]).astype(np.int32) + 1
    text = data[ends[top] + 1 :]
    if len(rows) < len(ends) - top - 1:
        text = b"".join(data[starts[top + row] : ends[top + row] + 1] for row in rows.tolist())
    misshapen = [
        (row, _line(data, starts[top + row], ends[top + row]).split(delimiter))
        for row in (np.flatnonzero((printed & ~good)[top + 1 :]) + 1).tolist()
    ]
    return Split(header, _columns(text, rows, len(header), delimiter), misshapen, len(ends) - top - 1)


def _line(data: bytes, start: int, end: int) -> str:
    return data[start:end].decode("utf-8")


def _columns(text: bytes, rows: NDArray[np.int32], width: int, delimiter: str) -> pl.DataFrame:
    """Lines that all have `width` cells, none of them quoted."""
    schema = {str(place): pl.String() for place in range(width)}
    if not text:
        return pl.DataFrame(schema={"row": pl.Int32(), **schema})
    frame = pl.read_csv(text, has_header=False, schema=schema, separator=delimiter, quote_char=None, glob=False)
    return frame.insert_column(0, pl.Series("row", rows))


def _quoted(data: bytes, delimiter: str) -> Split:
    text = data.decode("utf-8")
    split = _read_strictly(text, delimiter)
    quotes = pl.any_horizontal(pl.exclude("row").str.contains(_QUOTE.decode(), literal=True))
    if split.cells.height and split.cells.select(quotes.any()).item():
        return _read_strictly(_keep_proper_quotes(text, delimiter), delimiter)
    return split


def _read_strictly(text: str, delimiter: str) -> Split:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        records = list(reader)
    except csv.Error as error:
        raise FileRefusedError(_fault_of_quoting(text, str(error))) from None
    blank = [not any(cell.strip() for cell in record) for record in records]
    top = blank.index(False)
    header = tuple(records[top])
    numbered = [(row, record) for row, record in enumerate(records[top + 1 :], 1) if not blank[top + row]]
    _refuse_too_many(len(numbered), len(header))
    good = [(row, record) for row, record in numbered if len(record) == len(header)]
    misshapen = [(row, record) for row, record in numbered if len(record) != len(header)]
    return Split(header, _transposed(good, len(header)), misshapen, len(records) - top - 1)


def _transposed(numbered: list[tuple[int, list[str]]], width: int) -> pl.DataFrame:
    rows = pl.Series("row", [row for row, _ in numbered], dtype=pl.Int32)
    columns = zip(*(record for _, record in numbered), strict=True) if numbered else [()] * width
    cells = [pl.Series(str(place), column, dtype=pl.String) for place, column in enumerate(columns)]
    return pl.DataFrame([rows, *(cell.set(cell == "", None) for cell in cells)])


def _fault_of_quoting(text: str, error: str) -> str:
    if text.count('"') % 2 or "unexpected end" in error:
        return "C04_UNCLOSED_QUOTE"
    return "C14_LONG_CELL" if "limit" in error else "C05_TEXT_AFTER_QUOTE"


def _keep_proper_quotes(text: str, delimiter: str) -> str:
    """The text with doubled quotation marks inside quoted cells replaced, so that any left over is one out of place."""
    cell = re.compile(rf'(?:(?<=[{re.escape(delimiter)}\n])|\A)"((?:[^"]|"")*)"(?=[{re.escape(delimiter)}\n]|\Z)')
    return cell.sub(lambda match: '"' + match[1].replace('""', QUOTE_KEPT) + '"', text)


def _refuse_too_many(rows: int, columns: int) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        raise FileRefusedError("F13_TOO_MANY_ROWS")


def _refuse_by_shape(split: Split, *, unfinished: bool) -> None:
    last = split.misshapen[-1] if split.misshapen else None
    if unfinished and last and last[0] == split.last_row and len(last[1]) < len(split.header):
        raise FileRefusedError("F04_TRUNCATED")
    if any(cells[0].lstrip().startswith("#") for _, cells in split.misshapen):
        raise FileRefusedError("C15_COMMENT_LINE")
    if _ends_in_totals(split):
        raise FileRefusedError("C12_TITLE_OR_TOTALS")
    if (
        split.cells.height
        and split.cells.select(pl.exclude("row").str.len_bytes().max()).max_horizontal().item() > MAX_CELL_BYTES
    ):
        raise FileRefusedError("C14_LONG_CELL")


def _ends_in_totals(split: Split) -> bool:
    if split.misshapen and (split.cells.is_empty() or split.misshapen[-1][0] > split.cells["row"][-1]):
        cells: Sequence[str | None] = split.misshapen[-1][1]
    else:
        cells = split.cells.row(-1)[1:] if split.cells.height else ()
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    return 0 < len(filled) <= _FILLED_IN_TOTALS and _COUNTING.match(filled[0]) is not None


def _refuse_joined_files(text: Text, split: Split) -> None:
    """A byte order mark or the header again inside: two exports in one file."""
    if not text.ascii and "\n\ufeff".encode() in text.data:
        raise FileRefusedError("E12_JOINED_FILES")
    same = pl.all_horizontal(pl.col(str(place)).eq(cell) for place, cell in enumerate(split.header) if cell)
    if split.cells.height and split.cells.select(same.any()).item():
        raise FileRefusedError("E12_JOINED_FILES")
