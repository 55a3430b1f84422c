"""The same pupil twice for the same session in one attendance file: the same again is told, a contradiction is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from producers.feeds.sheet import Sheet

_WHO = ("surname", "first_name", "dob")


def settle_conflicts(sheet: Sheet, frame: pl.DataFrame) -> None:
    """Warn of rows that repeat another; refuse every copy of rows that contradict each other."""
    overlapping = _overlapping(frame.filter(~pl.col("row").is_in(sheet.refused_rows().implode())))
    if overlapping.is_empty():
        return
    contradicting: set[int] = set()
    repeated: set[int] = set()
    for rows in overlapping.partition_by("pupil_key"):
        records = rows.sort("row").to_dicts()
        contradicting |= set(_contradicting(records))
        repeated |= set(_repeated(records))
    sheet.refuse(sheet.rows.is_in(list(contradicting)), "Sessions", "V08_CONTRADICTION")
    sheet.warn(sheet.rows.is_in(list(repeated)), None, "V07_REPEATED_ROW")


def _overlapping(frame: pl.DataFrame) -> pl.DataFrame:
    """Every row of a pupil who has two rows for one day."""
    ordered = frame.sort("pupil_key", "start_date")
    reach = pl.col("last_day").cum_max().shift(1).over("pupil_key")
    keys = ordered.lazy().filter(pl.col("start_date") <= reach).select("pupil_key").unique().collect()
    return ordered.join(keys, on="pupil_key", how="semi") if keys.height else ordered.clear()


def _contradicting(records: list[dict[str, Any]]) -> Iterator[int]:
    """Rows that say otherwise than another about a session both cover, or about whose it is."""
    told: dict[int, list[tuple[dict[str, Any], str]]] = {}
    for record in records:
        for session, mark in _sessions(record):
            others = told.setdefault(session, [])
            for other, other_mark in others:
                if mark != other_mark or any(record[who] != other[who] for who in _WHO):
                    yield from (record["row"], other["row"])
            others.append((record, mark))


def _sessions(record: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Each session of a row, numbered over all days, with its mark."""
    first = record["start_date"].toordinal()
    weekday = record["start_date"].weekday()
    for place, mark in enumerate(record["marks"]):
        step = place // 2
        if record["days_per_week"] == 5:
            step = (weekday + step) // 5 * 7 + (weekday + step) % 5 - weekday
        yield (first + step) * 2 + place % 2, mark


def _repeated(records: list[dict[str, Any]]) -> Iterator[int]:
    """Rows that equal an earlier one in everything."""
    seen: list[dict[str, Any]] = []
    for record in records:
        content = {name: value for name, value in record.items() if name != "row"}
        if content in seen:
            yield record["row"]
        seen.append(content)
