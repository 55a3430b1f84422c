"""The clock that rules are judged by."""

from __future__ import annotations

from datetime import UTC, date, datetime

from schemas.process.clock import LONDON, Clock, day_in_london


def test_a_fixed_clock_keeps_the_real_time_of_day() -> None:
    """Moments carry the date given and London's time of day."""
    moment = Clock(date(2025, 7, 1)).now().astimezone(LONDON)

    assert moment.date() == date(2025, 7, 1)
    assert abs((datetime.now(LONDON).replace(year=2025, month=7, day=1) - moment).total_seconds()) < 60


def test_today_is_the_fixed_date() -> None:
    """Rules see the date given."""
    assert Clock(date(2025, 7, 1)).today() == date(2025, 7, 1)


def test_a_summer_evening_belongs_to_london_s_day() -> None:
    """23:30 UTC on 30 June is already July in London."""
    assert day_in_london(datetime(2025, 6, 30, 23, 30, tzinfo=UTC)) == date(2025, 7, 1)
