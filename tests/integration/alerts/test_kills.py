"""Consumer and relay killed at every point between a suspension's effect and its alert: each alert is told once."""

from __future__ import annotations

import pytest

from schemas.process.kafka import TransactionalProducer
from schemas.process.settings import Settings
from tests.support.mortal import mortal_consumer, mortal_relay, wait_until_killed
from tests.support.telling import (
    OUTBOXES,
    assert_told_once,
    exclusions_at_work,
    publish_suspensions,
    relay_at_work,
    wait_until_published,
)

pytestmark = pytest.mark.backends

ALERTS = 6
KAFKA = "schemas.process.kafka:TransactionalProducer"
PUBLISHER = "consumers.runtime.publishing:Publisher"
STORE = "consumers.exclusions.store:Store"
POINTS_OF_THE_CONSUMER = {
    1: "consumers.exclusions.app:Exclusions.apply before 1",  # the position has moved, nothing is committed
    2: f"{STORE}.save_alerts before 1",  # the suspensions are written
    3: "consumers.runtime.outbox:enqueue before 1",  # the alerts are kept
    4: "consumers.runtime.outbox:enqueue after 1",  # and queued
    5: "consumers.exclusions.app:Exclusions.apply after 2",  # a second file: all is written, nothing is committed
    6: "consumers.runtime.parking:ParkedLimit.succeeded before 1",  # committed; the broker has not been told
}
POINTS_OF_THE_RELAY = {
    7: f"{PUBLISHER}.mark_what_is_there before 1",  # it has the lock and the transactional id
    8: f"{PUBLISHER}.mark_what_is_there after 1",  # it knows what the topic holds
    9: f"{KAFKA}.begin before 1",  # it has fetched
    10: f"{KAFKA}.begin after 1",
    11: f"{KAFKA}.send_one after 2",
    12: f"{KAFKA}.flush after 1",  # the broker has the records
    13: f"{KAFKA}.offset_after after 1",
    14: f"{KAFKA}.commit after 1",  # subscribers see them; nothing is marked
    15: f"{PUBLISHER}._mark after 2",
}
"""The steps of `Settlement` and of `Publisher._publish_batch`, in their order."""


@pytest.mark.parametrize("point", POINTS_OF_THE_CONSUMER)
def test_a_consumer_killed_between_effect_and_outbox_loses_and_doubles_nothing(
    settings: Settings, producer: TransactionalProducer, point: int
) -> None:
    """Effect, position and outbox are committed together or not at all."""
    publish_suspensions(producer)
    with mortal_consumer(settings, "exclusions", at=POINTS_OF_THE_CONSUMER[point]) as killed:
        wait_until_killed(killed)

    with exclusions_at_work(settings), relay_at_work(settings):
        wait_until_published(settings, ALERTS)

    assert_told_once(settings, ALERTS)


@pytest.mark.parametrize("point", POINTS_OF_THE_RELAY)
def test_a_relay_killed_between_outbox_and_topic_loses_and_doubles_nothing(
    settings: Settings, producer: TransactionalProducer, point: int
) -> None:
    """What the dead relay had sent is settled by its successor, which then reads what the topic holds."""
    publish_suspensions(producer)
    with exclusions_at_work(settings):
        with mortal_relay(settings, OUTBOXES, at=POINTS_OF_THE_RELAY[point]) as killed:
            wait_until_killed(killed)

        with relay_at_work(settings):
            wait_until_published(settings, ALERTS)

    assert_told_once(settings, ALERTS)
