"""The attendance consumer on a database of the test's own, with the views."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from consumers.attendance.app import consumer
from tests.support.consumer_database import ConsumerDatabase, consumer_database, settings_for


@pytest.fixture(name="attendance")
def _attendance(database_dsn: str) -> Iterator[ConsumerDatabase]:
    """Apply deliveries, read tables and views."""
    with consumer_database(database_dsn, consumer(settings_for(database_dsn))) as attendance:
        yield attendance
