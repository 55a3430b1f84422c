"""When a process that dies is started again, and when that is given up."""

from __future__ import annotations

from deploy.supervisor import DEATHS_ALLOWED, DEATHS_WITHIN_S, Deaths


def died_at(*moments: float) -> Deaths:
    """A process that died at these seconds."""
    deaths = Deaths()
    for moment in moments:
        deaths.note(moment)
    return deaths


def test_five_deaths_within_a_minute_are_too_many() -> None:
    """Something is wrong that another start will not mend."""
    assert died_at(*range(DEATHS_ALLOWED)).too_many


def test_four_deaths_are_borne() -> None:
    """A server may need a while to come back."""
    assert not died_at(*range(DEATHS_ALLOWED - 1)).too_many


def test_deaths_of_long_ago_are_forgotten() -> None:
    """Five deaths, but not in one minute."""
    long_ago = [float(moment) for moment in range(DEATHS_ALLOWED - 1)]

    assert not died_at(*long_ago, DEATHS_WITHIN_S + 10).too_many


def test_each_pause_is_longer_than_the_last() -> None:
    """A process that keeps dying is started less and less often."""
    pauses = [died_at(*range(count)).pause_s for count in range(1, DEATHS_ALLOWED)]

    assert pauses == sorted(set(pauses))
