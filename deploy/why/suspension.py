"""What is behind a suspension: the rows of files that tell of it, its chain and day six, and what was told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Final

import asyncpg

from consumers.runtime import queries
from deploy.why.explanation import Sources
from schemas.errors import ConfigError

_SQL: Final = "deploy.why"
_NAMES: Final = {"SUSP": "Suspension", "PERM": "Permanent exclusion", "LNCH": "Lunchtime exclusion"}
_STATES: Final = {
    "current": "current",
    "ended": "over",
    "cancelled": "cancelled",
    "no_longer_reported": "no longer reported: ask the school",
}


async def explain(sources: Sources, words: Sequence[str]) -> list[str]:
    """As `Explain`: school, pupil key (a UPN or `id:<hash>`), first day, perhaps the type.

    Raises:
        ConfigError: the first day is no date.

    """
    dfe_no, pupil_key, start, *kind = words
    found = await sources.connection.fetch(
        queries.load(_SQL)["suspensions_of_pupil"], dfe_no, pupil_key, _day_of(start), kind[0].upper() if kind else None
    )
    lines: list[str] = []
    for row in found:
        lines += [*([""] if lines else []), *await _told(sources.connection, dfe_no, pupil_key, row)]
    return lines


async def _told(connection: asyncpg.Connection, dfe_no: str, pupil_key: str, row: asyncpg.Record) -> list[str]:
    sql = queries.load(_SQL)
    of = (dfe_no, pupil_key, row["id_key"], row["start_date"])
    files = await connection.fetch(sql["files_on_suspension"], *of)
    chain = [] if row["chain_id"] is None else await connection.fetch(sql["chain_of_suspension"], row["chain_id"])
    alerts = await connection.fetch(sql["alerts_on_suspension"], row["suspension_id"])
    return [
        *_what(row),
        "",
        "What the files say:",
        *_said(files),
        *(["", *_chain(row, chain)] if chain else []),
        "",
        f"Totals with this row: {row['days_this_term']:g} days this term, {row['days_this_year']:g} this year.",
        "",
        "What was told:" if alerts else "Nothing was told of it.",
        *map(_alert, alerts),
    ]


def _what(row: asyncpg.Record) -> list[str]:
    lasts = "with no end" if row["end_date"] is None else f"to {_day(row['end_date'])}"
    days = "" if row["school_days"] is None else f", {row['school_days']:g} school days"
    sessions = "" if row["sessions"] is None else f", {row['sessions']} sessions reported"
    child = f"The child is {row['pupil_id']}" if row["pupil_id"] else "Nobody knows yet which child of the index it is"
    care = ", in care on the first day" if row["looked_after"] else ""
    return [
        f"{_NAMES[row['type']]} from {_day(row['start_date'])} {lasts}{days}{sessions}: {_STATES[row['state']]}.",
        f"{child}{care}.",
        f"This version comes from row {row['row']} of exclusions delivery {row['delivery_seq']}.",
    ]


def _said(files: Sequence[asyncpg.Record]) -> list[str]:
    lines = []
    for seq, rows in groupby(files, key=lambda one: one["delivery_seq"]):
        told = list(rows)
        name = (
            f"{told[0]['file_name']}, received {_day(told[0]['received_at'])}"
            if told[0]["file_name"]
            else "no file known"
        )
        lines.append(f"  delivery {seq} ({name}): {'; '.join(map(_row, told))}")
    return lines


def _row(one: asyncpg.Record) -> str:
    if one["row"] is None:
        return "does not hold it"
    lasts = "" if one["end_date"] is None else f" to {_day(one['end_date'])}"
    sessions = "" if one["sessions"] is None else f", {one['sessions']} sessions"
    reasons = f", {' '.join(one['reasons'])}" if one["reasons"] else ""
    return f"row {one['row']}: {one['type']}{lasts}{sessions}{reasons}{', cancelled' if one['cancelled'] else ''}"


def _chain(row: asyncpg.Record, chain: Sequence[asyncpg.Record]) -> list[str]:
    days = "without an end" if row["chain_school_days"] is None else f"{row['chain_school_days']:g} school days"
    rows = ", ".join(
        f"{one['type']} {_day(one['start_date'])}{'' if one['end_date'] is None else ' to ' + _day(one['end_date'])}"
        for one in chain
    )
    six = "it ends before day six" if row["day_six_date"] is None else f"day six is {_day(row['day_six_date'])}"
    half = f" ({_day(row['day_six_if_half_day'])} if it began at midday)" if row["day_six_if_half_day"] else ""
    by = "weekdays and bank holidays" if row["calendar_seq"] is None else f"calendar delivery {row['calendar_seq']}"
    return [f"Chain of suspensions with no school day between them: {rows}; {days}; {six}{half}. Counted by {by}."]


def _alert(one: asyncpg.Record) -> str:
    due = f", due {_day(one['due_date'])}" if one["due_date"] else ""
    stands = "" if one["is_current"] else "; superseded since"
    return f"  {_day(one['raised_at'])}: {one['kind']}{due}, from delivery {one['raised_from_delivery_seq']}{stands}"


def _day_of(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ConfigError("START is the first day as YYYY-MM-DD, for example 2026-09-14") from None


def _day(day: date | datetime) -> str:
    return f"{day:%d %B %Y}"
