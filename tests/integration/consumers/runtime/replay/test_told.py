"""What consumers tell one another: after a swap the last word on everything is that of the state that serves."""

from __future__ import annotations

from datetime import date

import pytest

from consumers.attendance.app import Attendance
from consumers.matching.app import Matching
from consumers.runtime.replay.rebuild import Workshop
from schemas import codec
from schemas.events import ClosedDays, PupilIdentity
from schemas.process.kafka import TransactionalProducer
from schemas.process.settings import Settings
from tests.support.pupil_rows import SECRET_KEY, attendance_row, council_row, delivery
from tests.support.registers import MONDAY, file, week
from tests.support.replaying import Station
from tests.support.running import ask
from tests.support.suspensions import closed

WAITING = "SELECT value FROM outbox WHERE published_at IS NULL ORDER BY id"
CLOSED_ALL_WEEK = file(week("##########"), seq=1)


def closed_days(station: Station) -> list[tuple[date, ...]]:
    """The words on closed days that wait to be told."""
    found = [codec.decode(value, ClosedDays) for (value,) in ask(station.settings, "attendance", WAITING)]
    return [one.days for one in found]


@pytest.fixture(name="attendance")
def _attendance(settings: Settings, producer: TransactionalProducer) -> Station:
    """A school that was closed for a week, of which others were told by an older rule: one day alone."""
    station = Station(settings, producer, Attendance())
    station.serve(CLOSED_ALL_WEEK)
    station.publish_outbox()
    station.say(closed(MONDAY, academic_year=2025))
    return station


def test_a_wrong_word_is_put_right_with_the_swap(attendance: Station) -> None:
    """Others are told what the rebuilt state would have told them, once."""
    attendance.replay()
    told = closed_days(attendance)
    attendance.publish_outbox()
    attendance.in_workshop(Workshop.drop)
    attendance.replay()

    assert [days[0] for days in told] == [MONDAY]
    assert [len(days) for days in told] == [5]
    assert closed_days(attendance) == []


def test_a_rollback_takes_the_word_back(attendance: Station) -> None:
    """What the old state had told last is what others hear again."""
    attendance.replay()
    attendance.publish_outbox()

    attendance.in_workshop(Workshop.roll_back)

    assert closed_days(attendance) == [(MONDAY,)]


def test_matching_goes_on_counting_what_it_tells(settings: Settings, producer: TransactionalProducer) -> None:
    """After a replay the next change of a pupil's identity is told, though its number had been used before."""
    station = Station(settings, producer, Matching(SECRET_KEY))
    station.serve(delivery("attendance", [attendance_row()]))
    station.serve(delivery("pupils", [council_row()]))
    station.publish_outbox()
    versions = ask(settings, "matching", "SELECT version FROM identity")

    outcome = station.replay(Matching(SECRET_KEY))
    told_by_the_replay = ask(settings, "matching", WAITING)
    station.serve(delivery("pupils", [council_row(pupil_id="P9")], seq=2))

    assert outcome.comparison.differences == ()
    assert (versions, told_by_the_replay) == ([(2,)], [])
    told = [codec.decode(value, PupilIdentity) for (value,) in ask(settings, "matching", WAITING)]
    assert [one.pupil_id for one in told][-1:] == ["P9"]
