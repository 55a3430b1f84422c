"""A replay of attendance on real servers: beside the live consumer, proved, swapped, and undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consumers.attendance.app import Attendance
from schemas.process.kafka import TransactionalProducer
from schemas.process.settings import Settings
from tests.support.registers import MONDAY, file, week
from tests.support.replaying import Station
from tests.support.running import ask

OTHER_SCHOOL = "8309997"
NEXT_MONDAY = MONDAY + timedelta(days=7)
FIRST = file(week(), week(pupil_key="adm:7", upn=None, admission_number="7"), seq=1)
CORRECTED = file(week("NNNNNNNNNN"), week("##########", start_date=NEXT_MONDAY), seq=2)
OTHER = file(week(), seq=1, sender=OTHER_SCHOOL)


@pytest.fixture(name="station")
def _station(settings: Settings, producer: TransactionalProducer) -> Station:
    return Station(settings, producer, Attendance())


def rates(station: Station) -> list[tuple[object, ...]]:
    """What people see."""
    return ask(station.settings, "reporting", "SELECT * FROM pupil_absence ORDER BY dfe_no, pupil_key")


def test_the_rebuilt_state_serves_in_place_of_the_old_one(station: Station) -> None:
    """The same logic gives the same tables, byte for byte; the old ones are kept; the live consumer goes on."""
    station.serve(FIRST, OTHER, CORRECTED)
    before, seen = station.dump(), rates(station)

    outcome = station.replay()

    assert outcome.comparison.differences == ()
    assert outcome.comparison.same_place
    assert station.schemas() == ["attendance", "attendance_kept"]
    assert (station.dump(), rates(station)) == (before, seen)
    station.serve(file(week("EEEEEEEEEE"), seq=3))
    assert station.dump("attendance_kept") == before
    assert rates(station) != seen
