"""What a mark means on a day: one of nine kinds, and what each kind adds to the counts.

The codes themselves, with their validity, are data (`schemas.codes`). A code met on a day outside its validity counts
by what it meant last, or first; a mark that is no code counts as unknown, never as absence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.codes import AttendanceCode

BLANK: Final = ""
NO_MARK: Final = "-"
PLANNED_CLOSURE: Final = "#"
QUIET_AT_WEEKENDS: Final = frozenset({BLANK, NO_MARK, PLANNED_CLOSURE})
"""Marks that fill Saturdays and Sundays and say nothing there."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Sessions of one enrolment by what they count as."""

    possible: int = 0
    attended: int = 0
    authorised: int = 0
    unauthorised: int = 0
    late_before: int = 0
    late_after: int = 0
    no_mark: int = 0
    unknown_mark: int = 0


class Kind(IntEnum):
    """What a session counts as."""

    IN_NO_COUNT = 0
    PRESENT = 1
    LATE_BEFORE = 2
    AUTHORISED = 3
    UNAUTHORISED = 4
    LATE_AFTER = 5
    NOT_POSSIBLE = 6
    WITHOUT_MARK = 7
    UNKNOWN = 8


LETTERS: Final = b".PLAUTXM?"
"""A letter for each kind, as the table of enrolments keeps them and the views read them."""

_ADDED: Final = (
    Counts(),
    Counts(possible=1, attended=1),
    Counts(possible=1, attended=1, late_before=1),
    Counts(possible=1, authorised=1),
    Counts(possible=1, unauthorised=1),
    Counts(possible=1, unauthorised=1, late_after=1),
    Counts(),
    Counts(no_mark=1),
    Counts(unknown_mark=1),
)
ADDED: Final[npt.NDArray[np.int64]] = np.array([astuple(counts) for counts in _ADDED], dtype=np.int64)
"""What one session of each kind adds: kinds by the fields of `Counts`."""


class CodeBook:
    """The meaning of every mark on every day."""

    def __init__(self, codes: Iterable[AttendanceCode]) -> None:
        self._meanings: Final[dict[str, list[tuple[date, Kind]]]] = {}
        for code in sorted(codes, key=lambda code: (code.code, code.valid_from)):
            self._meanings.setdefault(code.code, []).append((code.valid_from, _kind_of(code)))

    @property
    def marks(self) -> list[str]:
        """Every mark that is a code, and the blank one."""
        return [BLANK, *self._meanings]

    def kind(self, mark: str, day: date) -> Kind:
        """The kind of a mark on a day."""
        if mark == BLANK:
            return Kind.WITHOUT_MARK
        meanings = self._meanings.get(mark)
        if meanings is None:
            return Kind.UNKNOWN
        begun = bisect_right(meanings, day, key=lambda meaning: meaning[0])
        return meanings[max(begun - 1, 0)][1]

    def turning_days(self, first: date, last: date) -> list[date]:
        """The days after the first, up to the last, from which some mark means something else than before."""
        turns = {start for meanings in self._meanings.values() for start, _ in meanings[1:]}
        return sorted(turn for turn in turns if first < turn <= last)


def _kind_of(code: AttendanceCode) -> Kind:
    if code.category == "NM":
        return Kind.WITHOUT_MARK
    if not code.possible:
        return Kind.NOT_POSSIBLE
    if code.attended:
        return Kind.LATE_BEFORE if code.late == "B" else Kind.PRESENT
    if code.category == "AA":
        return Kind.AUTHORISED
    return Kind.LATE_AFTER if code.late == "A" else Kind.UNAUTHORISED
