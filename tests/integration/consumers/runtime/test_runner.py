"""The engine's promise: every committed record has its effect once, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from consumers.runtime.errors import FatalError, PoisonError, RetryableError
from consumers.runtime.runner import run
from consumers.runtime.work import Delivery, Work
from schemas.events import DeliveryBegun
from schemas.process.kafka import Admin, TransactionalProducer
from schemas.process.settings import Settings
from schemas.topics import ATTENDANCE, IDENTITIES, partition_of
from tests.support.running import Running, ask
from tests.support.streams import SCHOOL, attendance_rows, begun, block, publish, publish_delivery
from tests.support.tally import Mischief, Tally
from tests.support.waiting import wait_until

TIMEOUT_S = 30.0
PARTITION = partition_of(SCHOOL, 6)

Rows = list[tuple[Any, ...]]


def started(consumer: Tally, settings: Settings, give_up_after_s: float = 20.0) -> Running:
    """The consumer at work."""
    return Running(lambda stop: run(consumer, settings, stop, give_up_after_s=give_up_after_s))


def counted(settings: Settings) -> Rows:
    """Sender, delivery and number of rows of all that had its effect."""
    return ask(settings, "tally", "SELECT sender, delivery_seq, rows FROM tally ORDER BY 1, 2")


def position(settings: Settings) -> int | None:
    """The consumer's position on the school's partition."""
    found = ask(
        settings, "tally", "SELECT next FROM position WHERE topic = $1 AND partition = $2", ATTENDANCE, PARTITION
    )
    return int(found[0][0]) if found else None


def at_the_end(settings: Settings, topic: str = ATTENDANCE) -> bool:
    """Whether the consumer's positions are where committed reading ends, on every partition that has anything."""
    ends = {place: end for place, end in Admin(settings).end_offsets([topic]).items() if end}
    reached = ask(settings, "tally", "SELECT topic, partition, next FROM position WHERE topic = $1", topic)
    return ends == {(topic, partition): following for topic, partition, following in reached}


def wait_for_the_end(settings: Settings, topic: str = ATTENDANCE) -> None:
    """Wait until the consumer has all of a topic behind it."""
    wait_until(lambda: at_the_end(settings, topic), timeout_s=TIMEOUT_S, what="positions at the ends of the topic")


def consume_all(consumer: Tally, settings: Settings, topic: str = ATTENDANCE) -> None:
    """Let the consumer work until it has everything behind it."""
    with started(consumer, settings):
        wait_for_the_end(settings, topic)


def deliver(producer: TransactionalProducer, *sequence: int, **fields: Any) -> list[DeliveryBegun]:
    """Publish deliveries of a school with these numbers."""
    openings = [begun(delivery_seq=number, **fields) for number in sequence]
    for opening in openings:
        publish_delivery(producer, opening, attendance_rows(opening))
    return openings


def at(delivery_seq: int, act: Mischief, times: int = 1_000) -> Mischief:
    """Mischief at the first attempts at one delivery alone."""
    left = [times]

    async def mischief(connection: asyncpg.Connection, work: Work) -> None:
        if isinstance(work, Delivery) and work.begun.delivery_seq == delivery_seq and left[0]:
            left[0] -= 1
            await act(connection, work)

    return mischief


def raising(error: Exception) -> Mischief:
    """Mischief that raises."""

    async def mischief(_connection: asyncpg.Connection, _work: Work) -> None:
        raise error

    return mischief


def telling(statement: str) -> Mischief:
    """Mischief that has the server do it."""

    async def mischief(connection: asyncpg.Connection, _work: Work) -> None:
        await connection.execute(statement)

    return mischief


CONFLICT = telling("DO $$ BEGIN RAISE EXCEPTION 'lost against another' USING ERRCODE = '40001'; END $$")
CUT_OFF = telling("SELECT pg_terminate_backend(pg_backend_pid())")


def test_deliveries_have_their_effect(settings: Settings, producer: TransactionalProducer) -> None:
    """Every delivery of every partition is counted and noted, and the positions stand at the ends of the topic."""
    for number in range(12):
        deliver(producer, 1, 2, sender=f"83000{number:02d}")

    consume_all(Tally(), settings)

    expected = [(f"83000{number:02d}", seq, 3) for number in range(12) for seq in (1, 2)]
    assert expected == counted(settings)
    noted = ask(
        settings, "tally", "SELECT sender, delivery_seq, 3 FROM applied WHERE dataset = 'attendance' ORDER BY 1, 2"
    )
    assert expected == noted


def test_positions_stand_behind_aborted_transactions(settings: Settings, producer: TransactionalProducer) -> None:
    """What was aborted has no effect, but takes offsets, as control records do: the position stands behind them."""
    deliver(producer, 1)
    producer.begin()
    aborted = begun(delivery_seq=2)
    producer.send(ATTENDANCE, PARTITION, SCHOOL, list(block(aborted, attendance_rows(aborted))))
    producer.flush()
    producer.abort()

    consume_all(Tally(), settings)

    assert counted(settings) == [(SCHOOL, 1, 3)]


def test_a_crash_between_effect_and_commit_leaves_nothing(settings: Settings, producer: TransactionalProducer) -> None:
    """What dies after writing has written nothing, and the next start gives the effect once."""
    deliver(producer, 1, 2)
    with started(Tally(mischief=at(2, raising(ZeroDivisionError()))), settings) as running:
        error = running.failure()

    assert isinstance(error, ZeroDivisionError)
    assert counted(settings) == [(SCHOOL, 1, 3)]

    second = Tally()
    consume_all(second, settings)

    assert counted(settings) == [(SCHOOL, 1, 3), (SCHOOL, 2, 3)]
    assert [work.begun.delivery_seq for work in second.applied if isinstance(work, Delivery)] == [2]


def test_the_senders_lock_is_held(settings: Settings, producer: TransactionalProducer) -> None:
    """A delivery is applied while nobody else can hold its sender's lock."""
    held: list[int] = []

    async def look(connection: asyncpg.Connection, _work: Work) -> None:
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
        held.append(await connection.fetchval(query))

    deliver(producer, 1)
    consume_all(Tally(mischief=look), settings)

    assert held == [1]


def test_a_delivery_published_twice_has_one_effect(settings: Settings, producer: TransactionalProducer) -> None:
    """The same block again changes nothing, and is noted once."""
    deliver(producer, 1, 1)

    consume_all(Tally(), settings)

    assert counted(settings) == [(SCHOOL, 1, 3)]
    assert ask(settings, "tally", "SELECT count(*) FROM applied") == [(1,)]


@pytest.mark.parametrize("mischief", [CONFLICT, CUT_OFF], ids=["conflict", "connection lost"])
def test_an_infrastructure_error_is_tried_again(
    settings: Settings, producer: TransactionalProducer, mischief: Mischief
) -> None:
    """What the database could not do now is done later, once, and nothing is parked."""
    deliver(producer, 1, 2, 3)

    consume_all(Tally(mischief=at(2, mischief, times=2)), settings)

    assert counted(settings) == [(SCHOOL, 1, 3), (SCHOOL, 2, 3), (SCHOOL, 3, 3)]
    assert ask(settings, "tally", "SELECT * FROM parked") == []


def test_an_infrastructure_error_that_stays_stops_and_skips_nothing(
    settings: Settings, producer: TransactionalProducer
) -> None:
    """When patience ends, the error comes out of the loop and the position stands before what could not be done."""
    deliver(producer, 1)
    before_second = publish_delivery(producer, begun(delivery_seq=2), attendance_rows(begun(delivery_seq=2))) - 5
    with started(Tally(mischief=at(2, CONFLICT)), settings, give_up_after_s=0.5) as running:
        error = running.failure()

    assert isinstance(error, RetryableError)
    assert counted(settings) == [(SCHOOL, 1, 3)]
    assert (position(settings) or 0) <= before_second


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (raising(PoisonError("no_such_school", "it is not there")), "no_such_school"),
        (telling("INSERT INTO tally VALUES ('8309996', 99, 5000)"), "check_violation"),
    ],
    ids=["poison", "refused by a constraint"],
)
def test_poison_is_parked_and_passed_over(
    settings: Settings, producer: TransactionalProducer, act: Mischief, reason: str
) -> None:
    """A delivery that can never be applied is noted with its place and reason, without effect; the next goes on."""
    deliver(producer, 1, 2, 3)

    consume_all(Tally(mischief=at(2, act)), settings)

    assert counted(settings) == [(SCHOOL, 1, 3), (SCHOOL, 3, 3)]
    parked = ask(
        settings, "tally", 'SELECT topic, partition, "offset", sender, dataset, delivery_seq, reason FROM parked'
    )
    assert parked == [(ATTENDANCE, PARTITION, 6, SCHOOL, "attendance", 2, reason)]


def test_too_much_poison_in_a_row_stops(settings: Settings, producer: TransactionalProducer) -> None:
    """After as many parked in a row as the limit allows, the next one stops the consumer and stays in front of it."""
    deliver(producer, 1, 2, 3, 4)
    with started(Tally(mischief=raising(PoisonError("bad_release", "all is bad"))), settings) as running:
        error = running.failure()

    assert isinstance(error, FatalError)
    assert ask(settings, "tally", "SELECT delivery_seq FROM parked ORDER BY 1") == [(1,), (2,)]
    assert position(settings) == 11


def test_one_poisonous_record_is_parked_alone(settings: Settings, producer: TransactionalProducer) -> None:
    """Of single records that arrive together only the one that is refused is passed over."""
    producer.begin()
    for number in range(5):
        producer.send(IDENTITIES, 0, f"key {number}", [b"value"])
    producer.commit()

    async def mischief(_connection: asyncpg.Connection, work: Work) -> None:
        if not isinstance(work, Delivery) and any(record.key == "key 3" for record in work.records):
            raise PoisonError("unknown", "never")

    consume_all(Tally((IDENTITIES,), mischief), settings, IDENTITIES)

    seen = ask(settings, "tally", "SELECT key FROM seen ORDER BY 1")
    assert seen == [("key 0",), ("key 1",), ("key 2",), ("key 4",)]
    assert ask(settings, "tally", 'SELECT "offset", reason FROM parked') == [(3, "unknown")]


def test_a_torn_block_is_an_incident(settings: Settings, producer: TransactionalProducer) -> None:
    """A block that lacks a row has no effect, is written down as an incident, and the next one goes on."""
    opening = begun()
    publish(producer, opening, block(opening, attendance_rows(opening))[1:])
    deliver(producer, 2)

    consume_all(Tally(), settings)

    assert counted(settings) == [(SCHOOL, 2, 3)]
    assert ask(settings, "tally", 'SELECT "offset", reason FROM incident') == [(0, "no_begin")]


def test_another_owner_is_noticed(settings: Settings, producer: TransactionalProducer) -> None:
    """Where the position has moved from under it, the consumer reads on from there; the second time it stops."""
    deliver(producer, 1)
    move = "UPDATE position SET next = 0 WHERE partition = $1"
    consumer = Tally()
    with started(consumer, settings) as running:
        wait_for_the_end(settings)
        ask(settings, "tally", move, PARTITION)
        deliver(producer, 2)
        wait_for_the_end(settings)
        ask(settings, "tally", move, PARTITION)
        deliver(producer, 3)
        error = running.failure()

    assert isinstance(error, FatalError)
    assert counted(settings) == [(SCHOOL, 1, 3), (SCHOOL, 2, 3)]
    assert [work.begun.delivery_seq for work in consumer.applied[:3] if isinstance(work, Delivery)] == [1, 1, 2]


def test_a_lost_position_stops(settings: Settings, producer: TransactionalProducer) -> None:
    """A consumer whose position has left its topic stops instead of going on with what is there."""
    deliver(producer, 1)
    consume_all(Tally(), settings)
    deliver(producer, 2, 3)
    admin = AdminClient({"bootstrap.servers": settings.kafka})
    name = settings.topic(ATTENDANCE)
    for done in admin.delete_records([TopicPartition(name, PARTITION, 16)]).values():
        done.result()
    with started(Tally(), settings) as running:
        error = running.failure()

    assert isinstance(error, FatalError)
    assert counted(settings) == [(SCHOOL, 1, 3)]


def test_a_fresh_consumer_begins_where_the_topic_does(settings: Settings, producer: TransactionalProducer) -> None:
    """Without positions everything that the topic still holds is applied, whatever the broker knows of the group."""
    deliver(producer, 1, 2, 3)
    consume_all(Tally(), settings)
    ask(settings, "tally", "DROP SCHEMA tally CASCADE")
    admin = AdminClient({"bootstrap.servers": settings.kafka})
    for done in admin.delete_records([TopicPartition(settings.topic(ATTENDANCE), PARTITION, 6)]).values():
        done.result()

    consume_all(Tally(), settings)

    assert counted(settings) == [(SCHOOL, 2, 3), (SCHOOL, 3, 3)]


def test_a_second_process_of_the_same_name_ends_the_first(settings: Settings, producer: TransactionalProducer) -> None:
    """A member that takes another's place is the only one left, and goes on."""
    deliver(producer, 1)
    with started(Tally(), settings) as first:
        wait_for_the_end(settings)
        with started(Tally(), settings):
            error = first.failure()
            deliver(producer, 2)
            wait_for_the_end(settings)

    assert isinstance(error, FatalError)
    assert counted(settings) == [(SCHOOL, 1, 3), (SCHOOL, 2, 3)]


def test_two_instances_share_the_partitions(settings: Settings, producer: TransactionalProducer) -> None:
    """Instances of one consumer divide the work, hand it over, and nothing is done twice or left out."""
    senders = [f"83000{number:02d}" for number in range(24)]
    one, other = Tally(), Tally()
    with started(one, settings):
        for sender in senders[:12]:
            deliver(producer, 1, sender=sender)
        with started(other, replace(settings, instance="2")):
            wait_until(is_shared(settings, producer, one, other), timeout_s=TIMEOUT_S, what="work for both")
            for sender in senders[12:]:
                deliver(producer, 1, sender=sender)
            wait_for_the_end(settings)
    shared = ask(settings, "tally", "SELECT sender FROM tally WHERE sender LIKE '83000%' ORDER BY 1")

    assert [(sender,) for sender in senders] == shared


def is_shared(settings: Settings, producer: TransactionalProducer, one: Tally, other: Tally) -> Callable[[], bool]:
    """Whether both instances have had work; each question gives a little more of it."""
    numbers = iter(range(1, 100_000))

    def check() -> bool:
        number = next(numbers)
        deliver(producer, number, sender=f"84{number % 6:05d}")
        wait_for_the_end(settings)
        return bool(one.applied) and bool(other.applied)

    return check
