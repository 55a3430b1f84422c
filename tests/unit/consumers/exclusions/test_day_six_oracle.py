"""Day six against an oracle that knows no chains: it walks from day to day and asks whether the child is suspended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.exclusions.calendar import SchoolDays
from tests.support.casework import Casework
from tests.support.suspensions import filed_row, filing

FIRST = date(2026, 9, 1)
HORIZON = 80
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Spell:
    """A time during which the child is kept away; no last day: for good."""

    first: date
    last: date | None

    def covers(self, day: date) -> bool:
        """Whether the child is away on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


def oracle(spell: Spell, spells: Sequence[Spell], school_days: Collection[date]) -> date | None:
    """The sixth school day that the child is away in a row, the row in which this spell stands; if it comes."""

    def is_at_school(day: date) -> bool:
        return day in school_days and not any(one.covers(day) for one in spells)

    begin = day = spell.first
    while day > FIRST - DAY and not is_at_school(day):
        begin = min([begin, *(one.first for one in spells if one.first == day)])
        day -= DAY
    counted, day = 0, begin
    while day < FIRST + HORIZON * 2 * DAY and not is_at_school(day):
        counted += day in school_days
        if counted == 6:
            return day
        day += DAY
    return None


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[date], list[Spell]]:
    """School days with gaps, and spells of one child that may touch and overlap; the last may be for good."""
    days = [FIRST + n * DAY for n in range(HORIZON * 2)]
    weekdays = [day for day in days if day.weekday() < 5]
    off = draw(st.sets(st.sampled_from(weekdays[:HORIZON]), max_size=25))
    starts = draw(st.sets(st.sampled_from(days[:HORIZON]), min_size=1, max_size=6))
    spells = [Spell(start, start + draw(st.integers(0, 12)) * DAY) for start in sorted(starts)]
    if draw(st.booleans()):
        spells[-1] = Spell(spells[-1].first, None)
    return [day for day in weekdays if day not in off], spells


@settings(deadline=None)
@given(situations())
def test_day_six_is_that_of_the_oracle(situation: tuple[list[date], list[Spell]]) -> None:
    """Whatever the calendar and however suspensions touch or overlap, day six is the oracle's."""
    school_days, spells = situation
    rows = (
        filed_row(start_date=one.first, end_date=one.last, sessions=None, type="PERM" if one.last is None else "SUSP")
        for one in spells
    )
    casework = Casework(calendar=SchoolDays(school_days))
    casework.file(filing(*rows))
    found = {case.suspension.key.start_date: case.day_six_date for case in casework.cases.values()}

    assert found == {one.first: oracle(one, spells, school_days) for one in spells}
