"""A school year, week by week, from the simulator's bytes to tables and alerts: every day six on the first look."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from producers.simulator.terms import WEEKS
from tests.support.consumer_database import ConsumerDatabase
from tests.support.simulated_year import SimulatedYear

SCHOOLS = 12
SHOWN = """
    SELECT dfe_no, upn, type, start_date, end_date, chain_school_days::int, day_six_date
    FROM suspension WHERE unreported_seq IS NULL
"""
CURRENT = """
    SELECT alert.dfe_no, suspension.upn, alert.due_date
    FROM alert JOIN suspension ON suspension.suspension_id = alert.shown
    WHERE is_current AND kind = 'DAY_SIX_DUE'
"""
EVER = "SELECT count(*)::int FROM alert WHERE kind = 'DAY_SIX_DUE'"


def test_every_day_six_of_a_year(exclusions: ConsumerDatabase, tmp_path: Path) -> None:
    """After each week's files: every suspension as the simulator knows it; 0 days six missed, 0 twice, 0 wrong."""
    year = SimulatedYear(tmp_path, seed=11, year=2025, schools=SCHOOLS)
    exclusions.apply(year.calendar())
    ever = set()
    for week in range(1, WEEKS + 1):
        exclusions.apply(*year.files(week))
        truths = year.truths(week)
        due = {(one.chain, one.upn, one.day_six) for one in truths if one.day_six}

        assert Counter(exclusions.rows(SHOWN)) == Counter(
            (one.dfe_no, one.upn, one.kind, one.start, one.end, one.chain_school_days, one.day_six) for one in truths
        )
        assert Counter(exclusions.rows(CURRENT)) == Counter((chain[0], upn, day) for chain, upn, day in due if chain)
        ever |= {(chain, day) for chain, _, day in due}

    assert exclusions.rows(EVER) == [(len(ever),)]
    assert len(ever) > 20
