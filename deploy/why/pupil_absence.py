"""What is behind a pupil's absence rate: its sums, the files and rows they come from, the corrections on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg
import polars as pl

from consumers.runtime import queries
from deploy.why.absence_report import Behind, Change, RowDays, Session, report
from deploy.why.explanation import Sources
from deploy.why.rows import File, rows_of
from schemas.errors import ConfigError

_SQL: Final = "deploy.why"


async def explain(sources: Sources, words: Sequence[str]) -> list[str]:
    """As `Explain`: school, pupil key (a UPN, or `adm:<number>`), perhaps the year in which the academic year begins.

    A key that was given up is followed to the one that stands for the pupil now.

    Raises:
        ConfigError: the year is no number.

    """
    dfe_no, pupil_key, *year = words
    if year and not (year[0].isascii() and year[0].isdecimal() and len(year[0]) == 4):
        raise ConfigError("YEAR is the year in which the academic year begins, for example 2025")
    asked = (dfe_no, pupil_key, int(year[0]) if year else None)
    enrolments = await sources.connection.fetch(queries.load(_SQL)["absence_of_pupil"], *asked)
    lines: list[str] = []
    for enrolment in enrolments:
        lines += [*([""] if lines else []), *report(await _behind(sources, pupil_key, enrolment))]
    return lines


async def _behind(sources: Sources, asked_key: str, enrolment: asyncpg.Record) -> Behind:
    sql, connection = queries.load(_SQL), sources.connection
    of = (enrolment["dfe_no"], enrolment["academic_year"], enrolment["pupil_key"])
    sessions = [Session(*row) for row in await connection.fetch(sql["sessions_of_enrolment"], *of)]
    changes = [Change(*row) for row in await connection.fetch(sql["corrections_of_enrolment"], *of)]
    keys = [row["pupil_key"] for row in await connection.fetch(sql["keys_of_enrolment"], *of)]
    deliveries = sorted({one.delivery_seq for one in sessions} | {one.delivery_seq for one in changes})
    found = await connection.fetch(sql["files_of_deliveries"], of[0], "attendance", deliveries)
    files = [File(*row) for row in found]
    rows = {file.delivery_seq: _rows_of_pupil(sources, file, year=of[1], keys=keys) for file in files}
    return Behind(asked_key, dict(enrolment), sessions, changes, files, rows)


def _rows_of_pupil(sources: Sources, file: File, *, year: int, keys: Iterable[str]) -> list[RowDays] | None:
    """The pupil's rows of a delivery; None where its rows have left the topic."""
    rows = rows_of(sources.settings, "attendance", file)
    if rows is None:
        return None
    own = rows.filter(pl.col("pupil_key").is_in(list(keys)), pl.col("academic_year") == year)
    spans = own.select("row", "start_date", "days_per_week", pl.col("marks").list.len() // 2)
    return [RowDays.of(*span) for span in spans.iter_rows()]
