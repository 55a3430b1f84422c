"""A replay that is killed at any point goes on when it is started again, and what serves is whole at every moment."""

from __future__ import annotations

import signal

import pytest

from consumers.attendance.app import Attendance
from schemas.process.kafka import TransactionalProducer
from schemas.process.settings import Settings
from tests.support.registers import file, week
from tests.support.replay_process import replay_process
from tests.support.replaying import Station
from tests.support.running import ask

FILES = [file(week(marks), seq=seq) for seq, marks in enumerate(("/" * 10, "N" * 10, "I" * 10), start=1)]
SHOP = "consumers.runtime.replay.rebuild:Workshop"
IN_THE_SWAP = "consumers.runtime.replay.exchange:grant_again before 1"
WHILE_BUILDING = [
    f"{SHOP}._catch_up before 1",
    "consumers.runtime.settlement:Settlement._moved before 2",
    "consumers.runtime.replay.comparing:compare before 1",
    "consumers.runtime.replay.shadow:note before 1",
    f"{SHOP}._swap before 1",
    IN_THE_SWAP,
]
AFTER_THE_SWAP = "deploy.replay.command:_Session._tell before 1"
AFTER_THE_DROP = "deploy.replay.command:_Session._say before 1"
KILLED = -signal.SIGKILL


@pytest.fixture(name="station")
def _station(settings: Settings, producer: TransactionalProducer) -> Station:
    (settings.home / "log").mkdir()
    (settings.home / "run").mkdir()
    return Station(settings, producer, Attendance())


def seen(station: Station) -> list[tuple[object, ...]]:
    """What people see."""
    return ask(station.settings, "reporting", "SELECT * FROM pupil_absence")


def test_a_replay_survives_a_kill_in_each_step(station: Station) -> None:
    """One replay, killed again and again, ends with the same tables; a rollback and a drop do so too."""
    station.serve(*FILES)
    served, before = station.dump(), seen(station)

    for instruction in WHILE_BUILDING:
        assert replay_process(station.settings, "attendance", dies_at=instruction)[0] == KILLED, instruction
        assert station.schemas() == ["attendance", "attendance_shadow"]
        assert seen(station) == before
    assert replay_process(station.settings, "attendance", dies_at=AFTER_THE_SWAP)[0] == KILLED

    assert station.schemas() == ["attendance", "attendance_kept"]
    assert (station.dump(), seen(station)) == (served, before)
    assert replay_process(station.settings, "rollback", "attendance", dies_at=IN_THE_SWAP)[0] == KILLED
    assert replay_process(station.settings, "rollback", "attendance")[0] == 0
    assert replay_process(station.settings, "drop", "attendance", dies_at=AFTER_THE_DROP)[0] == KILLED
    assert (station.schemas(), station.dump(), seen(station)) == (["attendance"], served, before)
