"""Suspensions that give rise to alerts, and whether each alert was told once and as it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

from consumers.exclusions.app import consumer
from consumers.runtime.relay import relay
from consumers.runtime.runner import run
from schemas.codec import decode
from schemas.events import ExclusionAlert
from schemas.process.kafka import Record, TransactionalProducer, read_to_end
from schemas.process.settings import Settings
from schemas.topics import ALERTS
from tests.support.running import Running, ask
from tests.support.streams import publish_delivery
from tests.support.suspensions import OTHER_SCHOOL, OTHER_UPN, exclusions_file, filed_row
from tests.support.waiting import wait_until

TIMEOUT_S: Final = 60.0
OUTBOXES: Final = ("exclusions",)
KEPT: Final = """
    SELECT alert_id, kind, pupil_id, dfe_no, due_date, raised_at, supersedes FROM reporting.alert
    WHERE published_at IS NOT NULL ORDER BY alert_id"""


def publish_suspensions(producer: TransactionalProducer) -> None:
    """Three files of two schools: a day six, two more, and a change of the first; six alerts come of them."""
    long = filed_row(end_date=date(2026, 9, 21), sessions=12)
    files = (
        exclusions_file(long, filed_row(upn=OTHER_UPN)),
        exclusions_file(filed_row(), dfe_no=OTHER_SCHOOL),
        exclusions_file(filed_row(end_date=date(2026, 9, 22), sessions=14), filed_row(upn=OTHER_UPN), delivery_seq=2),
    )
    for one in files:
        publish_delivery(producer, one.begun, one.rows)


def publish_one_more(producer: TransactionalProducer, number: int) -> None:
    """A further file of a school of its own, with one suspension of a child of its own: one alert."""
    child = filed_row(upn=None, id_key=f"id:{number:016x}")
    one = exclusions_file(child, dfe_no=f"{8300000 + number}")
    publish_delivery(producer, one.begun, one.rows)


@contextmanager
def exclusions_at_work(settings: Settings) -> Iterator[Running]:
    """The consumer on a thread of this process."""
    with Running(lambda stop: run(consumer(settings), settings, stop)) as running:
        yield running


@contextmanager
def relay_at_work(settings: Settings) -> Iterator[Running]:
    """The relay on a thread of this process."""
    with Running(lambda stop: relay(settings, OUTBOXES, stop)) as running:
        yield running


def wait_until_published(settings: Settings, count: int) -> None:
    """Wait until so many alerts are marked as published, and none waits."""
    query = "SELECT count(published_at), count(*) FROM outbox"
    wait_until(
        lambda: ask(settings, "exclusions", query) == [(count, count)], timeout_s=TIMEOUT_S, what=f"{count} alerts"
    )


def alert_records(settings: Settings) -> list[Record]:
    """What is on the topic, as subscribers find it."""
    return list(read_to_end(settings, ALERTS))


def assert_told_once(settings: Settings, count: int) -> None:
    """The topic holds so many alerts, each once, framed as promised, and the same as the view does, all published."""
    records = alert_records(settings)
    alerts = [decode(record.value or b"", ExclusionAlert) for record in records]
    assert len(alerts) == count
    assert sorted(map(_told, alerts)) == ask(settings, "reporting", KEPT)
    assert [_envelope(record) for record in records] == list(map(_expected_envelope, alerts))
    position = {alert.alert_id: place for place, alert in enumerate(alerts)}
    assert all(position[old] < place for place, alert in enumerate(alerts) for old in alert.supersedes)


def _told(alert: ExclusionAlert) -> tuple[Any, ...]:
    fields = ("alert_id", "kind", "pupil_id", "dfe_no", "due_date", "raised_at")
    return (*(getattr(alert, name) for name in fields), list(alert.supersedes))


def _envelope(record: Record) -> dict[str, str]:
    return {"key": record.key, **{name: text for name, text in record.headers.items() if name != "outbox_key"}}


def _expected_envelope(alert: ExclusionAlert) -> dict[str, str]:
    return {
        "key": alert.pupil_id or alert.dfe_no,
        "ce_id": alert.alert_id,
        "ce_type": alert.kind,
        "ce_source": "pupilstream/exclusions",
        "ce_time": alert.raised_at.isoformat(),
        "ce_specversion": "1.0",
    }
