"""The fixtures that every integration test stands on."""

from __future__ import annotations

import asyncio

import asyncpg
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic


def test_each_test_has_a_database_of_its_own(database_dsn: str, template_database: str) -> None:
    """A test's database is a fresh one, cloned from the template."""

    async def name() -> str:
        connection = await asyncpg.connect(database_dsn)
        try:
            found: str = await connection.fetchval("SELECT current_database()")
            return found
        finally:
            await connection.close()

    found = asyncio.run(name())

    assert database_dsn.endswith(f"/{found}")
    assert template_database != found


def test_topics_are_made_below_the_prefix_of_the_test(kafka_address: str, topic_prefix: str) -> None:
    """The broker of the run takes a topic of the test's own."""
    admin = AdminClient({"bootstrap.servers": kafka_address})
    topic = f"{topic_prefix}rows.v1"

    admin.create_topics([NewTopic(topic, num_partitions=2)])[topic].result()

    assert len(admin.list_topics(topic, timeout=10).topics[topic].partitions) == 2
