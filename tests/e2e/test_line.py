"""A person's installation: files dropped into the inbox of a running `up`, and what the views and commands then say."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas.codec import decode
from schemas.events import ExclusionAlert
from schemas.process.kafka import read_to_end
from schemas.topics import ALERTS
from tests.support.csv_files import SCHOOL, attendance_row, csv_bytes, exclusion_row, upn
from tests.support.installation import Installation, ask, installation
from tests.support.waiting import wait_until

TODAY = "2026-11-20"
REGISTER = (
    "DfE No,School Name,Contact,Datasets,Agreed From,Agreed To,Profile\n"
    f"{SCHOOL},Invented Primary,,attendance;exclusions,2026-09-01,,\n"
)
PICKED_UP_WITHIN_S = 2.0
TIMEOUT_S = 60.0

pytestmark = pytest.mark.e2e


@dataclass(slots=True)
class Line:
    """A running installation, and a folder in which files are made."""

    made: Installation
    folder: Path

    @property
    def dsn(self) -> str:
        """The database."""
        return self.made.settings().postgres

    def send(self, name: str, content: bytes, sender: str = SCHOOL) -> None:
        """Drop a file and wait until it has had its effect."""
        path = self.folder / name
        path.write_bytes(content)
        self.made.drop(path, sender)
        self.made.wait_until_idle(timeout_s=TIMEOUT_S)

    def states(self, name: str) -> list[tuple[object, ...]]:
        """What the view `delivery` says of a file name, oldest first."""
        columns = "state, delivery_seq, reason"
        return ask(
            self.dsn, f"SELECT {columns} FROM reporting.delivery WHERE file_name = '{name}' ORDER BY received_at"
        )


@pytest.fixture(scope="module", name="line")
def _line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with installation(today=TODAY) as made:
        (made.home / "config").mkdir()
        (made.home / "config" / "agreements.csv").write_text(REGISTER)
        with made.running():
            made.wait_until_idle(timeout_s=TIMEOUT_S)
            yield Line(made, tmp_path_factory.mktemp("files"))


def week(number: int, sessions: str) -> bytes:
    """An attendance file of one pupil."""
    return csv_bytes([attendance_row(number, Sessions=sessions)])


def marks(line: Line, number: int) -> list[tuple[object, ...]]:
    """The marks of a pupil's week."""
    return ask(line.dsn, f"SELECT marks[1:10] FROM reporting.pupil_week WHERE pupil_key = '{upn(number)}'")


def test_a_file_is_picked_up_within_two_seconds_of_being_finished(line: Line) -> None:
    """A file renamed into place has its receipt soon after."""
    path = line.folder / "prompt.csv"
    path.write_bytes(week(1, "/\\" * 5))
    receipts = line.made.home / "receipts" / SCHOOL

    line.made.drop(path, SCHOOL)
    begun = time.monotonic()
    wait_until(lambda: any(receipts.glob("prompt.csv.*.json")), timeout_s=TIMEOUT_S, what="a receipt")

    assert time.monotonic() - begun < PICKED_UP_WITHIN_S


def test_marks_reach_the_views(line: Line) -> None:
    """One pupil, one week, two sessions of absence: a fifth of ten."""
    line.send("marks.csv", week(2, "/\\II/\\/\\/\\"))

    found = ask(
        line.dsn,
        "SELECT possible, attended, authorised, unauthorised, absence_pct::text, persistent, severe "
        f"FROM reporting.pupil_absence WHERE pupil_key = '{upn(2)}'",
    )

    assert found == [(10, 8, 2, 0, "20.0000", True, False)]


def test_the_same_bytes_again_are_a_duplicate(line: Line) -> None:
    """Nothing changes, and the receipt says so."""
    content = week(3, "/\\" * 5)
    line.send("first.csv", content)
    before = ask(line.dsn, "SELECT * FROM reporting.pupil_absence ORDER BY 1, 2")
    line.send("again.csv", content)

    receipt = next((line.made.home / "receipts" / SCHOOL).glob("again.csv.*.json"))

    assert json.loads(receipt.read_text())["state"] == "duplicate"
    assert ask(line.dsn, "SELECT * FROM reporting.pupil_absence ORDER BY 1, 2") == before
    assert [state for state, *_ in line.states("again.csv")] == ["duplicate"]


def test_older_bytes_again_bring_the_older_values_back(line: Line) -> None:
    """A, B, A: the third file is a delivery of its own, and every unit in it has its values again."""
    first, second = week(4, "/\\II/\\/\\/\\"), week(4, "/\\/\\NN/\\/\\")
    line.send("a1.csv", first)
    original = marks(line, 4)
    line.send("b.csv", second)
    changed = marks(line, 4)
    line.send("a2.csv", first)

    assert marks(line, 4) == original != changed
    assert [state for name in ("a1.csv", "b.csv", "a2.csv") for state, *_ in line.states(name)] == ["applied"] * 3


def test_a_suspension_raises_one_alert(line: Line) -> None:
    """The row is in the view, and subscribers are told once that it has begun."""
    line.send("suspension.csv", csv_bytes([exclusion_row(5)]))

    seen = ask(line.dsn, f"SELECT type, day_six_date::text FROM reporting.suspension WHERE pupil_key = '{upn(5)}'")
    told = [decode(r.value, ExclusionAlert) for r in read_to_end(line.made.settings(), ALERTS) if r.value]

    assert seen == [("SUSP", None)]
    assert [alert.kind for alert in told].count("SUSPENSION_STARTED") == 1


def test_a_bad_file_does_not_stop_the_line(line: Line) -> None:
    """It is refused with a reason, and the next one goes on."""
    line.send("empty.csv", b"")
    line.send("next.csv", week(6, "/\\" * 5))

    assert [reason for _, _, reason in line.states("empty.csv")] == ["F01_EMPTY"]
    assert [state for state, *_ in line.states("next.csv")] == ["applied"]


def test_env_tells_addresses_that_work(line: Line) -> None:
    """Two lines for a shell, one for each server."""
    lines = dict(told.split("=", 1) for told in line.made.run("env").splitlines())

    assert sorted(lines) == ["PUPILSTREAM_KAFKA", "PUPILSTREAM_POSTGRES"]
    assert ask(lines["PUPILSTREAM_POSTGRES"].strip("'"), "SELECT 1") == [(1,)]


def test_status_names_every_process_and_consumer(line: Line) -> None:
    """Whoever is paged sees at once what runs and how far it is."""
    told = line.made.status()

    assert {name: found["state"] for name, found in told["processes"].items()} == dict.fromkeys(
        ("kafka", "postgres", "watcher", "relay", "intake", "matching", "attendance", "exclusions"), "running"
    )
    assert {name: lag["lag_rows"] for name, lag in told["consumers"].items()} == dict.fromkeys(
        ("intake", "matching", "attendance", "exclusions"), 0
    )


def test_a_second_up_on_the_same_home_is_refused(line: Line) -> None:
    """Two of them would fight over the processes."""
    line.made.run("up", "--until-idle", expected=2)


def test_no_file_of_a_home_is_open_to_others(line: Line) -> None:
    """Home, inbox and receipts are the owner's alone."""
    home = line.made.home

    assert {path.stat().st_mode & 0o077 for path in (home, home / "inbox", home / "receipts", home / "archive")} == {0}
