"""Commands that need no running installation, and those that start one and stop it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.processes import find
from tests.support.csv_files import SCHOOL, attendance_row, csv_bytes
from tests.support.installation import Installation, ask, installation, run_command

TODAY = "2026-11-20"
NOWHERE = {"PUPILSTREAM_HOME": "", "PUPILSTREAM_TODAY": TODAY}
REGISTER = f"DfE No,Datasets\n{SCHOOL},attendance;exclusions\n"

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", name="made")
def _made() -> Iterator[Installation]:
    """An installation whose register knows one school; nothing runs yet."""
    with installation(today=TODAY) as made:
        (made.home / "config").mkdir()
        (made.home / "config" / "agreements.csv").write_text(REGISTER)
        yield made


def drop(made: Installation, folder: Path, name: str, content: bytes) -> None:
    """Put a file into the school's folder of the inbox."""
    path = folder / name
    path.write_bytes(content)
    made.drop(path, SCHOOL)


def test_up_until_idle_works_off_what_is_there_and_keeps_the_servers(made: Installation, tmp_path: Path) -> None:
    """It ends with 0 and a summary; the databases go on for the next one."""
    drop(made, tmp_path, "good.csv", csv_bytes([attendance_row(1)]))

    told = made.run("up", "--until-idle")

    assert "1 accepted" in told
    assert [find(name, made.home) is not None for name in ("kafka", "postgres", "watcher", "attendance")] == [
        True,
        True,
        False,
        False,
    ]


def test_up_until_idle_ends_with_a_finding_when_a_file_is_rejected(made: Installation, tmp_path: Path) -> None:
    """Somebody has to look."""
    drop(made, tmp_path, "bad.csv", b"\n\n")

    assert "1 rejected" in made.run("up", "--until-idle", expected=1)


def test_a_rejected_file_of_an_earlier_run_is_no_finding_now(made: Installation) -> None:
    """The exit status speaks of this run."""
    made.run("up", "--until-idle", expected=0)


def test_today_is_that_of_the_last_up(made: Installation) -> None:
    """Views judge by the date that was given."""
    made.run("up", "--until-idle")

    assert [str(day) for (day,) in ask(made.settings().postgres, "SELECT reporting.today()")] == [TODAY]


def test_check_prints_the_receipt_without_an_installation(tmp_path: Path) -> None:
    """A school can run it; a refused row is a finding."""
    folder = tmp_path / SCHOOL
    folder.mkdir()
    good, bad = folder / "good.csv", folder / "bad.csv"
    good.write_bytes(csv_bytes([attendance_row(1)]))
    bad.write_bytes(csv_bytes([attendance_row(1), attendance_row(2, Sessions="/")]))

    receipt = json.loads(run_command("check", str(bad), "--json", environment=NOWHERE, expected=1))

    assert run_command("check", str(good), environment=NOWHERE).startswith("good.csv")
    assert (receipt["state"], receipt["rows_rejected"], receipt["rejected"][0]["row"]) == ("accepted", 1, 2)


def test_down_stops_the_servers_too(made: Installation) -> None:
    """Nothing of the home is left running."""
    made.run("up", "--until-idle")

    told = made.run("down")

    assert "kafka" in told
    assert [find(name, made.home) for name in ("kafka", "postgres")] == [None, None]
