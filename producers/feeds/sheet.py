"""The columns of one file while they are read: typed values on one side, what was found wrong on the other.

Each distinct text of a column is judged once, by a plain function of `values`: a file repeats a pupil's cells week by
week. A broken or blank cell costs its row only where the contract requires it; everywhere else it is read as missing.

Most files are small, and most rules are broken by no row: a call into Polars costs as much as a hundred cells, so it is
not made for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from producers.feeds.findings import Finding
from producers.feeds.header import COLUMNS, Header
from producers.feeds.records import Records
from producers.feeds.values import BLANKS, Reader, Reading, Value

REQUIRED_CELL: Final = "REQUIRED_CELL"
_NOTHING: Final = Reading(None)


@dataclass(slots=True)
class Sheet:
    """One file's cells by the contract's column names, and its findings so far."""

    header: Header
    cells: pl.DataFrame
    findings: list[tuple[pl.Series, str | None, str]] = field(default_factory=list)
    remarks: list[tuple[pl.Series, str | None, str]] = field(default_factory=list)

    @classmethod
    def of(cls, records: Records, header: Header) -> Sheet:
        """The columns that the contract names; the others end here."""
        named = (pl.col(str(place)).alias(name) for name, place in header.positions.items())
        return cls(header, records.cells.select(pl.col("row"), *named))

    @property
    def rows(self) -> pl.Series:
        """The record number of each row."""
        return self.cells["row"]

    def raw(self, column: str) -> pl.Series:
        """The texts of a column as sent; null where empty, or where the file has no such column."""
        if column in self.cells.columns:
            return self.cells[column]
        return pl.Series(column, [None], dtype=pl.String).new_from_index(0, self.cells.height)

    def blank(self, column: str) -> pl.Series:
        """Where a column holds nothing."""
        raw = self.raw(column)
        blank = [text for text in _distinct(raw) if not text.strip(BLANKS)]
        return raw.is_null() | raw.is_in(blank) if blank else raw.is_null()

    def read(self, column: str, reader: Reader, kind: pl.DataType | None = None) -> pl.Series:
        """The values of a column; what is wrong with them is noted."""
        needed = self._is_needed(column)
        if column not in self.cells.columns:
            self._note(self.rows if needed else self.rows.clear(), column, REQUIRED_CELL, refuses=True)
            return pl.Series(column, [None], dtype=kind or pl.String()).new_from_index(0, self.cells.height)
        raw = self.raw(column)
        readings = {text: reader(text) for text in _distinct(raw)}
        values = _mapped(raw, {text: reading.value for text, reading in readings.items()}, kind or pl.String())
        for text_rules, rule in _by_rule(readings):
            rows = self.rows.filter(raw.is_in(text_rules))
            broken = needed and readings[text_rules[0]].value is None
            self._note(rows, column, rule, refuses=broken)
        if needed:
            blank = [text for text, reading in readings.items() if reading == _NOTHING]
            self.refuse(raw.is_null() | raw.is_in(blank) if blank else raw.is_null(), column, REQUIRED_CELL)
        return values

    def refuse(self, broken: pl.Series, column: str | None, rule: str) -> None:
        """Note a rule that costs the rows where it is broken."""
        self._note(self.rows.filter(broken), column, rule, refuses=True)

    def refuse_rows(self, rows: pl.Series, column: str | None, rule: str) -> None:
        """Note a rule that costs rows, by their numbers."""
        self._note(rows, column, rule, refuses=True)

    def warn_rows(self, rows: pl.Series, column: str | None, rule: str) -> None:
        """Note a rule that rows survive, by their numbers."""
        self._note(rows, column, rule, refuses=False)

    def warn(self, broken: pl.Series, column: str | None, rule: str) -> None:
        """Note a rule that the rows survive."""
        self._note(self.rows.filter(broken), column, rule, refuses=False)

    def escalate(self, broken: pl.Series, columns: tuple[str, ...], otherwise: str) -> None:
        """Refuse rows for what was found in their key columns, or by another rule where the cells are just blank."""
        rows = self.rows.filter(broken)
        left = rows
        for found, column, rule in tuple(self.remarks):
            if column in columns:
                hit = rows.filter(rows.is_in(found.implode()))
                self._note(hit, column, rule, refuses=True)
                left = left.filter(~left.is_in(hit.implode()))
        self._note(left, columns[0], otherwise, refuses=True)

    def warn_of_repeats(self, frame: pl.DataFrame) -> None:
        """Note rows that equal an earlier one in every value."""
        content = pl.struct(pl.exclude("row"))
        self.warn_rows(frame.filter(~content.is_first_distinct())["row"], None, "V07_REPEATED_ROW")

    def remarked(self, column: str, rule: str) -> pl.Series:
        """The rows where a column broke a rule without costing the row."""
        empty = pl.Series("row", [], dtype=pl.Int32)
        return pl.concat([empty, *(rows for rows, c, r in self.remarks if (c, r) == (column, rule))])

    def refused_rows(self) -> pl.Series:
        """The rows refused so far."""
        empty = pl.Series("row", [], dtype=pl.Int32)
        return pl.concat([empty, *(rows for rows, _, _ in self.findings)]).unique()

    def accepted(self) -> pl.Series:
        """Which rows are not refused."""
        return self.kept(self.rows)

    def kept(self, rows: pl.Series) -> pl.Series:
        """Which of these rows are not refused."""
        if not self.findings:
            return pl.Series([True]).new_from_index(0, len(rows))
        return ~rows.is_in(self.refused_rows().implode())

    def rejected(self) -> list[Finding]:
        """Every rule that cost a row."""
        return _sorted(self.findings)

    def warnings(self) -> list[Finding]:
        """Every rule that an accepted row broke."""
        return _sorted((rows.filter(self.kept(rows)), column, rule) for rows, column, rule in self.remarks)

    def _note(self, rows: pl.Series, column: str | None, rule: str, *, refuses: bool) -> None:
        if len(rows):
            (self.findings if refuses else self.remarks).append((rows, column, rule))

    def _is_needed(self, column: str) -> bool:
        return any(c.name == column and c.cell_required for c in COLUMNS[self.header.dataset])


def _mapped(raw: pl.Series, values: dict[str, Value], kind: pl.DataType) -> pl.Series:
    if kind == pl.String and all(text == value for text, value in values.items()):
        return raw
    return pl.Series(raw.name, [None if text is None else values[text] for text in raw.to_list()], dtype=kind)


def _distinct(raw: pl.Series) -> list[str]:
    return [text for text in raw.unique().to_list() if text is not None]


def _by_rule(readings: dict[str, Reading]) -> Iterable[tuple[list[str], str]]:
    """The texts that broke each rule, those read as missing apart from the others."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for text, reading in readings.items():
        for rule in reading.rules:
            groups.setdefault((rule, reading.value is None), []).append(text)
    return [(texts, rule) for (rule, _), texts in groups.items()]


def _sorted(noted: Iterable[tuple[pl.Series, str | None, str]]) -> list[Finding]:
    """Each finding once, by row, column and rule: as one number, because a file may have very many."""
    groups = [(rows.to_numpy().astype(np.int64), (column or "", rule)) for rows, column, rule in noted]
    kinds = sorted({kind for _, kind in groups})
    if not kinds:
        return []
    numbers = {kind: number for number, kind in enumerate(kinds)}
    found = np.unique(np.concatenate([rows * len(kinds) + numbers[kind] for rows, kind in groups]))
    told = [(column or None, rule) for column, rule in kinds]
    rows, places = np.divmod(found, len(kinds))
    return [Finding(row, *told[place]) for row, place in zip(rows.tolist(), places.tolist(), strict=True)]
