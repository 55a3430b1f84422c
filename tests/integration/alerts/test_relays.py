"""Several relays at once, of which some sleep: one publishes at a time, and each alert is told once."""

from __future__ import annotations

import os
import signal
from multiprocessing.context import ForkServerProcess

import psutil
import pytest

from schemas.process.kafka import TransactionalProducer
from schemas.process.settings import Settings
from tests.support.mortal import mortal_relay, wait_until_killed
from tests.support.running import ask
from tests.support.telling import (
    OUTBOXES,
    TIMEOUT_S,
    assert_told_once,
    exclusions_at_work,
    publish_one_more,
    publish_suspensions,
    relay_at_work,
    wait_until_published,
)
from tests.support.waiting import wait_until

pytestmark = pytest.mark.backends

ALERTS = 6
KAFKA = "schemas.process.kafka:TransactionalProducer"
OURS = "datname = current_database() AND application_name = 'pupilstream relay'"
CONNECTED = f"SELECT count(*) FROM pg_stat_activity WHERE {OURS}"
HOLDER = f"""
    SELECT client_port FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE {OURS} AND locktype = 'advisory' AND granted"""


def wait_until_asleep(process: ForkServerProcess) -> None:
    """Return when it has been stopped."""
    assert process.pid is not None
    found = psutil.Process(process.pid)
    wait_until(lambda: found.status() == psutil.STATUS_STOPPED, timeout_s=TIMEOUT_S, what="a sleeping relay")


def wake(process: ForkServerProcess) -> None:
    """Let it go on."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGCONT)


@pytest.mark.parametrize("moment", ["commit before 1", "commit after 1", "begin before 1"])
def test_a_relay_that_slept_while_another_took_over_adds_nothing(
    settings: Settings, producer: TransactionalProducer, moment: str
) -> None:
    """With an open transaction, an unmarked or an unbegun one: it finds itself replaced, and waits for its turn."""
    publish_suspensions(producer)
    with (
        exclusions_at_work(settings),
        mortal_relay(settings, OUTBOXES, lease_s=3, at=f"{KAFKA}.{moment}", by=signal.SIGSTOP) as old,
    ):
        wait_until_asleep(old)
        with relay_at_work(settings):
            wait_until_published(settings, ALERTS)
            wake(old)
            publish_one_more(producer, 1)
            wait_until_published(settings, ALERTS + 1)
            wait_until(lambda: ask(settings, "public", CONNECTED) == [(2,)], timeout_s=TIMEOUT_S, what="the old relay")

        publish_one_more(producer, 2)
        wait_until_published(settings, ALERTS + 2)

    assert_told_once(settings, ALERTS + 2)


def test_of_two_relays_started_at_once_one_publishes(settings: Settings, producer: TransactionalProducer) -> None:
    """When the one that does is killed, the other one goes on where it was."""
    publish_suspensions(producer)
    with (
        exclusions_at_work(settings),
        mortal_relay(settings, OUTBOXES) as first,
        mortal_relay(settings, OUTBOXES) as second,
    ):
        for number in range(10):
            publish_one_more(producer, number)
        wait_until_published(settings, ALERTS + 10)
        wait_until(lambda: ask(settings, "public", CONNECTED) == [(2,)], timeout_s=TIMEOUT_S, what="both relays")
        kill_the_holder(settings, first, second)
        publish_one_more(producer, 10)
        wait_until_published(settings, ALERTS + 11)

    assert_told_once(settings, ALERTS + 11)


def kill_the_holder(settings: Settings, *relays: ForkServerProcess) -> None:
    """SIGKILL the relay whose connection has the lock."""
    ((port,),) = ask(settings, "public", HOLDER)
    doomed = next(one for one in relays if port in local_ports(one))
    doomed.kill()
    wait_until_killed(doomed)


def local_ports(process: ForkServerProcess) -> set[int]:
    """The ports on its side of its connections."""
    return {one.laddr.port for one in psutil.Process(process.pid).net_connections(kind="inet")}
