"""What one file says of each suspension: its rows, with several reasons and contradictions made into one statement.

Knows nothing of what was held before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from schemas.events import Completeness, RefusedRow

SUSPENSION = "SUSP"
PERMANENT = "PERM"
LUNCHTIME = "LNCH"


class Key(NamedTuple):
    """The natural key of a suspension within its school."""

    pupil_key: str
    start_date: date
    type: str


@dataclass(frozen=True, slots=True)
class FiledRow:
    """One row of an exclusions file, as its event carries it; no name and no date of birth."""

    row: int
    pupil_key: str
    id_key: str | None
    upn: str | None
    nc_year: str | None
    start_date: date
    end_date: date | None
    sessions: int | None
    type: str
    type_as_sent: str | None
    reasons: tuple[str, ...]
    description: str | None
    action_code: str | None
    cancelled: bool

    @property
    def key(self) -> Key:
        """Which suspension the row speaks of."""
        return Key(self.pupil_key, self.start_date, self.type)


@dataclass(frozen=True, slots=True)
class Filing:
    """One exclusions delivery of a school."""

    dfe_no: str
    delivery_seq: int
    received_on: date
    completeness: Completeness
    refused: tuple[RefusedRow, ...]
    rows: tuple[FiledRow, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """What a school said of a suspension; another version is told when any of it differs."""

    end_date: date | None
    sessions: int | None
    type: str
    reason: str | None
    nc_year: str | None
    action_code: str | None
    description: str | None
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """All that one file says of one suspension; `row` is the first of its rows."""

    key: Key
    row: int
    id_key: str | None
    upn: str | None
    version: Version


def statements(rows: Iterable[FiledRow]) -> dict[Key, Statement]:
    """One statement for each suspension that the rows speak of, in order of the file."""
    grouped: dict[Key, list[FiledRow]] = {}
    for row in sorted(rows, key=lambda row: row.row):
        grouped.setdefault(row.key, []).append(row)
    return {key: _statement(key, group) for key, group in grouped.items()}


def _statement(key: Key, rows: Sequence[FiledRow]) -> Statement:
    counting = max(rows, key=lambda row: (row.end_date or date.min, row.sessions or 0, -row.row))
    return Statement(
        key=key,
        row=rows[0].row,
        id_key=next((row.id_key for row in rows if row.id_key), None),
        upn=next((row.upn for row in rows if row.upn), None),
        version=Version(
            end_date=None if key.type == PERMANENT else counting.end_date,
            sessions=counting.sessions or None,
            type=key.type,
            reason=_reason(rows),
            nc_year=next((row.nc_year for row in rows if row.nc_year), None),
            action_code=_joined(row.action_code for row in rows),
            description=_description(rows),
            cancelled=any(row.cancelled for row in rows),
        ),
    )


def _reason(rows: Sequence[FiledRow]) -> str | None:
    """The codes, sorted; a reason that no code stands for keeps its text, after them."""
    codes = sorted({code for row in rows for code in row.reasons})
    return _joined([*codes, *(row.description for row in rows if not row.reasons)])


def _description(rows: Sequence[FiledRow]) -> str | None:
    told = _joined(row.description for row in rows)
    unknown = _joined(row.type_as_sent for row in rows)
    return told if unknown is None else f"{unknown}: {told or ''}".rstrip()


def _joined(texts: Iterable[str | None]) -> str | None:
    """The texts in order, each once, joined by `;`."""
    return ";".join(dict.fromkeys(text for text in texts if text)) or None
