"""What a delivery of registers changes: marks, corrections, keys, counts. Pure: a delivery and what is held go in.

Each weekly file repeats the year, so the change is computed for a whole school at once, as matrices.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import numpy as np
import polars as pl

from consumers.attendance import counting
from consumers.attendance.codes import CodeBook
from consumers.attendance.delivered import Delivered, carried
from consumers.attendance.enrolment import HeldYear, YearChanges
from consumers.attendance.grid import Grid
from consumers.attendance.keys import KeyHistory
from consumers.attendance.outcome import Outcome
from consumers.runtime.work import Delivery


def academic_years(delivery: Delivery) -> list[int]:
    """The academic years of a delivery's rows."""
    years = np.unique(delivery.rows["academic_year"].to_numpy())
    return [int(year) for year in years]


def changes(delivery: Delivery, held: Mapping[int, HeldYear], *, book: CodeBook) -> list[YearChanges]:
    """What a delivery changes, by academic year.

    Args:
        delivery: one attendance file of a school, in its turn, again, or late.
        held: what is kept of that school in each of `academic_years(delivery)`.
        book: what marks mean.

    Raises:
        PoisonError: rows that no attendance file may give rise to.

    """
    file_keys = frozenset(delivery.rows["pupil_key"].unique().to_list())
    return [_in_year(delivery, held[year], file_keys=file_keys, book=book) for year in academic_years(delivery)]


def _in_year(delivery: Delivery, held: HeldYear, *, file_keys: AbstractSet[str], book: CodeBook) -> YearChanges:
    year, seq, known = held.school_year.academic_year, delivery.begun.delivery_seq, held.school_year
    rows = _rows_of(delivery, year)
    before = {enrolment.pupil_key: enrolment for enrolment in held.enrolments}
    history = KeyHistory({key: enrolment.held_key for key, enrolment in before.items()}, held.key_changes)
    told = carried(rows)
    key_changes = history.changes_by(told, seq, file_keys=file_keys)
    moves = history.moves(key_changes)
    delivered = Delivered(
        delivery.begun, rows, present_keys={row.pupil_key: history.present_key(row, seq) for row in told}
    )
    outcome = Outcome.of(delivered, held.enrolments, moves=moves, grid=Grid.of(year), book=book)
    kinds = counting.kinds_of(outcome.after.marks, outcome.texts, grid=outcome.grid, book=book)
    now = outcome.school_year(kinds)
    enrolments = outcome.enrolments(delivered.particulars(), held.enrolments, moves=moves, kinds=kinds)
    return YearChanges(
        academic_year=year,
        enrolments=tuple(enrolment for enrolment in enrolments if enrolment != before.get(enrolment.pupil_key)),
        key_changes=tuple(key_changes),
        moves=tuple(moves),
        corrections=tuple(outcome.corrections(seq)),
        school_year=None if now == known else now,
        closed_days=None if now.closed_days == known.closed_days else now.closed_days,
    )


def _rows_of(delivery: Delivery, year: int) -> pl.DataFrame:
    """The rows of an academic year; nearly always all of them, and then not a copy."""
    in_year = delivery.rows["academic_year"] == year
    return delivery.rows if in_year.all() else delivery.rows.filter(in_year)
