"""When a good file must wait for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from producers.feeds.parsing import Parsed
from producers.watcher.holding import reason_to_hold
from producers.watcher.ledger import Earlier
from tests.support.inbox import MONDAY


def parsed(*, accepted: int = 100, refused: int = 0, **overrides: Any) -> Parsed:
    made = Parsed(
        dataset="attendance",
        rows=pl.DataFrame({"row": range(1, accepted + 1)}),
        rejected=(),
        warnings=(),
        refused=(),
        rows_total=accepted + refused,
        decoding=None,
        completeness="snapshot",
        academic_year=2025,
        last_week=MONDAY,
        units=100,
        one_code=False,
    )
    return replace(made, **overrides)


def earlier(**overrides: Any) -> Earlier:
    return replace(Earlier(delivery_seq=1, units=100, last_week=MONDAY), **overrides)


def test_an_ordinary_file_goes_on() -> None:
    """With or without a delivery before it."""
    assert reason_to_hold(parsed(), None) is None
    assert reason_to_hold(parsed(), earlier()) is None


@pytest.mark.parametrize(
    ("accepted", "refused", "held"), [(10, 5, False), (10, 6, True), (490, 10, False), (489, 11, True)]
)
def test_too_many_refused_rows(accepted: int, refused: int, *, held: bool) -> None:
    """More than five, and more than 2%."""
    reason = reason_to_hold(parsed(accepted=accepted, refused=refused), None)

    assert reason == ("TOO_MANY_REFUSED" if held else None)


@pytest.mark.parametrize(
    ("before", "now", "held"), [(100, 80, False), (100, 79, True), (100, 120, False), (100, 121, True), (19, 1, False)]
)
def test_a_changed_number_of_pupils(before: int, now: int, *, held: bool) -> None:
    """More than a fifth either way, where there were twenty or more."""
    reason = reason_to_hold(parsed(units=now), earlier(units=before))

    assert reason == ("COUNT_CHANGED" if held else None)


def test_an_earlier_last_week() -> None:
    """An export that ends before the last delivery of its year does."""
    assert reason_to_hold(parsed(last_week=date(2025, 12, 15)), earlier()) == "F10_OLDER_EXPORT"


def test_one_code_for_a_whole_school() -> None:
    """What the feed has found in the latest week."""
    assert reason_to_hold(parsed(one_code=True), None) == "V40_ONE_CODE"


def test_a_file_with_only_a_header() -> None:
    """Of every dataset but exclusions."""
    assert reason_to_hold(parsed(accepted=0, units=0), None) == "F02_HEADER_ONLY"


def test_exclusions_never_wait() -> None:
    """Whatever is odd about the file, its good rows go on."""
    odd = parsed(dataset="exclusions", accepted=1, refused=50, units=1, one_code=True)

    assert reason_to_hold(odd, earlier()) is None
    assert reason_to_hold(parsed(dataset="exclusions", accepted=0), None) is None
