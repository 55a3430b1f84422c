"""What is known of looked-after periods on a day."""

from __future__ import annotations

from datetime import date

from producers.simulator.care import periods

_PERSON: dict[str, object] = {
    "before_from": date(2024, 5, 1),
    "before_to": date(2025, 9, 12),
    "care_from": date(2026, 2, 2),
    "care_to": None,
}


def test_an_end_is_known_on_its_day_and_not_before() -> None:
    """The day before the end the period is open; on the day it has its end."""
    before, then = periods(_PERSON, date(2025, 9, 11)), periods(_PERSON, date(2025, 9, 12))

    assert before == [(date(2024, 5, 1), None)]
    assert then == [(date(2024, 5, 1), date(2025, 9, 12))]


def test_a_period_is_known_from_its_first_day() -> None:
    """A child who comes back into care has two periods from the day on which the second begins."""
    before, then = periods(_PERSON, date(2026, 2, 1)), periods(_PERSON, date(2026, 2, 2))

    assert (len(before), len(then)) == (1, 2)
