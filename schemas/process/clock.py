"""The two clocks: the machine's, and the day that rules are judged by.

`PUPILSTREAM_TODAY` moves the second one for tests and simulations; the time of day stays the real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Clock:
    """Today's date in London, or the date given; and the moment to write on receipts and alerts."""

    fixed: date | None = None

    def now(self) -> datetime:
        """The present moment in UTC, on the fixed date where there is one, with London's real time of day."""
        real = datetime.now(LONDON)
        if self.fixed is None:
            return real.astimezone(UTC)
        return datetime.combine(self.fixed, real.time(), LONDON).astimezone(UTC)

    def today(self) -> date:
        """The date in London."""
        return self.fixed or datetime.now(LONDON).date()


def day_in_london(moment: datetime) -> date:
    """The calendar date in London of a moment."""
    return moment.astimezone(LONDON).date()
