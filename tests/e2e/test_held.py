"""Held files as a council meets them: the command, the views, and what a correction does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.csv_files import SCHOOL, attendance_row, csv_bytes, upn
from tests.support.installation import Installation, ask, installation

TODAY = "2026-11-20"
TIMEOUT_S = 60.0
LINES = (
    "SELECT state, delivery_seq, reason, received_at::date::text FROM reporting.delivery "
    "WHERE file_name = '{}' ORDER BY received_at"
)

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", name="made")
def _made() -> Iterator[Installation]:
    """A running installation with one school."""
    with installation(today=TODAY) as made:
        (made.home / "config").mkdir()
        (made.home / "config" / "agreements.csv").write_text(f"DfE No,Datasets\n{SCHOOL},attendance\n")
        with made.running():
            made.wait_until_idle(timeout_s=TIMEOUT_S)
            yield made


def send(made: Installation, folder: Path, name: str, content: bytes) -> None:
    """Put a file into the school's folder of the inbox and wait until it has had its effect."""
    (folder / name).write_bytes(content)
    made.drop(folder / name, SCHOOL)
    made.wait_until_idle(timeout_s=TIMEOUT_S)


def rows(made: Installation, sql: str) -> list[tuple[object, ...]]:
    """What the database answers."""
    return ask(made.settings().postgres, sql)


def pupils(count: int, refused: int = 0, **cells: str) -> bytes:
    """One week of that many pupils, then rows that must be refused."""
    good = [attendance_row(number, **cells) for number in range(1, count + 1)]
    return csv_bytes([*good, *(attendance_row(500 + n, Sessions="/", **cells) for n in range(refused))])


def test_a_held_file_is_released_while_everything_runs(made: Installation, tmp_path: Path) -> None:
    """Listed with exit status 1, shown with what is unusual, released with who and why; its line changes state."""
    send(made, tmp_path, "all.csv", pupils(25))
    send(made, tmp_path, "few.csv", pupils(19, Sessions="IIIII/\\/\\/"))
    before = rows(made, LINES.format("few.csv"))
    (listed,) = json.loads(made.run("held", "list", "--json", expected=1))
    shown = made.run("held", "show", "few.csv")

    told = made.run("held", "release", listed["file"], "--by", "A. Clerk", "--why", "a trip")
    made.wait_until_idle(timeout_s=TIMEOUT_S)

    assert (listed["file_name"], listed["dataset"], listed["reason"]) == ("few.csv", "attendance", "COUNT_CHANGED")
    assert "It has 19 pupils; delivery 1 had 25." in shown
    assert f"{SCHOOL}/attendance/2" in told
    assert before == [("held", None, "COUNT_CHANGED", TODAY)]
    assert rows(made, LINES.format("few.csv")) == [("applied", 2, None, TODAY)]
    assert rows(made, f"SELECT marks[1] FROM reporting.pupil_week WHERE pupil_key = '{upn(19)}'") == [("I",)]


def test_refused_rows_of_a_released_file_are_listed_until_the_school_has_mended_them(
    made: Installation, tmp_path: Path
) -> None:
    """Nothing is listed while the file is held; a later delivery with the rows in good order empties the list."""
    count = "SELECT count(*), min(delivery_seq) FROM reporting.rejected_row"
    send(made, tmp_path, "faulty.csv", pupils(20, refused=6))
    held = rows(made, count)
    made.run("held", "release", "faulty.csv", "--by", "A. Clerk", "--why", "the rest is needed")
    made.wait_until_idle(timeout_s=TIMEOUT_S)
    released = rows(made, count)

    send(made, tmp_path, "mended.csv", pupils(21))

    assert (held, released) == ([(0, None)], [(6, 3)])
    assert rows(made, count) == [(0, None)]


def test_a_rejected_file_leaves_the_list(made: Installation, tmp_path: Path) -> None:
    """Its line says rejected, and nothing of it is used."""
    send(made, tmp_path, "odd.csv", pupils(10))

    made.run("held", "reject", f"{SCHOOL}/odd.csv", "--why", "the wrong export")
    made.wait_until_idle(timeout_s=TIMEOUT_S)

    assert rows(made, LINES.format("odd.csv")) == [("rejected", None, "COUNT_CHANGED", TODAY)]
    assert made.run("held", "list") == "no file is held\n"


def test_a_decision_without_a_file_or_a_reason_is_wrong_use(made: Installation) -> None:
    """Exit status 2, and nothing is put on record."""
    made.run("held", "release", "nothing.csv", "--why", "because", expected=2)
    made.run("held", "release", "nothing.csv", expected=2)
    made.run("held", "show", "nothing.csv", expected=2)
