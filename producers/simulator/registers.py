"""A year of registers of one school: what each mark became, and what stood there before somebody knew better.

The whole year is drawn at once, so a later week never changes an earlier one but through its corrections. The shares
of the codes follow DfE's counts for Derbyshire, 2025/26.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from producers.simulator.codes import ATTENDED, NUMBER, REVISED_LATER, UNCOVERED, Marks
from producers.simulator.numbers import Ints
from producers.simulator.schools import Phase, School
from producers.simulator.streams import stream
from producers.simulator.suspensions import Suspension
from producers.simulator.terms import DAYS, WEEKS, Closures

_AM, _PM, _BOTH = (1, 0), (0, 1), (1, 1)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Level and spread of the pupils' rates of absence (lognormal), reasons; single events, by share of days."""

    rate: float
    spread: float
    reasons: dict[str, float]
    events: tuple[tuple[str, tuple[int, int], float], ...]


_PRIMARY: Final = _Pattern(
    0.0455,
    0.92,
    {"I": 0.655, "C": 0.093, "G": 0.117, "O": 0.117, "N": 0.012, "R": 0.002, "T": 0.0035, "C1": 0.0005},
    (
        *(
            ("L", _AM, 0.0153),
            ("U", _AM, 0.0033),
            ("M", _AM, 0.003),
            ("M", _PM, 0.0028),
            ("V", _BOTH, 0.0077),
            ("B", _BOTH, 0.0024),
        ),
        *(("P", _PM, 0.001), ("K", _BOTH, 0.0001), ("Q", _BOTH, 0.0001), ("Y1", _BOTH, 0.0001), ("Y6", _BOTH, 0.00005)),
        *(("Y2", _BOTH, 0.0001), ("Y3", _PM, 0.0001), ("Y7", _BOTH, 0.0001)),
    ),
)
_SECONDARY: Final = _Pattern(
    0.083,
    1.45,
    {"I": 0.515, "C": 0.068, "G": 0.045, "O": 0.355, "N": 0.013, "R": 0.001, "T": 0.002, "C1": 0.001},
    (
        *(
            ("L", _AM, 0.041),
            ("U", _AM, 0.0041),
            ("M", _AM, 0.0039),
            ("M", _PM, 0.0036),
            ("V", _BOTH, 0.007),
            ("B", _BOTH, 0.0034),
        ),
        *(("P", _PM, 0.0024), ("W", _BOTH, 0.0023), ("K", _BOTH, 0.0004), ("J1", _AM, 0.0002), ("Q", _BOTH, 0.0001)),
        *(
            ("Y1", _BOTH, 0.0003),
            ("Y2", _BOTH, 0.0001),
            ("Y3", _PM, 0.0001),
            ("Y5", _BOTH, 0.00003),
            ("Y7", _BOTH, 0.0001),
        ),
    ),
)
_SPECIAL: Final = _Pattern(0.096, 1.1, _PRIMARY.reasons, _PRIMARY.events)
_PATTERNS: Final = {Phase.PRIMARY: _PRIMARY, Phase.SECONDARY: _SECONDARY, Phase.SPECIAL: _SPECIAL}
_SPELLS: Final = np.array([0.5, 0.22, 0.13, 0.07, 0.08])  # of 1 to 5 days
_MEAN_SPELL: Final = float((_SPELLS * np.arange(1, 6)).sum())
_PART_TIME: Final = 0.012
_UNKNOWN_AT_FIRST: Final = 0.2
_FORGOTTEN_AT_FIRST: Final = 0.001


@dataclass(frozen=True, slots=True)
class Register:
    final: Marks  # enrolments x days x 2
    revised: Ints  # flat places of marks that were something else at first
    at_first: Marks
    settled: Ints  # the week whose file first shows the final mark
    part_time: NDArray[np.bool_]

    def as_seen(self, week: int) -> Marks:
        """Enrolments x weeks x 10, as the file of a week shows them."""
        seen = self.final.copy()
        pending = self.settled > week
        seen.reshape(-1)[self.revised[pending]] = self.at_first[pending]
        return seen[:, : 5 * week].reshape(len(seen), week, 10)


def keep_register(
    seed: int, school: School, *, closures: Closures, roll: pl.DataFrame, suspensions: list[Suspension]
) -> Register:
    rng = stream(seed, "registers", school.index)
    marks = np.empty((len(roll), DAYS, 2), dtype=np.uint8)
    marks[:] = NUMBER["/"], NUMBER["\\"]
    _single_events(rng, _PATTERNS[school.phase].events, marks=marks)
    _spells(rng, _PATTERNS[school.phase], propensity=roll["propensity"].to_numpy(), marks=marks)
    part_time = _timetables(rng, school, roll=roll, marks=marks)
    _school_away(rng, school, marks=marks)
    _elsewhere(roll, marks)
    _suspended(suspensions, marks)
    _not_yet_here(roll, marks)
    marks[:, closures.shut] = NUMBER["#"]
    return Register(marks, *_revisions(rng, marks), part_time=part_time)


def covered(roll: pl.DataFrame, week: int) -> NDArray[np.bool_]:
    """Enrolments x weeks: which have a row in the file of a week."""
    weeks = np.arange(1, week + 1)
    first, last = (roll[name].to_numpy()[:, None] for name in ("first_week", "last_week"))
    return np.asarray((weeks >= first) & (weeks <= last))


def blank_uncovered(marks: Marks, rows: NDArray[np.bool_]) -> Marks:
    return np.where(rows[:, :, None], marks, np.uint8(UNCOVERED))


def _single_events(
    rng: np.random.Generator, events: tuple[tuple[str, tuple[int, int], float], ...], *, marks: Marks
) -> None:
    edges = np.cumsum([share for _, _, share in events])
    u = rng.random(marks.shape[:2], dtype=np.float32)
    pupil, day = np.nonzero(u < edges[-1])
    event = np.searchsorted(edges, u[pupil, day], side="right").clip(max=len(events) - 1)
    for number, (code, halves, _) in enumerate(events):
        mine = event == number
        for half in np.flatnonzero(halves):
            marks[pupil[mine], day[mine], half] = NUMBER[code]


def _spells(rng: np.random.Generator, pattern: _Pattern, *, propensity: NDArray[np.float64], marks: Marks) -> None:
    rate = pattern.rate * np.exp(pattern.spread * propensity - pattern.spread**2 / 2)
    begins = (rate.clip(max=0.8) / _MEAN_SPELL).astype(np.float32)
    pupil, day = np.nonzero(rng.random(marks.shape[:2], dtype=np.float32) < begins[:, None])
    length = 1 + rng.choice(len(_SPELLS), len(pupil), p=_SPELLS)
    shares = np.array([*pattern.reasons.values()])
    codes = np.array([NUMBER[code] for code in pattern.reasons], dtype=np.uint8)
    reason = rng.choice(codes, len(pupil), p=shares / shares.sum())
    for later in range(len(_SPELLS)):
        lasts = (length > later) & (day + later < DAYS)
        marks[pupil[lasts], day[lasts] + later] = reason[lasts, None]


def _timetables(rng: np.random.Generator, school: School, *, roll: pl.DataFrame, marks: Marks) -> NDArray[np.bool_]:
    """Part-time timetables (C2 in the afternoon), Reception's half days in September (X), Year 11's study leave (S)."""
    group = roll["year_group"].to_numpy()
    part_time = np.asarray((rng.random(len(roll)) < _PART_TIME) & (group > 0))
    for pupil in np.flatnonzero(part_time):
        first = int(rng.integers(0, DAYS - 20))
        marks[pupil, first : first + int(rng.integers(40, 130)), 1] = NUMBER["C2"]
    if school.phase is Phase.PRIMARY and rng.random() < 0.5:
        marks[group == 0, :10, 1] = NUMBER["X"]
    if school.phase is Phase.SECONDARY and rng.random() < 0.2:
        leave = (rng.random(marks.shape[:2]) < 0.3) & (group == 11)[:, None]
        leave[:, :160] = False
        marks[leave] = NUMBER["S"]
    return part_time


def _school_away(rng: np.random.Generator, school: School, *, marks: Marks) -> None:
    """A day of snow in January shuts one school in eight; in a secondary a bus may fail one morning."""
    snow, stuck = int(rng.integers(80, 95)), int(rng.integers(5, DAYS - 5))
    if rng.random() < 1 / 8:
        marks[:, snow] = NUMBER["Y4"]
    if school.phase is Phase.SECONDARY:
        marks[rng.random(len(marks)) < 0.03, stuck, 0] = NUMBER["Y1"]


def _elsewhere(roll: pl.DataFrame, marks: Marks) -> None:
    for place, row in enumerate(roll.select("away_code", "away_days", "away_from", "away_to").iter_rows()):
        code, days, first, last = row
        if code is not None:
            weekdays = np.tile([days >> weekday & 1 == 1 for weekday in range(5)], WEEKS)
            weeks = np.arange(DAYS) // 5 + 1
            marks[place, weekdays & (weeks >= first) & (weeks <= last)] = NUMBER[code]


def _suspended(suspensions: list[Suspension], marks: Marks) -> None:
    for each in suspensions:
        if each.kind == "LNCH":
            continue
        end = DAYS if each.last is None else each.last + 1
        marks[each.row, each.first : end] = NUMBER["E"]
        if each.from_midday:
            marks[each.row, each.first, 0] = NUMBER["/"]


def _not_yet_here(roll: pl.DataFrame, marks: Marks) -> None:
    first = 5 * (roll["first_week"].to_numpy() - 1) + roll["first_day"].to_numpy()
    marks[np.arange(DAYS) < first[:, None]] = NUMBER["Z"]


def _revisions(rng: np.random.Generator, marks: Marks) -> tuple[Ints, Marks, Ints]:
    """A share of absences stood as N for a week or more; a few registers were not taken (-) until the week after."""
    u = rng.random(marks.shape[:2], dtype=np.float32)[:, :, None]
    unknown = np.flatnonzero(REVISED_LATER[marks] & (u < _UNKNOWN_AT_FIRST))
    forgotten = np.flatnonzero(ATTENDED[marks] & (u > 1 - _FORGOTTEN_AT_FIRST))
    places = np.concatenate([unknown, forgotten])
    at_first = np.repeat(np.array([NUMBER["N"], NUMBER["-"]], dtype=np.uint8), [len(unknown), len(forgotten)])
    delay = np.concatenate([rng.choice(3, len(unknown), p=[0.7, 0.2, 0.1]), np.zeros(len(forgotten), dtype=np.int64)])
    return places, at_first, places // 2 % DAYS // 5 + 2 + delay
