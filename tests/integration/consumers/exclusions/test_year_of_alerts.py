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


class Subscriber:
    """One who reads on where it stopped, and keeps what no other alert supersedes."""

    def __init__(self, database: ConsumerDatabase) -> None:
        self._database = database
        self._read = 0
        self._current: dict[str, ExclusionAlert] = {}

    def current(self) -> Counter[tuple[tuple[str, Any], ...]]:
        """What every current alert says."""
        for number, value in self._database.rows("SELECT id, value FROM outbox WHERE id > $1 ORDER BY id", self._read):
            alert = codec.decode(value, ExclusionAlert)
            for superseded in alert.supersedes:
                del self._current[superseded]
            self._current[alert.alert_id] = alert
            self._read = number
        return Counter(tuple(sorted(_said(alert).items())) for alert in self._current.values())


def _said(event: ExclusionAlert) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__ if name not in NOT_SAID}


def test_the_current_alerts_of_a_year(exclusions: ConsumerDatabase) -> None:
    """After each week: 0 missed, 0 twice, 0 wrong dates, whatever came before and however often."""
    year = Year(13, schools=3, children=24)
    oracle, subscriber = AlertOracle(year.first_calendar), Subscriber(exclusions)
    exclusions.apply(year.calendar().work)
    for week in range(1, WEEKS + 1):
        for news in year.week(week):
            exclusions.apply(news.work)
            news.tell(oracle)

        assert subscriber.current() == oracle.current(), f"week {week}"
