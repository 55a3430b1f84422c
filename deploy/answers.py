"""The two answers as tables in the terminal: suspended children by day six, and absence of children in care."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from consumers.runtime import queries
from consumers.runtime.postgres import connect, translating
from schemas.process.clock import day_in_london
from schemas.process.settings import Settings


@dataclass(frozen=True, slots=True)
class Answers:
    """What the views say, line by line."""

    today: date
    suspended: list[asyncpg.Record]
    in_care: list[asyncpg.Record]
    missing: list[asyncpg.Record]


async def answers(settings: Settings) -> Answers:
    """Ask the views.

    Raises:
        RetryableError: the database did not answer.

    """
    asked = queries.load("deploy")
    connection = await connect(settings, "reporting")
    try:
        with translating():
            return Answers(
                await connection.fetchval("SELECT today()"),
                await connection.fetch(asked["suspended_children"]),
                await connection.fetch(asked["children_in_care"]),
                await connection.fetch(asked["children_in_care_missing"]),
            )
    finally:
        await connection.close()


def show(found: Answers, console: Console) -> None:
    """Print both tables, and what they cannot speak of."""
    console.print()
    console.print(_suspended(found))
    console.print()
    console.print(_in_care(found))
    if found.missing:
        console.print(_missing(found), style="dim")


def _suspended(found: Answers) -> Table:
    table = _table("Suspended children by day six")
    for heading in ("Day six", "Child", "School", "In care", "From", "To", "Days", "State", "Data as of"):
        table.add_column(heading)
    table.caption = (
        f"Today is {found.today:%A %d %B %Y}. Day six is the sixth school day of suspensions without a break."
    )
    for line in found.suspended:
        table.add_row(
            _day_six(line),
            line["pupil_id"] or "not matched",
            line["dfe_no"],
            "yes" if line["looked_after"] else "",
            _day(line["chain_start"]),
            "permanent" if line["type"] == "PERM" else _day(line["chain_end"]),
            _number(line["chain_school_days"]),
            line["state"].replace("_", " "),
            _day(line["data_as_of"]),
        )
    return table


def _in_care(found: Answers) -> Table:
    table = _table("Absence of children in care")
    for heading in ("Child", "Schools", "Possible", "Absent", "Unauth.", "Absence", "4 weeks", "Trend", "Data as of"):
        table.add_column(heading)
    table.caption = "Sessions (half days) since September, over all schools of the child. 4 weeks: the last 28 days."
    for line in found.in_care:
        table.add_row(
            line["pupil_id"],
            ", ".join(line["schools"]),
            str(line["possible"]),
            str(line["authorised"] + line["unauthorised"]),
            str(line["unauthorised"]),
            _percent(line["absence_pct"]),
            _percent(line["last_4_weeks_pct"]),
            line["trend"].replace("_", " "),
            _day(line["data_as_of"]),
        )
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", caption_justify="left", box=SIMPLE_HEAD, pad_edge=False)


def _missing(found: Answers) -> str:
    reasons: dict[str, list[str]] = {}
    for line in found.missing:
        reasons.setdefault(line["reason"].replace("_", " "), []).append(line["pupil_id"])
    listed = "; ".join(f"{reason}: {', '.join(children)}" for reason, children in sorted(reasons.items()))
    return f"Children in care without marks: {listed}"


def _day_six(line: asyncpg.Record) -> str:
    day = line["day_six_date"]
    if day is None:
        return "-"
    return f"{_day(day)} {'reached' if line['day_six_reached'] else 'ahead'}"


def _day(value: date | datetime | None) -> str:
    if value is None:
        return ""
    return f"{day_in_london(value) if isinstance(value, datetime) else value:%d %b}"


def _number(value: Any) -> str:
    return "" if value is None else f"{value:g}"


def _percent(value: Any) -> str:
    return "" if value is None else f"{value:.1f} %"
