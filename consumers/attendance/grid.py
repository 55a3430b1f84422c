"""The sessions of one academic year as slots: where a date stands in a register, and what kind of day a slot is.

Slot 0 is a Monday morning before 1 August, so that weekend sessions at either end of a year have their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

WEEKS: Final = 54
SESSIONS_A_WEEK: Final = 14
SLOTS: Final = WEEKS * SESSIONS_A_WEEK
SCHOOL_SESSIONS_A_WEEK: Final = 10
_EPOCH: Final = date(1970, 1, 1)
_WEEKEND: Final = timedelta(days=2)

IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]
KindArray = npt.NDArray[np.uint8]

IS_WEEKEND: Final[BoolArray] = np.arange(SLOTS) % SESSIONS_A_WEEK >= SCHOOL_SESSIONS_A_WEEK
"""Whether a slot lies on a Saturday or a Sunday."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The slots of the academic year that starts on 1 August of `academic_year`."""

    academic_year: int
    first_day: date
    """The Monday of slot 0."""

    @classmethod
    def of(cls, academic_year: int) -> Grid:
        """The slots of a year, from the week of the weekend before it on: a row may begin on that."""
        earliest = date(academic_year, 8, 1) - _WEEKEND
        return cls(academic_year, earliest - timedelta(days=earliest.weekday()))

    def slots(self, days: IntArray) -> IntArray:
        """The morning slots of days counted from 1970, as Polars and Avro count them."""
        return ((days - (self.first_day - _EPOCH).days) * 2).astype(np.int32)

    def slot(self, day: date) -> int:
        """The morning slot of a day; outside 0 to SLOTS for one that the year does not hold."""
        return (day - self.first_day).days * 2

    def day(self, slot: int) -> date:
        """The day of a slot."""
        return self.first_day + timedelta(days=slot // 2)

    def week_start(self, slot: int) -> date:
        """The Monday of a slot's week."""
        return self.first_day + timedelta(weeks=slot // SESSIONS_A_WEEK)


def session_of(slot: int) -> int:
    """The number of a slot in its week: 1 is Monday morning, 14 Sunday afternoon."""
    return slot % SESSIONS_A_WEEK + 1
