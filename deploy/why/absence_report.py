"""An absence rate in plain words: sums by mark, files with their rows, corrections. Pure: no server is asked here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from deploy.why.rows import File
from schemas.process.clock import LONDON

_HALVES: Final = ("morning", "afternoon")
_POSSIBLE: Final = (("attended", "PL"), ("authorised absence", "A"), ("unauthorised absence", "UT"))
_OUTSIDE: Final = (
    ("not possible", "X"),
    ("no mark", "M"),
    ("unknown mark", "?"),
    ("weekend without a mark", "."),
)
"""What sessions count as, and the letters that the table of enrolments has for it."""


@dataclass(frozen=True, slots=True)
class Session:
    """One covered session: `half` 0 is the morning; `kind` a letter for what it counts as."""

    day: date
    half: int
    mark: str
    kind: str
    delivery_seq: int


@dataclass(frozen=True, slots=True)
class Change:
    """A correction: a mark that a delivery changed."""

    day: date
    half: int
    old_mark: str
    new_mark: str
    delivery_seq: int


@dataclass(frozen=True, slots=True)
class RowDays:
    """A row of a file, by its record number, and the days that its marks are for."""

    row: int
    days: frozenset[date]

    @classmethod
    def of(cls, row: int, start: date, days_per_week: int, length: int) -> RowDays:
        """With marks for so many days from `start` on, weekends left out where a week has five days."""
        days: list[date] = []
        day = start
        while len(days) < length:
            if days_per_week == 7 or day.weekday() < 5:
                days.append(day)
            day += timedelta(days=1)
        return cls(row, frozenset(days))


@dataclass(frozen=True, slots=True)
class Behind:
    """Everything behind one row of `pupil_absence`.

    Attributes:
        asked_key: the key that was asked for; the enrolment may stand under a later one.
        enrolment: the row of the view.
        files: of every delivery that a session or a correction comes from, the newest first.
        rows: the pupil's rows in them, by delivery; None where they have left the topic.

    """

    asked_key: str
    enrolment: Mapping[str, Any]
    sessions: Sequence[Session]
    changes: Sequence[Change]
    files: Sequence[File]
    rows: Mapping[int, Sequence[RowDays] | None]


def report(behind: Behind) -> list[str]:
    """The lines to print."""
    return [
        *_rate(behind),
        "",
        "How it is made, in sessions (half days), by mark:",
        *_sums(behind.sessions, _POSSIBLE),
        *_outside(behind.sessions),
        "",
        "The files and rows it comes from, the newest first:",
        *(_file(behind, file) for file in behind.files),
        *_corrections(behind),
    ]


def _rate(behind: Behind) -> Iterator[str]:
    known = behind.enrolment
    year = known["academic_year"]
    yield f"Absence of {known['pupil_key']} at school {known['dfe_no']} in {year}/{(year + 1) % 100:02}"
    if known["pupil_key"] != behind.asked_key:
        yield f"  {behind.asked_key} is an earlier key of this pupil: the history stands under the later one now."
    if known["possible"]:
        absent = known["authorised"] + known["unauthorised"]
        yield f"  {known['absence_pct']} %: {absent} absent of {known['possible']} possible sessions"
        yield f"  persistent absence (10 % or more): {_yes(known['persistent'])}"
        yield f"  severe absence (50 % or more): {_yes(known['severe'])}"
    else:
        yield "  No rate: no session was possible."
    if known["first_week"]:
        yield f"  weeks from Monday {_day(known['first_week'])} to Monday {_day(known['last_week'])}"
    yield f"  enrolment status {known['enrolment_status']}; {_child(known)}"
    yield f"  last file with a row of the pupil: delivery {known['delivery_seq']}"


def _child(known: Mapping[str, Any]) -> str:
    if known["pupil_id"] is None:
        return "no certain match with a child of the council's index"
    care = "in care" if known["looked_after"] else "not in care"
    return f"child {known['pupil_id']} of the council's index, {care} on the last Monday"


def _sums(sessions: Sequence[Session], groups: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, kinds in groups:
        marks = Counter(session.mark or "blank" for session in sessions if session.kind in kinds)
        told = ", ".join(f"{mark} {number}" for mark, number in sorted(marks.items()))
        yield f"  {name:<24}{marks.total():>5}   {told}".rstrip()


def _outside(sessions: Sequence[Session]) -> list[str]:
    seen = {session.kind for session in sessions}
    groups = [(name, kinds) for name, kinds in _OUTSIDE if kinds in seen]
    return ["In no rate:", *_sums(sessions, groups)] if groups else []


def _file(behind: Behind, file: File) -> str:
    days = [session.day for session in behind.sessions if session.delivery_seq == file.delivery_seq]
    received = f"{file.received_at.astimezone(LONDON):%d %b %Y %H:%M}"
    named = f"  delivery {file.delivery_seq}: {file.file_name}, sha256 {file.sha256[:8]}, received {received}"
    if not days:
        return f"{named}: no mark of it stands any more; see the corrections"
    return f"{named}: {len(days)} sessions, {_rows(behind, file.delivery_seq, days)}"


def _corrections(behind: Behind) -> Iterator[str]:
    if not behind.changes:
        return
    yield ""
    yield "Marks that a later file changed:"
    for change in behind.changes:
        when = f"{change.day:%a} {_day(change.day)} {_HALVES[change.half]}"
        marks = f"{change.old_mark or 'blank'} became {change.new_mark or 'blank'}"
        rows = _rows(behind, change.delivery_seq, [change.day])
        yield f"  {when}: {marks} with delivery {change.delivery_seq}, {rows}"


def _rows(behind: Behind, delivery_seq: int, days: Iterable[date]) -> str:
    """The record numbers of the rows in which a delivery has these days."""
    rows = behind.rows.get(delivery_seq)
    if rows is None:
        return "its rows are no longer on the topic: look into the archived file"
    wanted = set(days)
    numbers = sorted(row.row for row in rows if not wanted.isdisjoint(row.days))
    return f"{'row' if len(numbers) == 1 else 'rows'} {', '.join(_runs(numbers))}"


def _runs(numbers: Iterable[int]) -> Iterator[str]:
    """1, 2, 3, 7 as `1 to 3`, `7`."""
    for _, run in groupby(enumerate(numbers), lambda placed: placed[1] - placed[0]):
        found = [number for _, number in run]
        yield f"{found[0]} to {found[-1]}" if len(found) > 1 else f"{found[0]}"


def _day(day: date) -> str:
    return f"{day:%d %b %Y}"


def _yes(value: object) -> str:
    return "yes" if value else "no"
