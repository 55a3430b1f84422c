"""The marks of readable rows laid on the calendar: the date of each, what is covered, what deserves a remark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from producers.feeds.marks import BLANK, Flags, Numbers, Short, slot_of
from schemas.codes import attendance_codes

_EPOCH: Final = date(1970, 1, 1)
_EPOCH_WEEKDAY: Final = _EPOCH.weekday()
_SATURDAY: Final = 5
_FAR: Final = 10**7
_SESSIONS_OF_A_PUPIL: Final = 2**32
_AM, _PM = ord("/"), ord("\\")
_NO_MARK, _CLOSED = ord("-"), ord("#")
_FROM_2024: Final = date(2024, 8, 19)
_LOOK_ALIKES: Final = frozenset("10")
_SAYS_NOTHING: Final = frozenset({"#", "/", "\\", "Y", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"})
"""Codes that a whole school may well have on one day."""
_A_SCHOOL: Final = 20

Whole = TypeVar("Whole", Numbers, Short)


def days_since_epoch(days: pl.Series) -> Numbers:
    """Dates as numbers."""
    return days.cast(pl.Int32).cast(pl.Int64).to_numpy()


def weekday_of(days: Whole) -> Whole:
    """Monday 0."""
    return np.asarray((days + _EPOCH_WEEKDAY) % 7)


@dataclass(frozen=True)
class Sessions:
    """Every session that some rows state, in flat arrays; `start` and `counts` have one element a row."""

    numbers: NDArray[np.uint32]
    counts: Numbers
    start: Numbers
    weekdays_only: Flags
    vocabulary: tuple[str, ...]
    received_on: date

    @cached_property
    def row(self) -> Short:
        """The place among the rows of each mark."""
        return np.repeat(np.arange(len(self.counts), dtype=np.int32), self.counts)

    @cached_property
    def slot(self) -> Short:
        """The place of each mark within its row."""
        return slot_of(self.counts)

    @cached_property
    def day(self) -> Short:
        """The date of each mark."""
        step, start = self.slot // 2, np.repeat(self.start.astype(np.int32), self.counts)
        if not self.weekdays_only.any():
            return np.asarray(start + step)
        weekday = weekday_of(start)
        jump = (weekday + step) // 5 * 7 + (weekday + step) % 5 - weekday
        return np.asarray(start + np.where(self.weekdays_only[self.row], jump, step))

    @cached_property
    def weekend(self) -> Flags:
        """Whether a mark is for a Saturday or Sunday."""
        return np.asarray(weekday_of(self.day) >= _SATURDAY)

    @cached_property
    def unmarked(self) -> Flags:
        """Blank or `-`."""
        return np.asarray((self.numbers == BLANK) | (self.numbers == _NO_MARK))

    @cached_property
    def counted(self) -> Flags:
        """Every session but those of a weekend without a mark of substance."""
        return np.asarray(~(self.weekend & (self.unmarked | (self.numbers == _CLOSED))), dtype=np.bool_)

    @cached_property
    def covered(self) -> Flags:
        """Sessions up to the day of receipt that count somewhere."""
        return np.asarray(self.counted & (self.day <= self._today))

    @cached_property
    def _today(self) -> int:
        return (self.received_on - _EPOCH).days

    @cached_property
    def last_day(self) -> Numbers:
        """The date of each row's last mark."""
        return self.day[np.cumsum(self.counts) - 1].astype(np.int64)

    def rows_with(self, marks: Flags) -> Flags:
        """Which rows have at least one of these marks."""
        rows = np.zeros(len(self.counts), dtype=np.bool_)
        if marks.any():
            rows[self.row[marks]] = True
        return rows

    def contradicting(self, pupils: Numbers, people: Numbers) -> Flags:
        """Rows of a pupil that say otherwise than another about one session, or about who the pupil is."""
        session = pupils[self.row] * _SESSIONS_OF_A_PUPIL + self.day * 2 + self.slot % 2
        order = np.argsort(session, kind="stable")
        same = session[order][1:] == session[order][:-1]
        mark, person = self.numbers[order], people[self.row][order]
        differs = same & ((mark[1:] != mark[:-1]) | (person[1:] != person[:-1]))
        return self.rows_with(np.isin(session, session[order][1:][differs]))

    def outside(self, first: Numbers, last: Numbers) -> Flags:
        """Rows with a weekday before their first or after their last date."""
        outer = (self.start < first) | (self.last_day > last)
        if not outer.any():
            return outer
        suspect = ~self.weekend & outer[self.row]
        return self.rows_with(suspect & ((self.day < first[self.row]) | (self.day > last[self.row])))

    def remarks(self) -> dict[str, Flags]:
        """The rules that marks break without costing their row."""
        unknown, look_alike, first, last = _tables(self.vocabulary)
        afternoon = self.slot % 2 == 1
        past = ~self.weekend & (self.day < self._today)
        marks = {
            "V15_NOT_YET": self.counted & (self.day > self._today),
            "V16_WEEKEND": self.weekend & self.counted,
            "V20_UNKNOWN_CODE": unknown[self.numbers],
            "V21_NOT_IN_FORCE": (self.day < first[self.numbers]) | (self.day > last[self.numbers]),
            "V23_WRONG_SLASH": (self.numbers == np.where(afternoon, _AM, _PM)),
            "V24_LOOK_ALIKE": look_alike[self.numbers],
            "V25_CLOSED_FOR_FEW": self._closed_for_few(),
            "V25_NO_MARK": past & self.unmarked,
        }
        return {rule: self.rows_with(broken) for rule, broken in marks.items()}

    def _closed_for_few(self) -> Flags:
        """Weekday sessions with `#` for which more than half of the marks say that the school was open."""
        closed = np.asarray((self.numbers == _CLOSED) & ~self.weekend, dtype=np.bool_)
        if not closed.any():
            return closed
        session = (self.day - self.day.min()) * 2 + self.slot % 2
        marked = np.bincount(session[~self.unmarked], minlength=int(session.max()) + 1)
        few = 2 * np.bincount(session[closed], minlength=len(marked)) < marked
        return np.asarray(closed & few[session], dtype=np.bool_)

    def collapsed(self) -> Sessions:
        """The same, an interview after 18 August 2024 read from the bare letter to which it was shortened."""
        j, interview = ord("J"), self.vocabulary.index("J1")
        since = self.day >= (_FROM_2024 - _EPOCH).days
        numbers = np.where((self.numbers == j) & since, interview, self.numbers).astype(np.uint32)
        return Sessions(numbers, self.counts, self.start, self.weekdays_only, self.vocabulary, self.received_on)

    def of_rows(self, kept: Flags) -> Sessions:
        """The sessions of some rows only."""
        if kept.all():
            return self
        numbers = self.numbers[np.repeat(kept, self.counts)]
        weekdays_only = self.weekdays_only[kept]
        return Sessions(numbers, self.counts[kept], self.start[kept], weekdays_only, self.vocabulary, self.received_on)

    def last_week(self) -> date | None:
        """The Monday of the last week with a covered session."""
        if not self.covered.any():
            return None
        day = int(self.day[self.covered].max())
        return _EPOCH + timedelta(days=day - (day + _EPOCH_WEEKDAY) % 7)

    def is_one_code(self, week: date, pupils: pl.Series) -> bool:
        """Whether a whole school has one code in a week, of those that a whole school never has."""
        monday = (week - _EPOCH).days
        marks = self.covered & ~self.weekend & (self.day >= monday) & (self.day < monday + 7)
        codes = np.unique(self.numbers[marks])
        if len(codes) != 1 or self.vocabulary[int(codes[0])] in _SAYS_NOTHING:
            return False
        return pupils.filter(pl.Series(self.rows_with(marks))).n_unique() >= _A_SCHOOL

    def lists(self) -> pl.Series:
        """The marks of each row as a list of codes."""
        flat = pl.Series(self.vocabulary, dtype=pl.String).gather(self.numbers)
        offsets = np.concatenate(([0], np.cumsum(self.counts))).astype(np.int64)
        ends = pa.Array.from_buffers(pa.int64(), len(offsets), [None, pa.py_buffer(offsets)])  # `pa.array` loads pandas
        lists = pa.LargeListArray.from_arrays(ends, flat.to_arrow())
        return pl.Series("marks", lists, dtype=pl.List(pl.String))


def _tables(vocabulary: tuple[str, ...]) -> tuple[Flags, Flags, Short, Short]:
    """For each code of a vocabulary: unknown, looks like another, first and last day in force."""
    first = np.full(len(vocabulary), -_FAR, dtype=np.int32)
    last = np.full(len(vocabulary), _FAR, dtype=np.int32)
    known = {code.code: code for code in attendance_codes()}
    for number, code in enumerate(vocabulary):
        if code in known:
            first[number] = (known[code].valid_from - _EPOCH).days
            until = known[code].valid_to
            last[number] = (until - _EPOCH).days if until else _FAR
    strange = np.array([code != "" and code not in known for code in vocabulary])
    look_alike = np.array([code in _LOOK_ALIKES or not code.isascii() for code in vocabulary]) & strange
    return strange & ~look_alike, look_alike, first, last
