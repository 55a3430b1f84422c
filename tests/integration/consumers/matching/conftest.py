"""The consumer on a database of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from consumers.matching.app import consumer
from tests.support.consumer_database import ConsumerDatabase, consumer_database, settings_for


@pytest.fixture(name="matching")
def _matching(database_dsn: str) -> Iterator[ConsumerDatabase]:
    """The consumer with empty tables."""
    with consumer_database(database_dsn, consumer(settings_for(database_dsn))) as matching:
        yield matching
