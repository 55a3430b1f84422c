"""The same pupil twice for one session of an attendance file: the same again is told, a contradiction is refused."""

from __future__ import annotations

import numpy as np
import polars as pl

from producers.feeds.marks import Numbers
from producers.feeds.sessions import Sessions
from producers.feeds.sheet import Sheet

_WHO = ("surname", "first_name", "dob")


def settle_conflicts(sheet: Sheet, frame: pl.DataFrame, sessions: Sessions) -> None:
    """Warn of rows that repeat another; refuse every copy of rows that contradict each other."""
    accepted = sheet.kept(frame["row"]).to_numpy()
    twice = _rows_of_pupils_with_overlap(frame.filter(pl.Series(accepted)), sessions.of_rows(accepted))
    if twice.is_empty():
        return
    overlapping = frame.filter(pl.col("row").is_in(twice.implode()))
    pupils, people = _numbered(overlapping, "pupil_key"), _numbered(overlapping, *_WHO)
    rows = frame["row"].is_in(twice.implode()).to_numpy()
    contradicting = sessions.of_rows(rows).contradicting(pupils, people)
    sheet.refuse_rows(overlapping["row"].filter(pl.Series(contradicting)), "Sessions", "V08_CONTRADICTION")
    sheet.warn_of_repeats(overlapping)


def _rows_of_pupils_with_overlap(frame: pl.DataFrame, sessions: Sessions) -> pl.Series:
    """Every row of a pupil who has two rows for one day: in order of their start, two neighbours then overlap."""
    pupil = frame["pupil_key"].hash().to_numpy()
    order = np.lexsort((sessions.start, pupil))
    same = pupil[order][1:] == pupil[order][:-1]
    overlap = same & (sessions.start[order][1:] <= sessions.last_day[order][:-1])
    return frame["row"].filter(pl.Series(np.isin(pupil, pupil[order][1:][overlap])))


def _numbered(frame: pl.DataFrame, *columns: str) -> Numbers:
    """The same number for the same content."""
    return frame.select(pl.struct(columns).rank("dense").cast(pl.Int64)).to_series().to_numpy()
