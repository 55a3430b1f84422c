"""The duty list for people: every line has to be read at 80 columns, by somebody who has a telephone in the hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from consumers.exclusions.calendar import academic_year
from deploy.duty.duties import Duty, Follow, Item, School

NARROWEST: Final = 80
_WIDE: Final = 90
_INDENT: Final = (0, 0, 0, 2)
_LEGEND: Final = (
    "Due: provision by day six; for a child in care (care) or with a social worker (s.w.) from day one. Day: school "
    "days so far. Data: the school's last file. Next: when its next one is expected; ! day six comes before that. Ends "
    "first: over before day six."
)
_NOT_IN_ANY_FILE: Final = (
    "Permanent exclusions told by telephone may be missing, and so may whatever began after a school's last file, and "
    "every child of a school that is not in the register."
)


def show(duty: Duty, console: Console) -> None:
    """Print the list, what to know about it, whom to ask, and for how much of the county it speaks."""
    console.width = max(console.width, NARROWEST)
    this_year = [item for item in duty.items if _is_of_this_year(item, duty.on)]
    console.print(f"[bold]Suspended children on {duty.on:%A %d %B %Y}[/bold]\n")
    if this_year:
        console.print(_children(this_year, duty.on, wide=console.width >= _WIDE))
        console.print(f"\n{_LEGEND}", style="dim", highlight=False)
    else:
        console.print("No file that is in speaks of a suspension on that day or ahead of it.")
    notes = (f"{_who(item)}: {note}" for item in this_year for note in item.notes)
    _section(console, "Notes", (*_unmatched((*duty.items, *duty.may_go_on)), *notes))
    older = [item for item in duty.items if item not in this_year]
    _section(console, "Still open from earlier years", map(_older, older))
    _section(console, "Over as planned, but no file since then: ask whether it went on", map(_follow, duty.may_go_on))
    _whom_to_ask(duty, console)
    _coverage(duty, console)


def _is_of_this_year(item: Item, on: date) -> bool:
    return academic_year(item.start_date) >= academic_year(on)


def _children(items: list[Item], on: date, *, wide: bool) -> Table:
    table = _table("Due", "Child", "School", apart=2 if wide else 1)
    table.columns[1].overflow = "fold"
    table.add_column("Day", justify="right", no_wrap=True)
    for heading in ("Day six", "Until", "Care", "State", "Data", "Next"):
        table.add_column(heading, no_wrap=True)
    for item in items:
        comes_first = not item.has_day_six_by(on) and item.comes_before_the_next_file()
        table.add_row(
            _day(item.due_date),
            escape(_name(item)),
            item.dfe_no,
            str(item.day_now),
            _day(item.day_six_date),
            _until(item),
            _care(item),
            _state(item, on),
            _day(item.data_as_of),
            f"{_day(item.next_file)}{' !' if comes_first else ''}",
            style="bold" if item.has_day_six_by(on) else None,
        )
    return table


def _table(*headings: str, apart: int = 2) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, apart - 1, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=True)
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
        return "ask the school"
    if item.day_six_date is None:
        return "ends first"
    if item.day_six_date <= on:
        return "day six" if item.day_six_date == on else "past six"
    return "ahead" if on < item.start_date else "to come"


def _section(console: Console, title: str, lines: Iterable[str]) -> None:
    told = list(lines)
    if told:
        console.print(f"\n[bold]{title}[/bold]")
        for line in told:
            console.print(Padding(escape(line), _INDENT), highlight=False)


def _name(item: Item | Follow) -> str:
    """The council's id, else the line of the school's file that names the child."""
    return item.pupil_id or f"?{item.delivery_seq}/{item.row}"


def _who(item: Item | Follow) -> str:
    return f"{_name(item)} at {item.dfe_no}"


def _unmatched(items: Iterable[Item | Follow]) -> Iterator[str]:
    """How to find out who a child is that the council's index does not tell."""
    one = next((item for item in items if item.pupil_id is None), None)
    if one is not None:
        yield (
            f"{_name(one)} and the like are children not matched with the council's: row {one.row} of the school's "
            f"exclusions delivery {one.delivery_seq} has the name."
        )


def _older(item: Item) -> str:
    what = "permanent exclusion" if item.permanent else "suspension without a known end"
    return f"{_who(item)}: {what} since {item.start_date:%d %b %Y}"


def _follow(follow: Follow) -> str:
    days = f"{follow.school_days} day{'s' if follow.school_days > 1 else ''} to {follow.end_date:%a %d %b}"
    care = {"care": ", in care", "s.w.": ", has a social worker"}.get(_care(follow), "")
    return f"{_who(follow)}: {days}; if it went on, day six is {follow.day_six_date:%a %d %b}{care}"


# Schools --------------------------------------------------------------------------------------------------------------


def _whom_to_ask(duty: Duty, console: Console) -> None:
    """The schools of the children on the list."""
    asked = {item.dfe_no for item in duty.items} | {follow.dfe_no for follow in duty.may_go_on}
    known = {school.dfe_no: _contact(school) for school in duty.coverage.schools}
    lines = (f"{dfe_no}  {known.get(dfe_no, 'not in the register any more')}" for dfe_no in sorted(asked))
    _section(console, "Whom to ask", lines)


def _coverage(duty: Duty, console: Console) -> None:
    schools, late = duty.coverage.schools, duty.coverage.late
    console.print(f"\n[bold]Coverage[/bold]: the files of {duty.coverage.schools_in} of {len(schools)} schools are in.")
    if late:
        console.print(Padding(_late(late), (1, 0)))
    console.print(_NOT_IN_ANY_FILE)


def _late(schools: tuple[School, ...]) -> Table:
    table = _table("Late", "Last file", "Due by")
    table.add_column("School, and whom to ask", overflow="fold")
    for school in schools:
        last = _day(school.last_received_on) or "never"
        table.add_row(school.dfe_no, last, _day(school.expected_by), escape(_contact(school)))
    return table


def _contact(school: School) -> str:
    return f"{school.school_name}, {school.contact or 'no contact in the register'}"


def _day(value: date | None) -> str:
    return "" if value is None else f"{value:%d %b}"
