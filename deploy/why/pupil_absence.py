"""What is behind a pupil's absence rate: its sums, the files and rows they come from, the corrections."""

from __future__ import annotations

from collections.abc import Sequence

from consumers.runtime import queries
from deploy.why.explanation import Sources
from schemas.errors import ConfigError


async def explain(sources: Sources, words: Sequence[str]) -> list[str]:
    """As `Explain`: school, pupil key (a UPN, or `adm:<number>`), perhaps the year in which the academic year begins.

    Raises:
        ConfigError: the year is no number.

    """
    dfe_no, pupil_key, *year = words
    if year and not year[0].isdecimal():
        raise ConfigError("YEAR is the year in which the academic year begins, for example 2025")
    sql = queries.load("deploy.why")
    rows = await sources.connection.fetch(sql["absence_of_pupil"], dfe_no, pupil_key, int(year[0]) if year else None)
    return [f"{row['academic_year']}: {row['absence_pct']}" for row in rows]
