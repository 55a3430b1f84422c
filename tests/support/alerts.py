"""Alerts put straight on their topic, as the relay puts them there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from consumers.exclusions.publishing import outgoing
from schemas import codec
from schemas.events import ExclusionAlert
from schemas.process.kafka import TransactionalProducer
from tests.support.examples import event


def alert(alert_id: str, *supersedes: str, **fields: Any) -> ExclusionAlert:
    """An alert with that id: a suspension that has started, but for the fields given."""
    example = cast("ExclusionAlert", event("ExclusionAlert.v1/started"))
    known = {"raised_at": datetime(2026, 9, 18, 8, tzinfo=UTC), "version": 1}
    return replace(example, **{**known, **fields, "alert_id": alert_id, "supersedes": supersedes})


def publish_alerts(producer: TransactionalProducer, *alerts: ExclusionAlert) -> None:
    """One transaction."""
    producer.begin()
    for one in alerts:
        record = outgoing(one, codec.encode(one))
        producer.send_one(record.topic, record.partition, record.key, record.value, record.headers)
    producer.flush()
    producer.commit()
