"""From the outbox to Kafka: every record once, whatever dies in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

from consumers.runtime.errors import FatalError, RetryableError
from consumers.runtime.migrations import migrate
from consumers.runtime.outbox import Outgoing, enqueue
from consumers.runtime.postgres import connect
from consumers.runtime.publishing import Publisher
from consumers.runtime.relay import NAME, relay
from schemas.process.kafka import Record, TransactionalProducer, read_to_end
from schemas.process.settings import Secret, Settings
from schemas.topics import ALERTS
from tests.support.running import Running, ask
from tests.support.waiting import wait_until

TIMEOUT_S = 30.0
SCHEMAS = ("tally",)
RELAYS = f"datname = current_database() AND application_name = 'pupilstream {NAME}'"


def started(settings: Settings, give_up_after_s: float = 20.0) -> Running:
    """A relay at work."""
    return Running(lambda stop: relay(settings, SCHEMAS, stop, give_up_after_s=give_up_after_s))


def outgoing(*numbers: int) -> list[Outgoing]:
    """Alerts to send, with headers."""
    return [
        Outgoing(ALERTS, 0, "8309996", f"alert {n}".encode(), f"alert-{n}", {"ce_id": f"alert-{n}"}) for n in numbers
    ]


def queue(settings: Settings, *numbers: int) -> None:
    """Put alerts into the outbox, as a consumer's transaction does."""

    async def put() -> None:
        connection = await connect(settings, "tally")
        await migrate(connection, "tally", "tests.support.tally")
        async with connection.transaction():
            await enqueue(connection, outgoing(*numbers))
        await connection.close()

    asyncio.run(put())


def sent(settings: Settings) -> list[Record]:
    """What subscribers see."""
    return list(read_to_end(settings, ALERTS))


def values(settings: Settings) -> list[bytes | None]:
    """The values that subscribers see, in order."""
    return [record.value for record in sent(settings)]


def wait_until_marked(settings: Settings, count: int) -> None:
    """Wait until so many records are marked as published, and none waits."""
    query = "SELECT count(published_at), count(*) FROM outbox"
    wait_until(
        lambda: ask(settings, "tally", query) == [(count, count)], timeout_s=TIMEOUT_S, what=f"{count} marked records"
    )


async def publish_and_die(settings: Settings) -> None:
    """Publish the first batch and end before it is marked."""
    connection = await connect(settings, NAME)
    with TransactionalProducer(settings, NAME) as producer:
        publisher = Publisher(settings, SCHEMAS, connection, producer)
        rows = await connection.fetch("SELECT * FROM tally.outbox ORDER BY id")
        publisher._send(rows)
    connection.terminate()


def test_records_are_published_in_order(settings: Settings) -> None:
    """What is queued reaches the topic in the order of the outbox, with its headers and its key, and is marked."""
    queue(settings, 3, 1, 2)

    with started(settings):
        wait_until_marked(settings, 3)

    records = sent(settings)
    assert [record.value for record in records] == [b"alert 3", b"alert 1", b"alert 2"]
    assert records[0].headers == {"ce_id": "alert-3", "outbox_key": "alert-3"}
    assert records[0].key == "8309996"


def test_what_is_queued_while_it_runs_is_published(settings: Settings) -> None:
    """The relay is told of what a transaction queues, and publishes it after what was there."""
    queue(settings, 1)

    with started(settings):
        wait_until_marked(settings, 1)
        queue(settings, 2)
        wait_until_marked(settings, 2)

    assert values(settings) == [b"alert 1", b"alert 2"]


def test_the_same_record_is_queued_once(settings: Settings) -> None:
    """A fact that is queued again, because its work was applied again, is published once."""
    queue(settings, 1)
    queue(settings, 1, 2)

    with started(settings):
        wait_until_marked(settings, 2)

    assert values(settings) == [b"alert 1", b"alert 2"]


def test_the_moment_of_publication_is_the_clocks(settings: Settings) -> None:
    """`published_at` carries the date by which the installation judges."""
    queue(settings, 1)
    moved = replace(settings, today=date(2027, 1, 4))

    with started(moved):
        wait_until_marked(settings, 1)

    assert ask(settings, "tally", "SELECT published_at::date FROM outbox") == [(date(2027, 1, 4),)]


def test_of_a_published_record_only_its_key_and_the_moment_are_kept(settings: Settings) -> None:
    """What it says is in the topic now; the key still keeps the same fact from being queued again."""
    queue(settings, 1)
    with started(settings):
        wait_until_marked(settings, 1)
    queue(settings, 1)

    kept = ask(settings, "tally", "SELECT key, value, headers, outbox_key, published_at IS NOT NULL FROM outbox")
    assert kept == [("", None, "{}", "alert-1", True)]


def test_a_crash_before_marking_sends_nothing_twice(settings: Settings) -> None:
    """What is in the topic, but not marked, is marked by the next relay, and not sent again."""
    queue(settings, 1, 2)
    asyncio.run(publish_and_die(settings))
    queue(settings, 3)

    with started(settings):
        wait_until_marked(settings, 3)

    assert values(settings) == [b"alert 1", b"alert 2", b"alert 3"]


def test_an_open_transaction_of_a_dead_relay_is_not_seen(settings: Settings) -> None:
    """What a relay had sent, but not committed, when it died is aborted by the next one and sent once."""
    queue(settings, 1)
    dead = TransactionalProducer(settings, NAME)
    dead.__enter__()
    dead.begin()
    dead.send_one(ALERTS, 0, "8309996", b"alert 1", {"outbox_key": "alert-1"})
    dead.flush()

    with started(settings):
        wait_until_marked(settings, 1)

    assert values(settings) == [b"alert 1"]
    dead.close()


def test_a_relay_that_was_slow_once_goes_on(settings: Settings) -> None:
    """A relay that has lost its epoch, but not its lock, opens a new producer and loses nothing."""
    queue(settings, 1)
    with started(settings):
        wait_until_marked(settings, 1)
        fence(settings)
        queue(settings, 2)
        wait_until_marked(settings, 2)

    assert values(settings) == [b"alert 1", b"alert 2"]


def test_a_relay_that_is_fenced_again_stops(settings: Settings) -> None:
    """Two relays that fence one another must not go on: somebody else uses this broker's topics."""
    queue(settings, 1)
    with started(settings) as running:
        wait_until_marked(settings, 1)
        fence(settings)
        queue(settings, 2)
        wait_until_marked(settings, 2)
        fence(settings)
        queue(settings, 3)
        error = running.failure()

    assert isinstance(error, FatalError)
    assert values(settings) == [b"alert 1", b"alert 2"]


def test_a_second_relay_waits(settings: Settings) -> None:
    """While one relay works, another one does nothing; when the first has ended, it takes over."""
    queue(settings, 1)
    with started(settings) as first:
        wait_until_marked(settings, 1)
        with started(settings):
            queue(settings, 2)
            wait_until_marked(settings, 2)
            wait_until(lambda: one_waits(settings), timeout_s=TIMEOUT_S, what="the second relay")
            first.end()
            queue(settings, 3)
            wait_until_marked(settings, 3)

    assert values(settings) == [b"alert 1", b"alert 2", b"alert 3"]


def test_a_database_that_comes_back(settings: Settings) -> None:
    """A relay whose connection was cut opens another one and goes on."""
    queue(settings, 1)
    with started(settings):
        wait_until_marked(settings, 1)
        ask(settings, "tally", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {RELAYS}")
        queue(settings, 2)
        wait_until_marked(settings, 2)

    assert values(settings) == [b"alert 1", b"alert 2"]


def test_a_database_that_stays_away_is_given_up(settings: Settings) -> None:
    """When patience ends, the relay ends with the error."""
    elsewhere = replace(settings, postgres=Secret("postgresql://127.0.0.1:1/none"))
    with started(elsewhere, give_up_after_s=0.5) as running:
        error = running.failure()

    assert isinstance(error, RetryableError)


def one_waits(settings: Settings) -> bool:
    """Whether two relays are connected, of which one is the relay."""
    query = f"""
        SELECT count(DISTINCT pid), count(locktype)
        FROM pg_stat_activity LEFT JOIN pg_locks USING (pid)
        WHERE {RELAYS} AND (locktype IS NULL OR locktype = 'advisory' AND granted)
    """
    return ask(settings, "tally", query) == [(2, 1)]


def fence(settings: Settings) -> None:
    """Take the relay's transactional id away."""
    with TransactionalProducer(settings, NAME):
        pass
