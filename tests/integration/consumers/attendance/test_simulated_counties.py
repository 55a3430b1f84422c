"""Simulated counties, from the bytes of their files to the views, against the oracle.

With corrections, key changes, gaps, mid-week extracts, and deliveries in any order and as often as they like. The
feeds, the wire format, the consumer and Postgres are the real ones; the whole line has its own test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.simulator.county import County, found_county
from producers.simulator.school_week import make_school_week
from tests.support.attendance_line import Sent, delivered
from tests.support.attendance_oracle import Registers
from tests.support.attendance_reading import Cells, cells_of, rows_of, split
from tests.support.attendance_views import SHOWN, Line, in_order, views
from tests.support.consumer_database import ConsumerDatabase
from tests.support.csv_files import upn

YEAR: Final = 2025
SCHOOLS: Final = 2
PUPILS: Final = 6
WEEKS: Final = 6
NEW_MARKS: Final = ("/", "\\", "I", "O", "L", "U", "#", "-", " ", "C2", "D", "H", "*")
TABLES: Final = "enrolment, school_year, register_correction, key_change, outbox"


@cache
def _county(seed: int) -> County:
    return found_county(seed, YEAR, schools=SCHOOLS)


@cache
def _written(seed: int, school: int, week: int) -> tuple[Cells, ...]:
    """The rows that a school writes in a week, of its first pupils."""
    county = _county(seed)
    (file, *_) = make_school_week(county, county.schools[school], week=week, faults=0).outcomes
    cells = cells_of(file.delivery.data)
    few = sorted({one["Admission Number"] for one in cells})[:PUPILS]
    return tuple(one for one in cells if one["Admission Number"] in few)


@dataclass(slots=True)
class _Story:
    """What a school changes from one file on: marks, and how it names its pupils."""

    marks: dict[tuple[str, str, int], list[tuple[int, str]]] = field(default_factory=dict)
    named: dict[str, tuple[str, int]] = field(default_factory=dict)

    def told(self, cells: Cells, number: int) -> Cells:
        """A row as the file of that number has it."""
        pupil, monday = cells["Admission Number"], cells["Start Date"]
        marks = split(cells["Sessions"])
        for slot in range(len(marks)):
            for begins, mark in self.marks.get((pupil, monday, slot), []):
                marks[slot] = mark if begins <= number else marks[slot]
        sessions = "".join(mark or " " for mark in marks)
        return {**cells, **self._names(cells, number), "Sessions": sessions}

    def _names(self, cells: Cells, number: int) -> Cells:
        how, begins = self.named.get(cells["Admission Number"], ("", 0))
        if how == "late" and number < begins:
            return {"UPN": ""}
        if how == "former":
            temporary = upn(int(cells["Admission Number"]))
            return {"UPN": temporary} if number < begins else {"Former UPN": temporary, "Admission Number": ""}
        return {}


@st.composite
def counties(draw: st.DrawFn) -> list[Sent]:
    """The files of a few schools over a few weeks, in the order in which they arrive."""
    seed = draw(st.integers(0, 3))
    files = [draw(_of_school(seed, school)) for school in range(SCHOOLS)]
    turns = draw(st.permutations([school for school, sent in enumerate(files) for _ in sent]))
    waiting = [iter(sent) for sent in files]
    return [next(waiting[school]) for school in turns]


@st.composite
def _of_school(draw: st.DrawFn, seed: int, school: int) -> list[Sent]:
    weeks = sorted(draw(st.sets(st.integers(1, WEEKS), min_size=1, max_size=3)))
    story = draw(_stories(_written(seed, school, weeks[-1]), len(weeks)))
    gaps = draw(st.sets(st.integers(0, PUPILS * WEEKS), max_size=4))
    files = []
    for number, week in enumerate(weeks):
        rows = [story.told(one, number) for one in _written(seed, school, week)]
        sent = [one for place, one in enumerate(rows) if number == 0 or place not in gaps]
        friday = _county(seed).terms.mondays[week - 1] + timedelta(days=4)
        received_on = friday - timedelta(days=draw(st.integers(0, 4)))
        files.append(Sent(_county(seed).schools[school].dfe_no, number + 1, received_on, tuple(sent or rows)))
    return files


@st.composite
def _stories(draw: st.DrawFn, cells: tuple[Cells, ...], files: int) -> _Story:
    story = _Story()
    for _ in range(draw(st.integers(0, 12))):
        row, slot = draw(st.sampled_from(cells)), draw(st.integers(0, 9))
        edits = story.marks.setdefault((row["Admission Number"], row["Start Date"], slot), [])
        edits.append((draw(st.integers(0, files - 1)), draw(st.sampled_from(NEW_MARKS))))
    for pupil in sorted({one["Admission Number"] for one in cells}):
        story.named[pupil] = (draw(st.sampled_from(["", "", "late", "former"])), draw(st.integers(0, files)))
    return story


def shown(attendance: ConsumerDatabase, *names: str) -> dict[str, list[Line]]:
    """What the views show, as far as the oracle knows it."""
    return {name: in_order(attendance.rows(f"SELECT {SHOWN[name]} FROM reporting.{name}")) for name in names}


def expected(files: list[Sent]) -> dict[str, list[Line]]:
    """What the oracle says of the same files."""
    registers = Registers()
    for sent in files:
        registers.take(sent.school, sent.received_on, rows_of(sent.cells, sent.delivery_seq))
    return views(registers)


@pytest.fixture(name="empty")
def _empty(attendance: ConsumerDatabase) -> Callable[[], ConsumerDatabase]:
    """A database that each example finds empty."""

    def emptied() -> ConsumerDatabase:
        attendance.execute(f"TRUNCATE {TABLES}")
        return attendance

    return emptied


@given(files=counties())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_county_comes_to_what_the_oracle_says(files: list[Sent], empty: Any, tmp_path: Path) -> None:
    """Every view of absence, corrections included, when each school's files come in their turn."""
    attendance = empty()
    attendance.apply(*(delivered(sent, tmp_path) for sent in files))

    assert shown(attendance, *SHOWN) == expected(files)


@given(files=counties(), random=st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_deliveries_does_not_matter(files: list[Sent], random: Any, empty: Any, tmp_path: Path) -> None:
    """Shuffled, and some of them again: the same rates, weeks and totals."""
    attendance = empty()
    shuffled = [*files, *random.sample(files, random.randrange(len(files) + 1))]
    random.shuffle(shuffled)
    attendance.apply(*(delivered(sent, tmp_path) for sent in shuffled))

    in_any_order = [name for name in SHOWN if name != "register_correction"]
    told = expected(files)
    assert shown(attendance, *in_any_order) == {name: told[name] for name in in_any_order}


@given(files=counties(), data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_deliveries_again_change_nothing(files: list[Sent], data: st.DataObject, empty: Any, tmp_path: Path) -> None:
    """Corrections included: each delivery twice in its turn, an earlier one in between."""
    attendance = empty()
    for place, sent in enumerate(files):
        earlier = data.draw(st.sampled_from(files[: place + 1]))
        attendance.apply(*(delivered(one, tmp_path) for one in (sent, earlier, sent)))

    assert shown(attendance, *SHOWN) == expected(files)
