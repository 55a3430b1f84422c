"""Fixtures for every test: one broker and one database server a run, names and a database of its own a test."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support import backends

# The same examples in every run, so that a change is judged by itself; `--hypothesis-profile=explore` looks for new
# ones. How long an example takes says more about the machine than about the program.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("same")


@pytest.fixture(scope="session", name="kafka_address")
def _kafka_address() -> Iterator[str]:
    """The run's broker, HOST:PORT."""
    with backends.kafka() as address:
        yield address


@pytest.fixture(scope="session", name="postgres_dsn")
def _postgres_dsn() -> Iterator[str]:
    """The run's database server. Tests write into `database_dsn`, not here."""
    with backends.postgres() as dsn:
        yield dsn


@pytest.fixture(scope="session", name="loop_runner")
def _loop_runner() -> Iterator[asyncio.Runner]:
    """An event loop for the fixtures, apart from those of the tests."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session", name="template_database")
def _template_database(postgres_dsn: str, loop_runner: asyncio.Runner) -> Iterator[str]:
    """The name of the database that each test's own is cloned from, filled once by `backends.prepare_template`."""
    template = backends.database(postgres_dsn)
    dsn = loop_runner.run(template.__aenter__())
    loop_runner.run(backends.prepare_template(dsn))
    yield backends.database_name(dsn)
    loop_runner.run(template.__aexit__(None, None, None))


@pytest.fixture(name="database_dsn")
def _database_dsn(postgres_dsn: str, template_database: str, loop_runner: asyncio.Runner) -> Iterator[str]:
    """A database of the test's own, as the migrations leave it; dropped afterwards."""
    database = backends.database(postgres_dsn, template_database)
    yield loop_runner.run(database.__aenter__())
    loop_runner.run(database.__aexit__(None, None, None))


@pytest.fixture(name="topic_prefix")
def _topic_prefix(kafka_address: str) -> Iterator[str]:
    """The beginning of every topic, group and transactional id of one test; its topics are deleted afterwards."""
    prefix = f"t{uuid.uuid4().hex[:8]}."
    yield prefix
    backends.delete_topics(kafka_address, prefix)
