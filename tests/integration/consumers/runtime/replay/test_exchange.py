"""The exchange of two states happens as a whole or not at all, and never while the live consumer is in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import pytest

from consumers.attendance.app import Attendance
from consumers.runtime.postgres import connect
from consumers.runtime.replay.exchange import Exchange, NotNowError
from consumers.runtime.replay.telling import Corrections
from schemas.process.kafka import TransactionalProducer
from schemas.process.settings import Settings
from tests.support.registers import MONDAY, file, week
from tests.support.replaying import Station

FIRST, SECOND = file(week(), seq=1), file(week(start_date=MONDAY + timedelta(days=7)), seq=2)
BOTH = ["attendance", "attendance_shadow"]
MIDDLE_OF_A_DELIVERY = "UPDATE attendance.position SET next = next"


@dataclass
class Floor:
    """Two states, one of which serves, and a connection that may exchange them."""

    station: Station
    runner: asyncio.Runner
    connection: asyncpg.Connection

    def attempt(self, *, may_lead: bool = False) -> float:
        """Exchange them now, or not."""
        exchange = Exchange(self.station.consumer, "attendance_shadow", "attendance_kept")
        return self.runner.run(exchange.attempt(self.connection, Corrections(), may_lead=may_lead))

    def tell(self, statement: str) -> None:
        """Run a statement."""
        self.runner.run(self.connection.execute(statement))


@pytest.fixture(name="floor")
def _floor(settings: Settings, producer: TransactionalProducer) -> Iterator[Floor]:
    """A rebuilt state that differs, and so has not been swapped in."""
    station = Station(settings, producer, Attendance())
    station.serve(FIRST)
    with asyncio.Runner() as runner:
        connection = runner.run(connect(settings, "public"))
        floor = Floor(station, runner, connection)
        floor.tell("UPDATE attendance.enrolment SET unauthorised = 1")
        assert station.replay().held_s is None
        yield floor
        runner.run(connection.close())


def test_two_states_that_have_read_the_same_change_places(floor: Floor) -> None:
    """Nothing stands in the way."""
    floor.attempt()

    assert floor.station.schemas() == ["attendance", "attendance_kept"]


@pytest.mark.parametrize("may_lead", [False, True])
def test_a_state_that_is_behind_does_not_serve(floor: Floor, may_lead: bool) -> None:  # noqa: FBT001 - a case of the test
    """Readers would lose what they have seen already."""
    floor.station.serve(SECOND)

    with pytest.raises(NotNowError, match="read on"):
        floor.attempt(may_lead=may_lead)

    assert floor.station.schemas() == BOTH


def test_a_state_that_is_ahead_serves_only_where_it_may(floor: Floor) -> None:
    """The live consumer would meet a position that is not its own: it is waited for first."""
    floor.tell("UPDATE attendance_shadow.position SET next = next + 1")

    with pytest.raises(NotNowError, match="read on"):
        floor.attempt()

    assert floor.station.schemas() == BOTH
    floor.attempt(may_lead=True)


def test_a_delivery_in_the_middle_is_not_cut_in_two(floor: Floor, settings: Settings) -> None:
    """The live consumer has moved its position and not committed: what it writes must reach the state it began on."""
    live = floor.runner.run(connect(settings, "attendance"))
    delivery = live.transaction()
    floor.runner.run(delivery.start())
    floor.runner.run(live.execute(MIDDLE_OF_A_DELIVERY))

    with pytest.raises(NotNowError):
        floor.attempt()

    assert floor.station.schemas() == BOTH
    floor.runner.run(delivery.commit())
    floor.runner.run(live.close())
    floor.attempt()
