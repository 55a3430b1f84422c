"""The same pupil twice for one session of an attendance file: the same again is told, a contradiction is refused."""

from __future__ import annotations

import polars as pl

from producers.feeds.marks import Numbers
from producers.feeds.sessions import Sessions
from producers.feeds.sheet import Sheet

_WHO = ("surname", "first_name", "dob")


def settle_conflicts(sheet: Sheet, frame: pl.DataFrame, sessions: Sessions) -> None:
    """Warn of rows that repeat another; refuse every copy of rows that contradict each other."""
    accepted = ~frame["row"].is_in(sheet.refused_rows().implode())
    twice = accepted & frame["pupil_key"].is_in(_pupils_with_overlap(frame.filter(accepted)).implode())
    if not twice.any():
        return
    overlapping = frame.filter(twice)
    pupils, people = _numbered(overlapping, "pupil_key"), _numbered(overlapping, *_WHO)
    contradicting = sessions.of_rows(twice.to_numpy()).contradicting(pupils, people)
    sheet.refuse_rows(overlapping["row"].filter(pl.Series(contradicting)), "Sessions", "V08_CONTRADICTION")
    sheet.warn_of_repeats(overlapping)


def _pupils_with_overlap(frame: pl.DataFrame) -> pl.Series:
    """Pupils who have two rows for one day."""
    ordered = frame.lazy().select("pupil_key", "start_date", "last_day").sort("pupil_key", "start_date")
    reach = pl.col("last_day").cum_max().shift(1).over("pupil_key")
    return ordered.filter(pl.col("start_date") <= reach).collect()["pupil_key"].unique()


def _numbered(frame: pl.DataFrame, *columns: str) -> Numbers:
    """The same number for the same content."""
    return frame.select(pl.struct(columns).rank("dense").cast(pl.Int64)).to_series().to_numpy()
