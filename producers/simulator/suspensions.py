"""A year of suspensions, lunchtime and permanent exclusions of one school, some in chains of rows back to back.

A rare suspension is announced longer than it turns out; until its real end has passed the files show the announced one.
Days are counted as in `terms.py`; nobody is suspended while on two rolls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from producers.simulator.numbers import Ints
from producers.simulator.schools import Phase, School
from producers.simulator.streams import stream
from producers.simulator.terms import DAYS, WEEKS, Closures

Kind = Literal["SUSP", "PERM", "LNCH"]

_SHARE: Final = {Phase.PRIMARY: 0.007, Phase.SECONDARY: 0.05, Phase.SPECIAL: 0.04}
_CARE_FACTOR: Final = 4
_LENGTHS: Final = (1, 2, 3, 4, 5, 7, 10)
_LENGTH_SHARES: Final = (0.38, 0.25, 0.14, 0.06, 0.14, 0.015, 0.015)
_LUNCHTIMES: Final = 0.03
_CHAINS: Final = 0.1
_OPENING_SCHOOLS: Final = (0, 2)  # the first of all, and the first secondary
_REASONS: Final = ("DB", "VA", "PP", "PA", "VP", "DM", "DA", "OW", "MT", "TH", "RA", "BU", "SM", "LG")
_REASON_WEIGHTS: Final = np.array([30, 17, 18, 8, 5, 4, 4, 4, 2, 2, 2, 2, 1, 1]) / 100


@dataclass(frozen=True, slots=True)
class Suspension:
    row: int  # of the roll
    kind: Kind
    first: int
    last: int | None  # None: has no end
    from_midday: bool
    announced: int | None  # the end first told, where it turned out sooner
    reasons: tuple[str, ...]

    def shown_last(self, today: int) -> int | None:
        """The end that the school would report on a day."""
        return self.announced if self.announced and self.last and today < self.last else self.last


@dataclass(slots=True)
class _Diary:
    """The open days of one enrolment, and which of them are still free of suspensions."""

    row: int
    days: Ints
    free: NDArray[np.bool_]

    def take(self, place: int, length: int, *, continues: bool = False) -> bool:
        """Only free days, and a free day before and after: rows that do not continue another never touch it."""
        low, high = max(place - (not continues), 0), place + length + 1
        if high > len(self.free) or not self.free[low:high].all():
            return False
        self.free[place : place + length] = False
        return True


def suspend(seed: int, school: School, *, closures: Closures, roll: pl.DataFrame) -> list[Suspension]:
    """All of the year, in order of pupil and day; `roll` is the school's, one row per enrolment."""
    rng = stream(seed, "suspensions", school.index)
    single = roll["away_days"].to_numpy() == 0
    weight = np.where(roll["in_care"], _CARE_FACTOR, 1) * single * _SHARE[school.phase]
    chosen = rng.random(len(roll)) < weight
    week = roll["permanent_week"].to_numpy()
    steady = single & (roll["first_week"] == 1).to_numpy() & (roll["last_week"] == WEEKS).to_numpy()
    opening = _opening_rows(roll, steady) if school.index in _OPENING_SCHOOLS else []
    found: list[Suspension] = []
    for row in sorted({*np.flatnonzero(chosen | (week > 0)).tolist(), *opening}):
        diary = _diary(closures, roll, row=row)
        if row in opening:
            found += _opening(rng, diary, long=row == opening[0])
        elif week[row]:
            found += _permanent(rng, diary, week=int(week[row]))
        found += _episodes(rng, diary) if chosen[row] else ()
    return sorted(found, key=lambda each: (each.row, each.first))


def _diary(closures: Closures, roll: pl.DataFrame, *, row: int) -> _Diary:
    enrolment = roll.row(row, named=True)
    days = closures.open_days()
    start = 5 * (enrolment["first_week"] - 1) + enrolment["first_day"]
    return _Diary(row, days, (days >= start) & (days < min(5 * enrolment["last_week"], DAYS - 5)))


def _opening_rows(roll: pl.DataFrame, steady: NDArray[np.bool_]) -> list[int]:
    """Two pupils suspended as the year begins: even a small county's third week has a day six and a child in care."""
    cared = roll["in_care"].to_numpy()
    return [int(rows[-1]) for rows in (np.flatnonzero(steady & ~cared), np.flatnonzero(steady & cared)) if len(rows)]


def _opening(rng: np.random.Generator, diary: _Diary, *, long: bool) -> Iterator[Suspension]:
    for place, length in ((1, 4), (5, 4)) if long else ((6, 2),):
        if diary.take(place, length, continues=place == 5):
            yield _row(rng, diary, place=place, length=length)


def _permanent(rng: np.random.Generator, diary: _Diary, *, week: int) -> Iterator[Suspension]:
    place = int(np.searchsorted(diary.days, 5 * (week - 1) + int(rng.integers(5))))
    diary.free[max(place - 1, 0) :] = False
    yield Suspension(
        diary.row, "PERM", int(diary.days[place]), None, from_midday=False, announced=None, reasons=_reasons(rng)
    )


def _episodes(rng: np.random.Generator, diary: _Diary) -> Iterator[Suspension]:
    for _ in range(int(rng.geometric(0.45))):
        place, kind = int(rng.integers(len(diary.days))), rng.random()
        if kind < _LUNCHTIMES:
            lunches = int(rng.integers(1, 4))
            if diary.take(place, lunches):
                yield _row(rng, diary, place=place, length=lunches, kind="LNCH")
        elif kind < _LUNCHTIMES + _CHAINS:
            yield from _chain(rng, diary, place=place)
        else:
            length = int(rng.choice(_LENGTHS, p=_LENGTH_SHARES))
            if diary.take(place, length):
                yield _changeable(rng, diary, row=_row(rng, diary, place=place, length=length), after=place + length)


def _chain(rng: np.random.Generator, diary: _Diary, *, place: int) -> Iterator[Suspension]:
    """Two or three suspensions with no school day between them; only the first may begin at midday."""
    for link in range(int(rng.integers(2, 4))):
        length = int(rng.integers(3, 6))
        if not diary.take(place, length, continues=link > 0):
            return
        row = _row(rng, diary, place=place, length=length)
        yield replace(row, from_midday=row.from_midday and link == 0)
        place += length


def _row(rng: np.random.Generator, diary: _Diary, *, place: int, length: int, kind: Kind = "SUSP") -> Suspension:
    first, last = int(diary.days[place]), int(diary.days[place + length - 1])
    midday = kind == "SUSP" and bool(rng.random() < 0.15)
    return Suspension(diary.row, kind, first, last, from_midday=midday, announced=None, reasons=_reasons(rng))


def _changeable(rng: np.random.Generator, diary: _Diary, *, row: Suspension, after: int) -> Suspension:
    """One in twelve was announced a day or two longer; nobody learns of it when it ends in the week it began."""
    longer = min(after + int(rng.integers(2)), len(diary.days) - 1)
    return replace(row, announced=int(diary.days[longer])) if rng.random() < 1 / 12 else row


def _reasons(rng: np.random.Generator) -> tuple[str, ...]:
    count = int(rng.choice([1, 2, 3], p=[0.8, 0.15, 0.05]))
    return tuple(str(code) for code in rng.choice(_REASONS, count, replace=False, p=_REASON_WEIGHTS))
