"""Stands in for `kcat` where it is not installed: those of its options that our example uses, on the same library.

Any other option is an error, so that the example cannot come to need what nobody has run.
"""

from __future__ import annotations

import argparse
import sys

from confluent_kafka import Consumer, KafkaError, TopicPartition

from schemas.process.kafka import Record, record_of


def main() -> None:
    """Print a topic from its beginning to its end."""
    parser = argparse.ArgumentParser(prog="kcat", allow_abbrev=False)
    parser.add_argument("-b", dest="broker", required=True)
    parser.add_argument("-C", dest="consumes", action="store_true", required=True)
    parser.add_argument("-t", dest="topic", required=True)
    parser.add_argument("-o", dest="offset", choices=["beginning"], required=True)
    parser.add_argument("-e", dest="to_the_end", action="store_true", required=True)
    parser.add_argument("-q", dest="quiet", action="store_true", required=True)
    parser.add_argument("-X", dest="properties", action="append", default=[])
    parser.add_argument("-f", dest="format", required=True)
    asked = parser.parse_args()
    _print(asked.broker, asked.topic, dict(one.split("=", 1) for one in asked.properties), asked.format)


def _print(broker: str, topic: str, properties: dict[str, str], line: str) -> None:
    consumer = Consumer(
        {"bootstrap.servers": broker, "group.id": "kcat", "enable.partition.eof": True, "enable.auto.commit": False}
        | properties
    )
    unfinished = set(consumer.list_topics(topic, 10).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, partition, 0) for partition in unfinished])
    while unfinished:
        message = consumer.poll(10)
        assert message is not None, "the broker does not answer"
        error = message.error()
        if error is None:
            sys.stdout.write(_formatted(record_of(message, topic), line))
        else:
            assert error.code() == KafkaError._PARTITION_EOF, error.name()
            unfinished.discard(message.partition() or 0)
    consumer.close()


def _formatted(record: Record, line: str) -> str:
    told = {
        "%o": str(record.offset),
        "%k": record.key,
        "%h": ",".join(f"{name}={value}" for name, value in record.headers.items()),
        "\\t": "\t",
        "\\n": "\n",
    }
    for mark, text in told.items():
        line = line.replace(mark, text)
    return line


if __name__ == "__main__":
    main()
