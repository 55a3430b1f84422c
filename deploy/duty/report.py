"""The duty list for people: every line has to be read at 80 columns, by somebody who has a telephone in the hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from consumers.exclusions.calendar import academic_year
from deploy.duty.duties import Duty, Follow, Item, LateSchool

NARROWEST: Final = 80
_INDENT: Final = (0, 0, 0, 2)
_LEGEND: Final = (
    "Due: provision by day six; for a child in care (care) or with a social worker (s.w.) from day one. "
    "Data: the school's last file. Next: its next file is expected by; ! day six comes before that."
)
_NOT_IN_ANY_FILE: Final = (
    "Permanent exclusions told by telephone may be missing, and so may whatever began after a school's last file and "
    "all children of schools that are not in the register."
)


def show(duty: Duty, console: Console) -> None:
    """Print the list, what to know about it, and for how much of the county it speaks."""
    console.width = max(console.width, NARROWEST)
    this_year = [item for item in duty.items if _is_of_this_year(item, duty.on)]
    console.print(f"[bold]Suspended children on {duty.on:%A %d %B %Y}[/bold]")
    if this_year:
        console.print(_children(this_year, duty.on))
        console.print(_LEGEND, style="dim")
    else:
        console.print("No file that is in speaks of a suspension on that day or ahead of it.")
    _section(console, "Notes", (f"{_who(item)}: {note}" for item in this_year for note in item.notes))
    older = [item for item in duty.items if item not in this_year]
    _section(console, "Still open from earlier years", map(_older, older))
    _section(console, "Over as planned, but no file since then: ask whether it went on", map(_follow, duty.may_go_on))
    _coverage(duty, console)


def _is_of_this_year(item: Item, on: date) -> bool:
    return academic_year(item.start_date) >= academic_year(on)


def _children(items: list[Item], on: date) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("Due", "Child", "School"):
        table.add_column(heading, no_wrap=heading != "Child", overflow="fold")
    table.add_column("Day", justify="right")
    for heading in ("Day six", "Until", "Care", "State", "Data", "Next"):
        table.add_column(heading, no_wrap=True)
    for item in items:
        table.add_row(
            _day(item.due_date),
            escape(item.pupil_id or "unmatched"),
            item.dfe_no,
            str(item.day_now),
            _day(item.day_six_date),
            _until(item),
            _care(item),
            _state(item, on),
            _day(item.data_as_of),
            f"{_day(item.next_file)}{' !' if item.comes_before_the_next_file() else ''}",
            style="bold" if item.has_day_six_by(on) else None,
        )
    return table


def _until(item: Item) -> str:
    if item.end_date is not None:
        return _day(item.end_date)
    return "perm." if item.permanent else "?"


def _care(item: Item | Follow) -> str:
    if item.looked_after:
        return "care"
    return "s.w." if item.social_worker else ""


def _state(item: Item, on: date) -> str:
    if item.ask_the_school:
        return "ask school"
    if item.day_six_date == on:
        return "day six"
    if item.has_day_six_by(on):
        return "past six"
    return "ahead" if on < item.start_date else "on"


def _section(console: Console, title: str, lines: Iterator[str]) -> None:
    told = list(lines)
    if told:
        console.print(f"\n[bold]{title}[/bold]")
        for line in told:
            console.print(Padding(escape(line), _INDENT), highlight=False)


def _who(item: Item | Follow) -> str:
    """The child by the council's id, else by the line of the school's file that names it."""
    return f"{item.pupil_id or f'unmatched child (delivery {item.delivery_seq}, row {item.row})'} at {item.dfe_no}"


def _older(item: Item) -> str:
    what = "permanent exclusion" if item.permanent else "suspension without a known end"
    return f"{_who(item)}: {what} since {item.start_date:%d %b %Y}"


def _follow(follow: Follow) -> str:
    days = f"{follow.school_days} day{'s' if follow.school_days > 1 else ''} to {follow.end_date:%a %d %b}"
    care = {"care": ", in care", "s.w.": ", has a social worker"}.get(_care(follow), "")
    return f"{_who(follow)}: {days}; if it went on, day six is {follow.day_six_date:%a %d %b}{care}"


def _coverage(duty: Duty, console: Console) -> None:
    coverage = duty.coverage
    console.print(f"\n[bold]Coverage[/bold]: the files of {coverage.schools_in} of {coverage.schools} schools are in.")
    if coverage.late:
        console.print(_late(coverage.late))
    console.print(_NOT_IN_ANY_FILE)


def _late(schools: tuple[LateSchool, ...]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("Late school", "Number", "Last file", "Due by", "Ask"):
        table.add_column(heading, no_wrap=heading in {"Number", "Last file", "Due by"}, overflow="fold")
    for school in schools:
        table.add_row(
            escape(school.school_name),
            school.dfe_no,
            _day(school.last_received_on) or "never",
            _day(school.expected_by),
            escape(school.contact or "not in the register"),
        )
    return table


def _day(value: date | None) -> str:
    return "" if value is None else f"{value:%d %b}"
