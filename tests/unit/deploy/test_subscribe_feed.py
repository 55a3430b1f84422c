"""Which alerts a team is told, and what is current for it."""

from __future__ import annotations

import random
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import pytest

from deploy.subscribe.feed import Feed
from tests.support.alerts import alert


def ids(alerts: list[dict[str, Any]]) -> list[str]:
    """Their ids."""
    return [one["alert_id"] for one in alerts]


def take(feed: Feed, alert_id: str, *supersedes: str, told_before: bool = False, **fields: Any) -> None:
    """The next alert of the topic."""
    feed.take({**asdict(alert(alert_id, *supersedes, **fields)), "supersedes": [*supersedes]}, told_before=told_before)


def test_what_is_superseded_before_it_is_told_is_not_told() -> None:
    """A team that asks for the first time is told what is current."""
    feed = Feed()
    take(feed, "a")
    take(feed, "b", "a")
    take(feed, "c", "b")

    assert ids(feed.due()) == ["c"]
    assert ids(feed.current()) == ["c"]


def test_what_supersedes_something_told_is_told_although_it_is_not_current() -> None:
    """Otherwise the team would keep for current what it was told first."""
    feed = Feed()
    take(feed, "a", told_before=True)
    take(feed, "b", "a")
    take(feed, "c", "b")

    assert ids(feed.due()) == ["b", "c"]


def test_each_alert_is_due_once() -> None:
    """What was told is not told again; what follows is."""
    feed = Feed()
    take(feed, "a")
    assert ids(feed.due()) == ["a"]
    take(feed, "b")

    assert ids(feed.due()) == ["b"]


def test_another_kind_is_told_only_where_it_replaces_one_asked_for() -> None:
    """A team that asked for one kind must learn that such an alert no longer holds."""
    feed = Feed(kinds=("SUSPENSION_STARTED",))
    take(feed, "a", kind="SUSPENSION_STARTED")
    take(feed, "d", kind="DAY_SIX_DUE")
    first = ids(feed.due())
    take(feed, "b", "a", kind="SUSPENSION_CHANGED")
    take(feed, "e", "d", kind="SUSPENSION_CHANGED")

    assert (first, ids(feed.due()), ids(feed.current())) == (["a"], ["b"], [])


def test_since_goes_by_the_day_in_london() -> None:
    """Half past midnight of British summer time is the new day, though not in UTC."""
    feed = Feed(since=date(2026, 9, 18))
    take(feed, "old", raised_at=datetime(2026, 9, 17, 22, 30, tzinfo=UTC))
    take(feed, "new", raised_at=datetime(2026, 9, 17, 23, 30, tzinfo=UTC))

    assert ids(feed.due()) == ["new"]


def test_current_alerts_stand_by_due_date() -> None:
    """The soonest first, those without a date last."""
    feed = Feed()
    take(feed, "none", due_date=None)
    take(feed, "later", due_date=date(2026, 9, 30))
    take(feed, "soon", due_date=date(2026, 9, 21))

    assert ids(feed.current()) == ["soon", "later", "none"]


@pytest.mark.parametrize("seed", range(20))
def test_whoever_takes_away_what_lines_supersede_ends_with_what_is_current(seed: int) -> None:
    """However the topic is cut into runs of the subscriber, and whatever kinds it asked for."""
    chance = random.Random(seed)
    kinds = ("A", "B", "C")
    history: list[tuple[str, list[str], str]] = []
    for number in range(60):
        open_ones = [name for name, *_ in history if not any(name in gone for _, gone, _ in history)]
        gone = chance.sample(open_ones, chance.randrange(min(3, len(open_ones) + 1)))
        history.append((f"{number:02}", gone, chance.choice(kinds)))
    asked = ("A",) if seed % 2 else ()
    held: set[str] = set()
    told = 0

    for end in [*sorted(chance.sample(range(1, 61), 5)), 60]:
        feed = Feed(kinds=asked)
        for place, (name, gone, kind) in enumerate(history[:end]):
            take(feed, name, *gone, kind=kind, told_before=place < told)
        for line in feed.due():
            held = (held - set(line["supersedes"])) | {line["alert_id"]}
        told = end

    superseded = {name for _, gone, _ in history for name in gone}
    kind_of = {name: kind for name, _, kind in history}
    current = {name for name in kind_of if name not in superseded and (not asked or kind_of[name] in asked)}
    assert {name for name in held if not asked or kind_of[name] in asked} == current == set(ids(feed.current()))
