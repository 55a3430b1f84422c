"""A year of corrections, moves, late matches and changes of care: the current alerts are those of an oracle."""

from __future__ import annotations

from collections import Counter
from typing import Any

from schemas import codec
from schemas.events import ExclusionAlert
from tests.support.alert_oracle import AlertOracle
from tests.support.consumer_database import ConsumerDatabase
from tests.support.suspension_stories import WEEKS, Year

NOT_SAID = {"alert_id", "version", "supersedes", "raised_at", "row"}
"""What tells one telling from another."""


def current(database: ConsumerDatabase) -> Counter[tuple[tuple[str, Any], ...]]:
    """What every alert says that no other supersedes, as the outbox holds them for subscribers."""
    events = [codec.decode(value, ExclusionAlert) for (value,) in database.rows("SELECT value FROM outbox")]
    superseded = {alert_id for event in events for alert_id in event.supersedes}
    standing = (event for event in events if event.alert_id not in superseded)
    return Counter(tuple(sorted(_said(event).items())) for event in standing)


def _said(event: ExclusionAlert) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__ if name not in NOT_SAID}


def test_the_current_alerts_of_a_year(exclusions: ConsumerDatabase) -> None:
    """After each week: 0 missed, 0 twice, 0 wrong dates, whatever came before and however often."""
    year = Year(13, schools=3, children=24)
    oracle = AlertOracle(year.first_calendar)
    exclusions.apply(year.calendar().work)
    for week in range(1, WEEKS + 1):
        for news in year.week(week):
            exclusions.apply(news.work)
            news.tell(oracle)

        assert current(exclusions) == oracle.current(), f"week {week}"
