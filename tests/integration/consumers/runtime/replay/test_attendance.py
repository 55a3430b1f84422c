"""A replay of attendance on real servers: beside the live consumer, proved, swapped, and undone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from consumers.attendance.app import Attendance
from consumers.attendance.codes import CodeBook
from consumers.runtime.replay.rebuild import Workshop
from consumers.runtime.replay.wanted import CancelledReplayError
from schemas.codes import attendance_codes
from schemas.process.kafka import TransactionalProducer
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings
from tests.support.registers import MONDAY, file, week
from tests.support.replaying import TIMEOUT_S, Asking, Reader, Sending, Station, Watched
from tests.support.running import ask
from tests.support.waiting import wait_until

OTHER_SCHOOL = "8309997"
NEXT_MONDAY = MONDAY + timedelta(days=7)
FIRST = file(week(), week(pupil_key="adm:7", upn=None, admission_number="7"), seq=1)
CORRECTED = file(week("NNNNNNNNNN"), week("##########", start_date=NEXT_MONDAY), seq=2)
OTHER = file(week("LLLLLLLLLL"), seq=1, sender=OTHER_SCHOOL)
LATER = file(week("EEEEEEEEEE"), seq=3)
SCHOOLS = [f"83099{number}" for number in range(10, 18)]
TRAFFIC = [file(week("L/LLLLLLLL" if seq % 2 else "LLLLLLLLLL"), seq=seq, sender=OTHER_SCHOOL) for seq in range(1, 25)]
HELD_AT_MOST_S = 1.0
VIEW = "SELECT * FROM reporting.pupil_absence ORDER BY dfe_no, pupil_key"


@pytest.fixture(name="station")
def _station(settings: Settings, producer: TransactionalProducer) -> Station:
    return Station(settings, producer, Attendance())


def absences(station: Station) -> list[tuple[object, ...]]:
    """What people see."""
    return ask(station.settings, "reporting", VIEW)


def other_logic() -> Attendance:
    """Attendance in which L, late before the register closes, is an unauthorised absence."""
    codes = [
        replace(code, category="UA", attended=False, late=None) if code.code == "L" else code
        for code in attendance_codes()
    ]
    return Attendance(book=CodeBook(codes))


def test_the_rebuilt_state_serves_in_place_of_the_old_one(station: Station) -> None:
    """The same logic gives the same tables, byte for byte; the old ones are kept; the live consumer never notices."""
    station.serve(FIRST, OTHER, CORRECTED)
    before, seen = station.dump(), absences(station)

    with station.at_work():
        outcome = station.replay()
        served, now_seen = station.dump(), absences(station)
        station.send(LATER)
        station.wait_until_idle()

    assert outcome.comparison.differences == ()
    assert outcome.comparison.same_place
    assert outcome.held_s is not None
    assert outcome.held_s < HELD_AT_MOST_S
    assert (served, now_seen) == (before, seen)
    assert station.dump("attendance_kept") == before
    assert absences(station) != seen


def test_what_was_told_is_not_told_again(station: Station) -> None:
    """Nothing of a shadow is published, and what the outbox held, published or not, it holds after the swap."""
    station.serve(FIRST, CORRECTED)
    outbox = "SELECT id, topic, partition, key, value, outbox_key, published_at FROM outbox"
    queued = ask(station.settings, "attendance", outbox)

    station.replay()

    assert queued
    assert ask(station.settings, "attendance", outbox) == queued


def test_times_are_those_of_the_first_telling(station: Station) -> None:
    """When a delivery was applied is when people first saw it, not when it was rebuilt."""
    station.serve(FIRST)
    applied = ask(station.settings, "attendance", "SELECT * FROM applied")

    station.replay()

    assert ask(station.settings, "attendance", "SELECT * FROM applied") == applied


def test_other_logic_is_not_swapped_unasked(station: Station) -> None:
    """A changed category shows as exactly the rows it changes; the state that serves stays until that is accepted."""
    station.serve(FIRST, OTHER)
    seen = absences(station)

    refused = station.replay(other_logic())
    unchanged = absences(station)
    accepted = station.replay(other_logic(), accept_diff=True)

    (difference,) = refused.comparison.differences
    assert (difference.table, difference.what, difference.rows) == ("enrolment", "changed", 1)
    assert OTHER_SCHOOL in difference.samples[0]
    assert (refused.held_s, unchanged) == (None, seen)
    assert accepted.held_s is not None
    assert [row for row in absences(station) if row not in seen] == [
        row for row in absences(station) if row[0] == OTHER_SCHOOL
    ]


def test_a_rollback_brings_the_old_state_back_up_to_date(station: Station) -> None:
    """The old state serves again with what has arrived since the swap, and the live consumer goes on with it."""
    station.serve(FIRST, OTHER)
    station.replay(other_logic(), accept_diff=True)

    with station.at_work():
        station.send(CORRECTED)
        station.wait_until_idle()
        held = station.in_workshop(Workshop.roll_back)
        station.send(LATER)
        station.wait_until_idle()
    served = station.dump()
    dropped = station.in_workshop(Workshop.drop)

    assert held < HELD_AT_MOST_S
    assert dropped == ["attendance_kept"]
    assert station.schemas() == ["attendance"]
    station.replay()
    assert station.dump() == served


def test_a_cancelled_replay_leaves_nothing(station: Station) -> None:
    """Called off in the middle, it takes its shadow with it; the state that serves is as it was."""
    station.serve(FIRST, OTHER)
    before = station.dump()
    cancel = StopRequest()

    with pytest.raises(CancelledReplayError):
        station.replay(cancel=cancel, watch=Watched(at={"comparing": cancel.set}))

    assert station.schemas() == ["attendance"]
    assert station.dump() == before


def test_building_can_be_held_back(station: Station) -> None:
    """A busy database is given as few rows a second as is asked for."""
    station.serve(FIRST, CORRECTED)

    outcome = station.replay(rows_per_s=4.0)

    assert outcome.rows == FIRST.rows.height + CORRECTED.rows.height
    assert outcome.seconds >= FIRST.rows.height / 4.0


def test_readers_see_the_old_state_or_the_new_one(station: Station) -> None:
    """Whoever asks again and again while files arrive and the states change places never meets half of each."""
    station.serve(*(file(week("LLLLLLLLLL"), seq=1, sender=school) for school in SCHOOLS))
    station.consumer = other_logic()  # as after a new release: what was there keeps the old meaning until the replay
    query = f"SELECT DISTINCT unauthorised > 0 FROM reporting.pupil_absence WHERE dfe_no <> '{OTHER_SCHOOL}'"

    with station.at_work(), Asking(station.settings, query) as asking:
        with Sending(station, *TRAFFIC):
            outcome = station.replay(accept_diff=True)
        station.wait_until_idle()
        wait_until(lambda: asking.answers[-1] == ((True,),), timeout_s=TIMEOUT_S, what="an answer of the new state")

    assert outcome.held_s is not None
    assert outcome.held_s < HELD_AT_MOST_S
    assert set(asking.answers) == {((False,),), ((True,),)}
    served = station.dump()
    station.in_workshop(Workshop.drop)
    assert station.replay().comparison.differences == ()
    assert station.dump() == served


@pytest.mark.parametrize(
    ("isolation", "first"), [("READ COMMITTED", VIEW), ("REPEATABLE READ", VIEW), ("REPEATABLE READ", "SELECT 1")]
)
def test_a_long_reader_delays_the_swap_and_not_the_reverse(station: Station, isolation: str, first: str) -> None:
    """Whoever has begun to read reads on in the old state; the swap comes when they are done."""
    station.serve(FIRST, OTHER)
    before = absences(station)

    with Reader(station.settings, isolation, first, VIEW) as reader:
        watch = Watched(at={"waiting to swap": reader.go_on})
        outcome = station.replay(other_logic(), accept_diff=True, watch=watch)

    assert reader.answers[1] == before
    assert outcome.held_s is not None
    assert absences(station) != before


def test_grants_and_what_others_have_built_on_views_stay(station: Station) -> None:
    """Roles see the new state where they saw the old one, through our views, their own views, and our tables."""
    station.serve(FIRST)
    role = station.settings.topic_prefix.replace(".", "_role")
    for statement in (
        f"CREATE ROLE {role}",
        "CREATE SCHEMA team",
        f"CREATE VIEW team.absent AS {VIEW}",
        f"GRANT USAGE ON SCHEMA team, reporting, attendance TO {role}",
        f"GRANT SELECT ON reporting.pupil_absence, team.absent, attendance.key_change TO {role}",
        f"GRANT SELECT (dfe_no) ON attendance.enrolment TO {role}",
    ):
        ask(station.settings, "public", statement)
    try:
        station.replay()
        station.serve(OTHER)

        for query in (
            "SELECT count(*) FROM reporting.pupil_absence",
            "SELECT count(*) FROM team.absent",
            "SELECT count(dfe_no) FROM attendance.enrolment",
        ):
            assert asyncio.run(_asked_as(station.settings.postgres, role, query)) == 3
        assert (
            asyncio.run(_asked_as(station.settings.postgres, role, "SELECT count(*) FROM attendance.key_change")) == 0
        )
    finally:
        ask(station.settings, "public", f"DROP OWNED BY {role}")
        ask(station.settings, "public", f"DROP ROLE {role}")


async def _asked_as(dsn: str, role: str, query: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"SET ROLE {role}")
        return int(await connection.fetchval(query))
    finally:
        await connection.close()
