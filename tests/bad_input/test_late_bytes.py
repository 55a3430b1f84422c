"""F06: a sender that goes on writing after its file was taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.process.kafka import Admin
from schemas.topics import ATTENDANCE
from tests.support.inbox import attendance, deliver, settings_of
from tests.support.watching import deliveries, entries, work_off

pytestmark = pytest.mark.backends


def test_bytes_appended_after_the_claim_change_nothing(tmp_path: Path, kafka_address: str, topic_prefix: str) -> None:
    """What was taken is read from a copy; the whole file, sent again, is the next delivery."""
    settings = settings_of(tmp_path, kafka=kafka_address, topic_prefix=topic_prefix)
    Admin(settings).make_topics()
    whole, begun = attendance(pupils=4), attendance(pupils=3)
    with deliver(settings, begun).open("ab") as late:
        work_off(settings)
        late.write(whole.removeprefix(begun))
    work_off(settings)
    before = [(entry.state, entry.rows_total) for entry in entries(settings)]

    deliver(settings, whole)
    work_off(settings)

    assert before == [("published", 3)]
    assert [len(told.rows) for told in deliveries(settings, ATTENDANCE)] == [3, 4]
