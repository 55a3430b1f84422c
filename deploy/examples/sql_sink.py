"""The alerts topic as a table of your own, exact whatever is killed.

pip install asyncpg confluent-kafka fastavro; python sql_sink.py HOST:PORT DSN ExclusionAlert.v1.avsc [TOPIC]
Each batch and the position after it are committed in one transaction of your database, which alone says how far you
have read.
"""  # noqa: INP001 - a script, no package

import asyncio
import io
import json
import sys
from typing import Any

import asyncpg
import fastavro
from confluent_kafka import Consumer, Message, TopicPartition

MAKE = """
CREATE TABLE IF NOT EXISTS alert (
    alert_id text PRIMARY KEY,
    kind text NOT NULL,
    due_date date,
    pupil_id text,
    dfe_no text NOT NULL,
    superseded boolean NOT NULL DEFAULT false, -- the current alerts are those where it is false
    content jsonb NOT NULL
);
CREATE TABLE IF NOT EXISTS alert_position (topic text PRIMARY KEY, next bigint NOT NULL);
"""
BEGIN = "INSERT INTO alert_position VALUES ($1, 0) ON CONFLICT DO NOTHING"
READ = "SELECT next FROM alert_position WHERE topic = $1"
MOVE = "UPDATE alert_position SET next = $3 WHERE topic = $1 AND next = $2 RETURNING next"
KEEP = """
INSERT INTO alert (alert_id, kind, due_date, pupil_id, dfe_no, content) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING"""
SUPERSEDE = "UPDATE alert SET superseded = true WHERE alert_id = ANY ($1::text[])"


async def main(broker: str, dsn: str, schema_file: str, topic: str = "exclusions.alerts.v1") -> None:
    """Read on from where the database says, until killed."""
    schema = fastavro.schema.load_schema(schema_file)
    connection = await asyncpg.connect(dsn)
    await connection.execute(MAKE)
    await connection.execute(BEGIN, topic)
    position = await connection.fetchval(READ, topic)
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": "alerts-sink",  # the library wants one; nothing is kept in it
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest" if position == 0 else "error",
        }
    )
    consumer.assign([TopicPartition(topic, 0, position)])
    while True:
        messages = consumer.consume(500, 0.5)
        if messages:
            position = await keep(connection, topic, position, messages, schema)


async def keep(connection: Any, topic: str, position: int, messages: list[Message], schema: Any) -> int:
    """Rows and position together or not at all; the new position."""
    for message in messages:
        if message.error() is not None:
            sys.exit(f"Kafka: {message.error()}")
    after = (messages[-1].offset() or 0) + 1
    alerts = [content(one, schema) for one in messages]
    async with connection.transaction():
        if await connection.fetchval(MOVE, topic, position, after) is None:
            sys.exit("Another sink writes into this table: stop one of the two.")
        await connection.executemany(KEEP, map(row, alerts))
        await connection.execute(SUPERSEDE, [old for one in alerts for old in one["supersedes"]])
    return after


def content(message: Message, schema: Any) -> Any:
    """Five bytes of framing, then Avro; what a newer schema adds stands behind what this one knows."""
    return fastavro.schemaless_reader(io.BytesIO((message.value() or b"")[5:]), schema)


def row(alert: dict[str, Any]) -> tuple[Any, ...]:
    """The columns of one alert, and all of it as JSON."""
    columns = (alert[name] for name in ("alert_id", "kind", "due_date", "pupil_id", "dfe_no"))
    return (*columns, json.dumps(alert, default=str))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
