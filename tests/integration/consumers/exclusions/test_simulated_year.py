"""A school year, week by week, from the simulator's bytes to tables and alerts: every day six on the first look."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from deploy.duty.asking import ask
from deploy.duty.duties import Item
from producers.simulator import council
from producers.simulator.terms import WEEKS
from tests.support.consumer_database import ConsumerDatabase, settings_for
from tests.support.simulated_year import SimulatedYear, Truth

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


def _shown(item: Item) -> tuple[object, ...]:
    return item.dfe_no, item.start_date, item.end_date, item.day_six_date, item.day_now


def _on_duty(truths: list[Truth], on: date) -> Iterator[tuple[object, ...]]:
    """The chains that are on that day, each once."""
    chains = {one.chain: one for one in truths if one.chain is not None}
    for (dfe_no, _, first), one in chains.items():
        if one.chain_end is None or one.chain_end >= on:
            yield dfe_no, first, one.chain_end, one.day_six, one.day_now


def test_every_day_six_of_a_year(exclusions: ConsumerDatabase, database_dsn: str, tmp_path: Path) -> None:
    """After each week's files, in table, alerts and duty list: 0 days six missed, 0 twice, 0 wrong."""
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
        friday = council.friday(year.county, week)
        list_of_the_day = asyncio.run(ask(settings_for(database_dsn), friday)).items
        assert Counter(map(_shown, list_of_the_day)) == Counter(_on_duty(truths, friday))

    assert exclusions.rows(EVER) == [(len(ever),)]
    assert len(ever) > 20
