"""A watcher's installation on a topic prefix of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.process.kafka import Admin
from schemas.process.settings import Settings
from tests.support.inbox import settings_of


@pytest.fixture(name="settings")
def _settings(tmp_path: Path, kafka_address: str, topic_prefix: str) -> Settings:
    """Folders, register and topics; no watcher runs yet."""
    settings = settings_of(tmp_path, kafka=kafka_address, topic_prefix=topic_prefix)
    Admin(settings).make_topics()
    return settings
