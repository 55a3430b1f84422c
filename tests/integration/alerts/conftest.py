"""An installation of the test's own: topics, a database with tables and views, and what a watcher publishes with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.process.kafka import Admin, TransactionalProducer
from schemas.process.settings import Secret, Settings


@pytest.fixture(name="settings")
def _settings(tmp_path: Path, kafka_address: str, topic_prefix: str, database_dsn: str) -> Settings:
    settings = Settings(
        home=tmp_path,
        inbox=tmp_path,
        kafka=kafka_address,
        postgres=Secret(database_dsn),
        topic_prefix=topic_prefix,
        secret_key=b"of the tests alone",
    )
    Admin(settings).make_topics()
    return settings


@pytest.fixture(name="producer")
def _producer(settings: Settings) -> Iterator[TransactionalProducer]:
    with TransactionalProducer(settings, "watcher") as producer:
        yield producer
