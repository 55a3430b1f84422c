"""What a kind of file hands back: its rows, refused ones included, and what the whole file amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.events import Completeness, RefusedRow


@dataclass(frozen=True, slots=True)
class Outcome:
    """The accepted rows in file order, and facts about the file."""

    rows: pl.DataFrame
    completeness: Completeness = "snapshot"
    decoding: str | None = None
    academic_year: int | None = None
    last_week: date | None = None
    units: int | None = None
    one_code: bool = False
    refused: tuple[RefusedRow, ...] = ()
