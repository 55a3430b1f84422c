"""Alerts on their way to subscribers: kept, queued once, and shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from consumers.runtime.work import Records
from schemas import codec
from schemas.events import ExclusionAlert
from schemas.topics import ALERTS
from tests.support.consumer_database import ConsumerDatabase
from tests.support.suspensions import (
    MONDAY,
    OTHER_SCHOOL,
    SCHOOL,
    UPN,
    closed,
    exclusions_file,
    filed_row,
    identities,
    identity,
)

COLUMNS = [
    ("alert_id", "text"),
    ("kind", "text"),
    ("pupil_id", "text"),
    ("dfe_no", "text"),
    ("pupil_key", "text"),
    ("due_date", "date"),
    ("raised_from_delivery_seq", "bigint"),
    ("raised_at", "timestamp with time zone"),
    ("published_at", "timestamp with time zone"),
    ("supersedes", "ARRAY"),
]


def queued(database: ConsumerDatabase) -> list[ExclusionAlert]:
    """The alerts that wait for the relay, in order."""
    return [codec.decode(value, ExclusionAlert) for (value,) in database.rows("SELECT value FROM outbox ORDER BY id")]


def test_columns_of_the_view(reporting: ConsumerDatabase) -> None:
    """The view has exactly the promised columns and types."""
    columns = reporting.rows(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'reporting' AND table_name = 'alert' ORDER BY ordinal_position"
    )

    assert columns == COLUMNS


def test_alert_is_queued_with_its_attributes(exclusions: ConsumerDatabase) -> None:
    """An alert waits for the relay under its own id, keyed by the school, with the CloudEvents attributes."""
    exclusions.apply(exclusions_file(filed_row()))
    (alert,) = queued(exclusions)
    rows = exclusions.rows("SELECT topic, partition, key, outbox_key, headers FROM outbox")
    topic, partition, key, outbox_key, headers = rows[0]

    assert (topic, partition, key, outbox_key) == (ALERTS, 0, SCHOOL, alert.alert_id)
    assert json.loads(headers) == {
        "ce_id": alert.alert_id,
        "ce_type": "SUSPENSION_STARTED",
        "ce_source": "pupilstream/exclusions",
        "ce_time": alert.raised_at.isoformat(),
        "ce_specversion": "1.0",
    }


def test_alert_of_a_known_child_is_keyed_by_it(exclusions: ConsumerDatabase) -> None:
    """Subscribers find a child's alerts on one key."""
    exclusions.apply(identities(identity()), exclusions_file(filed_row()))

    assert exclusions.rows("SELECT key FROM outbox") == [("P1",)]


def test_alert_tells_no_name_and_no_upn(exclusions: ConsumerDatabase) -> None:
    """Neither the bytes nor the key nor the headers hold the UPN."""
    exclusions.apply(exclusions_file(filed_row(type="PERM")))
    rows = exclusions.rows("SELECT value, key, headers, outbox_key FROM outbox")

    assert not [row for row in rows if UPN.encode() in row[0] or UPN in f"{row[1:]}"]


def test_alert_in_the_view(reporting: ConsumerDatabase) -> None:
    """The view shows what was told, and when the relay has published it."""
    reporting.apply(exclusions_file(filed_row()))
    (alert,) = queued(reporting)
    published_at = datetime(2026, 9, 18, 9, 0, tzinfo=UTC)
    reporting.execute("UPDATE outbox SET published_at = $1", published_at)

    assert reporting.rows("SELECT * FROM reporting.alert") == [
        (alert.alert_id, "SUSPENSION_STARTED", None, SCHOOL, UPN, MONDAY, 1, alert.raised_at, published_at, [])
    ]


def test_child_that_becomes_known_is_told_again_once(exclusions: ConsumerDatabase) -> None:
    """Identities told twice give one new version; only that one is current."""
    exclusions.apply(exclusions_file(filed_row()), identities(identity()), identities(identity()))
    first, second = queued(exclusions)

    assert (second.version, second.supersedes, second.pupil_id) == (2, (first.alert_id,), "P1")
    assert exclusions.rows("SELECT alert_id FROM alert WHERE is_current") == [(second.alert_id,)]


def test_day_six_that_moves_by_closed_days(exclusions: ConsumerDatabase) -> None:
    """A day that registers show closed moves day six, and the alert says so once."""
    exclusions.apply(exclusions_file(filed_row(type="PERM")), closed_wednesday(), closed_wednesday())
    due = [one.due_date for one in queued(exclusions) if one.kind == "DAY_SIX_DUE"]

    assert due == [MONDAY + timedelta(days=7), MONDAY + timedelta(days=8)]


def test_alert_of_a_child_stays_when_another_has_parted_from_it(exclusions: ConsumerDatabase) -> None:
    """What one child's rows still hold is not taken back by a file about a row that has turned out another child's."""
    later = filed_row(start_date=MONDAY + timedelta(days=2), sessions=12)
    together = identity(), identity(dfe_no=OTHER_SCHOOL)
    exclusions.apply(identities(*together), exclusions_file(filed_row()), exclusions_file(later, dfe_no=OTHER_SCHOOL))
    exclusions.apply(identities(identity(pupil_id="P2")), exclusions_file(filed_row(sessions=3), delivery_seq=2))

    limits = "SELECT dfe_no, pupil_id FROM alert WHERE is_current AND kind = 'TERM_OVER_5_DAYS'"
    assert exclusions.rows(limits) == [(OTHER_SCHOOL, "P1")]


def closed_wednesday() -> Records:
    """The registers of the school show the Wednesday closed."""
    return closed(MONDAY + timedelta(days=2))
