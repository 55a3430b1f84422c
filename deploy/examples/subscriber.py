"""Alerts about suspended children, one JSON line each.

pip install confluent-kafka fastavro; python subscriber.py HOST:PORT TEAM ExclusionAlert.v1.avsc [TOPIC]
"""  # noqa: INP001 - a script, no package

import io
import json
import sys

import fastavro
from confluent_kafka import Consumer

broker, team, schema_file, topic = [*sys.argv[1:], "exclusions.alerts.v1"][:4]
schema = fastavro.schema.load_schema(schema_file)
consumer = Consumer(
    {
        "bootstrap.servers": broker,
        "group.id": team,  # each team has its own: what one has read, another has not
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "session.timeout.ms": 6000,  # after a crash the next one waits no longer
    }
)
consumer.subscribe([topic])
while True:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if message.error():
        sys.exit(f"Kafka: {message.error()}")
    # Five bytes of framing, then Avro; what a newer schema adds stands behind what this one knows.
    alert = fastavro.schemaless_reader(io.BytesIO((message.value() or b"")[5:]), schema)
    sys.stdout.write(json.dumps(alert, default=str) + "\n")  # your work goes here; alert_id tells a repeat
    sys.stdout.flush()
    consumer.commit(message=message, asynchronous=False)  # after the work: a crash repeats it, and never loses it
