"""Chains counted on a small calendar."""

from __future__ import annotations

import numpy as np

from producers.simulator.chains import Chain, chain_up
from producers.simulator.suspensions import Kind, Suspension
from producers.simulator.terms import DAYS, Closures, school_year

_TERMS = school_year(2025)


def _closures(*shut: int) -> Closures:
    days = np.zeros(DAYS, dtype=np.bool_)
    days[list(shut)] = True
    return Closures(inset=shut, closed=(), shut=days)


def _suspension(first: int, last: int | None, kind: Kind = "SUSP") -> Suspension:
    return Suspension(0, kind, first, last, from_midday=False, announced=None, reasons=("DB",))


def test_closed_days_do_not_break_a_chain() -> None:
    """Friday and the Wednesday after are next to each other when the school is shut on Monday and Tuesday."""
    first, second = _suspension(2, 4), _suspension(7, 9)

    chains = chain_up([first, second], _closures(5, 6), today=9)

    assert {Chain(2, 9)} == set(chains.values())
    assert chains[first].school_days(_closures(5, 6)) == 6
    assert chains[first].day_six(_TERMS, _closures(5, 6)) == "2025-09-12"


def test_a_school_day_breaks_a_chain() -> None:
    """One day back in school makes two chains, and neither reaches day six."""
    first, second = _suspension(2, 4), _suspension(6, 9)

    chains = chain_up([first, second], _closures(), today=9)

    assert [Chain(2, 4), Chain(6, 9)] == list(chains.values())
    assert {None} == {chain.day_six(_TERMS, _closures()) for chain in chains.values()}


def test_a_permanent_exclusion_always_reaches_day_six() -> None:
    """Its chain has no end, and no number of school days."""
    permanent = _suspension(0, None, kind="PERM")

    chain = chain_up([permanent], _closures(1), today=0)[permanent]

    assert chain.school_days(_closures(1)) is None
    assert chain.day_six(_TERMS, _closures(1)) == "2025-09-09"


def test_lunchtimes_belong_to_no_chain() -> None:
    """A lunchtime exclusion between two suspensions is skipped."""
    lunch = _suspension(5, 5, kind="LNCH")

    chains = chain_up([_suspension(3, 4), lunch, _suspension(5, 6)], _closures(), today=6)

    assert lunch not in chains
    assert {Chain(3, 6)} == set(chains.values())
