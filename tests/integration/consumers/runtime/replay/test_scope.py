"""A replay of a part: what is asked for is rebuilt, and the rest, or what can no longer be read, is as it was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from consumers.attendance.app import Attendance
from consumers.attendance.codes import CodeBook
from consumers.runtime.errors import FatalError
from consumers.runtime.offsets import Place
from consumers.runtime.replay import waiting
from consumers.runtime.replay.scope import Scope
from schemas.codes import attendance_codes
from schemas.process.kafka import TransactionalProducer
from schemas.process.settings import Settings
from schemas.topics import ATTENDANCE, partition_of, topics
from tests.support.csv_files import attendance_row, csv_bytes
from tests.support.registers import file, week
from tests.support.replay_process import replay_process
from tests.support.replaying import Station, Watched
from tests.support.running import ask
from tests.support.watching import work_off

SCHOOL, OTHER_SCHOOL = "8309996", "8309997"
LATE = "LLLLLLLLLL"
YEAR_BEFORE = file(week(LATE, academic_year=2024, start_date=date(2025, 3, 10)), seq=1)
THIS_YEAR = file(week(LATE), week(LATE, pupil_key="adm:7", upn=None), seq=2)
OTHER = file(week(LATE), seq=1, sender=OTHER_SCHOOL)
LATER = file(week("NNNNNNNNNN"), seq=3)
REGISTER = (
    "DfE No,School Name,Contact,Datasets,Agreed From,Agreed To,Profile\n"
    f"{SCHOOL},Invented Primary,,attendance,2020-09-01,,\n"
)


@pytest.fixture(name="station")
def _station(settings: Settings, producer: TransactionalProducer) -> Station:
    return Station(settings, producer, Attendance())


def other_logic() -> Attendance:
    """Attendance in which L, late before the register closes, is an unauthorised absence."""
    codes = [
        replace(one, category="UA", attended=False, late=None) if one.code == "L" else one for one in attendance_codes()
    ]
    return Attendance(book=CodeBook(codes))


def absent(station: Station) -> list[tuple[object, ...]]:
    """The schools and years in which L counts as absence."""
    query = "SELECT DISTINCT dfe_no, academic_year FROM enrolment WHERE unauthorised > 0 ORDER BY 1, 2"
    return ask(station.settings, "attendance", query)


def place(school: str = SCHOOL) -> Place:
    """Where a school's registers lie."""
    return Place(ATTENDANCE, partition_of(school, topics()[ATTENDANCE].partitions))


@pytest.mark.parametrize(
    ("scope", "rebuilt"),
    [
        (Scope(school=OTHER_SCHOOL), [(OTHER_SCHOOL, 2025)]),
        (Scope(since=2025), [(SCHOOL, 2025), (OTHER_SCHOOL, 2025)]),
        (Scope(school=SCHOOL, since=2025), [(SCHOOL, 2025)]),
        (Scope(lost={SCHOOL: 2024}), [(SCHOOL, 2025), (OTHER_SCHOOL, 2025)]),
    ],
)
def test_only_what_is_asked_for_is_rebuilt(station: Station, scope: Scope, rebuilt: list[tuple[str, int]]) -> None:
    """Other logic shows in the rows of the scope alone."""
    station.serve(YEAR_BEFORE, THIS_YEAR, OTHER)

    with station.at_work():
        outcome = station.replay(other_logic(), scope=scope, accept_diff=True)

    assert outcome.held_s is not None
    assert absent(station) == rebuilt


def test_a_part_has_all_that_comes_after_the_copy(station: Station) -> None:
    """The rest is copied at one moment, and from there on every school's files are applied."""
    station.serve(YEAR_BEFORE, THIS_YEAR, OTHER)

    def another_file_is_applied() -> None:
        station.send(LATER)
        station.wait_until_idle()

    with station.at_work():
        watch = Watched(at={"comparing": lambda: elsewhere(another_file_is_applied)})
        outcome = station.replay(scope=Scope(school=OTHER_SCHOOL), watch=watch)

    assert outcome.comparison.differences == ()
    assert outcome.held_s is not None
    partly = station.dump()
    station.in_workshop(lambda shop: shop.drop())
    assert station.replay().comparison.differences == ()
    assert station.dump() == partly


def elsewhere(do: Callable[[], None]) -> None:
    """Let something happen on another thread, and wait for it."""
    thread = threading.Thread(target=do)
    thread.start()
    thread.join()


def test_a_part_is_not_copied_from_a_state_that_lags(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows would be lost between what was copied and what was read: the live consumer must be up to date."""
    monkeypatch.setattr(waiting, "AT_REST_S", 0.5)
    station.serve(YEAR_BEFORE, OTHER)
    station.send(THIS_YEAR)

    with pytest.raises(FatalError, match="does not run"):
        station.replay(scope=Scope(school=OTHER_SCHOOL))


def test_years_that_left_the_topic_are_copied(station: Station) -> None:
    """A hole of retention costs nothing of what is served."""
    station.serve(YEAR_BEFORE)
    station.forget(place())
    station.serve(THIS_YEAR, OTHER)
    before, applied = station.dump(), ask(station.settings, "attendance", "SELECT * FROM applied ORDER BY 1, 2, 3")

    with station.at_work():
        outcome = station.replay(scope=Scope(lost={SCHOOL: 2024}))

    assert outcome.comparison.differences == ()
    assert outcome.held_s is not None
    assert station.dump() == before
    assert ask(station.settings, "attendance", "SELECT * FROM applied ORDER BY 1, 2, 3") == applied


def test_the_archive_fills_holes(station: Station) -> None:
    """Files that left the topics are read from the archive under their own numbers: every row is rebuilt."""
    settings = replace(station.settings, inbox=station.settings.home / "inbox")
    for name in ("config", "spool", "log", "run", f"inbox/{SCHOOL}"):
        (settings.home / name).mkdir(parents=True)
    (settings.home / "config" / "agreements.csv").write_text(REGISTER)
    for number, marks in enumerate(("/" * 10, "N" * 10), start=1):
        content = csv_bytes([attendance_row(1, Sessions=marks)])
        (settings.inbox / SCHOOL / f"week{number}.csv").write_bytes(content)
        work_off(settings)
    station.serve()
    before = station.dump()
    station.forget(place())

    with station.at_work():
        planned, plan = replay_process(settings, "attendance", "--dry-run")
        status, printed = replay_process(settings, "attendance", "--from-archive")

    assert (planned, status) == (0, 0)
    assert "HOLES: 2 deliveries of 1 senders have left the topic: 8309996/attendance" in plan
    assert "2 of 2 can be read with --from-archive" in plan
    assert "2 of 2 lost deliveries are read from the archive" in printed
    assert station.dump() == before
    assert before
