"""Producers and consumers meet in bytes alone: every consumer takes every example of every topic that it reads.

And each view of `reporting` has the columns that others rely on.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from consumers.runtime.work import Delivery, Records, Work
from deploy.roles import CONSUMERS, consumer
from schemas import codec
from schemas.events import ROW_RECORDS, DeliveryBegun, Event
from schemas.process.kafka import Record
from schemas.topics import TOPIC_OF_DATASET, topics
from tests.support.consumer_database import ConsumerDatabase, consumer_database, settings_for
from tests.support.examples import event, example_names, frame

READ = [(name, topic) for name in CONSUMERS for topic in consumer(name, settings_for("")).topics]
BEGUN = event("DeliveryBegun.v1/attendance")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = 'reporting' AND a.attnum > 0 ORDER BY c.relname, a.attnum"""
VIEWS = Path(__file__).with_name("views.tsv")


def example_work(topic: str) -> Work:
    """All examples that travel on a topic, as the engine would give them."""
    if not topics()[topic].carries_deliveries:
        events = [event(name) for name in example_names() if name.partition(".")[0] in topics()[topic].records]
        return Records(topic, 0, len(events), tuple(record(topic, offset, one) for offset, one in enumerate(events)))
    dataset = next(dataset for dataset, carrying in TOPIC_OF_DATASET.items() if carrying == topic)
    rows = frame(ROW_RECORDS[dataset])
    assert isinstance(BEGUN, DeliveryBegun)
    sender = str(rows["dfe_no"][0]) if dataset in {"attendance", "exclusions"} else "council"
    begun = replace(BEGUN, sender=sender, dataset=dataset, delivery_seq=int(rows["delivery_seq"][0]), rows=rows.height)
    return Delivery(topic, 0, rows.height + 2, begun, rows)


def contents(database: ConsumerDatabase) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables of the consumer's schema."""
    tables = [name for (name,) in database.rows(TABLES)]
    return {name: sorted(database.rows(f'SELECT t::text FROM "{name}" t')) for name in tables}


def record(topic: str, offset: int, one: Event) -> Record:
    """One single record as it is read."""
    return Record(topic, 0, offset, f"8309996/{offset}", codec.encode(one), {})


@pytest.mark.backends
@pytest.mark.parametrize(("name", "topic"), READ)
def test_a_consumer_takes_every_example_of_a_topic(database_dsn: str, name: str, topic: str) -> None:
    """The examples are applied, and applied again, without an error and without a second effect."""
    with consumer_database(database_dsn, consumer(name, settings_for(database_dsn))) as database:
        database.apply(example_work(topic))
        once = contents(database)
        database.apply(example_work(topic))

        assert contents(database) == once


@pytest.mark.backends
def test_the_views_have_the_columns_that_others_rely_on(database_dsn: str) -> None:
    """Names, order and types are those of the contract (`views.tsv`)."""
    expected = [tuple(line.split("\t")) for line in VIEWS.read_text(encoding="utf-8").splitlines()[1:]]

    with consumer_database(database_dsn, consumer("intake", settings_for(database_dsn))) as database:
        actual = database.rows(COLUMNS)

    assert actual == expected
