"""How far a run is: what counts as through, and what is told of pace and time left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from consumers.runtime.offsets import Place
from consumers.runtime.progress import Progress
from deploy.status.look import Look
from deploy.status.progress import Standing, standing
from schemas.events import LedgerEntry
from schemas.topics import ATTENDANCE, EXCLUSIONS

READ = {"attendance": frozenset({ATTENDANCE}), "matching": frozenset({ATTENDANCE, EXCLUSIONS})}
PUBLISHED = LedgerEntry(
    sender="8309996",
    dataset="attendance",
    delivery_seq=1,
    state="published",
    reason=None,
    file_name="marks.csv",
    sha256="0" * 64,
    rows_total=30,
    rows_accepted=30,
    rows_rejected=0,
    received_at=datetime(2026, 9, 14, tzinfo=UTC),
    topic=ATTENDANCE,
    partition=0,
    end_offset=32,
)


def at(**positions: int) -> Look:
    """A look at consumers that stand at these positions of partition 0 of the attendance topic."""
    reached = {name: Progress({Place(ATTENDANCE, 0): n}, 0, 0, 0) for name, n in positions.items()}
    return Look(inbox_files=0, ends={}, progress=reached, watcher_has_swept=True)


@pytest.mark.parametrize(
    ("look", "through"),
    [
        (at(attendance=32, matching=33), 1),
        (at(attendance=31, matching=33), 0),
        (at(attendance=32), 0),
    ],
    ids=["all are past it", "one is in it", "one has read nothing"],
)
def test_a_file_is_through_when_every_consumer_of_its_topic_is_past_it(look: Look, through: int) -> None:
    """The slowest decides."""
    found = standing([PUBLISHED], look, READ, waiting=2, seconds=3.0)

    assert (found.through, found.total, found.rows) == (through, 3, 30 * through)


def test_a_refused_file_is_through_at_once() -> None:
    """Nothing of it is published, and it brings no rows."""
    refused = replace(PUBLISHED, state="rejected", topic=None, partition=None, end_offset=None, rows_accepted=None)

    assert standing([refused], at(), READ, waiting=2, seconds=3.0) == Standing(through=1, total=3, rows=0, seconds=3.0)


def test_the_line_tells_files_rows_pace_and_time_left() -> None:
    """A quarter in half a minute: as long again three times."""
    told = Standing(through=10, total=40, rows=60_000, seconds=30.0).as_text()

    assert told == "10 of 40 files, 60,000 rows, 2,000 rows/s, about 90 s left"


def test_nothing_through_yet_promises_nothing() -> None:
    """No pace, no time left."""
    assert Standing(through=0, total=40, rows=0, seconds=0.0).as_text() == "0 of 40 files, 0 rows, 0 rows/s"
