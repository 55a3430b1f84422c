"""What the receipt says of each fault of an attendance row: row, column and rule, never a value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.checking import check
from tests.support.csv_files import FULL_WEEK, Row, attendance_row, csv_bytes

GOOD = [attendance_row(number) for number in (1, 2, 3)]


def receipt(folder: Path, monkeypatch: pytest.MonkeyPatch, *rows: Row) -> dict[str, Any]:
    """The receipt of a file received on a Friday in the week of the rows."""
    monkeypatch.setenv("PUPILSTREAM_TODAY", "2026-11-20")
    path = folder / "week.csv"
    path.write_bytes(csv_bytes(rows))
    said: list[str] = []
    check(path, said.append, home=None, sender=None, as_json=True)
    told: dict[str, Any] = json.loads("".join(said))
    return told


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"Sessions": FULL_WEEK[:-1]}, "Sessions", "V19_LENGTH"),
        ({"Sessions": ",".join(FULL_WEEK)}, "Sessions", "V22_NO_DECODING"),
        ({"Start_Date": "2026-11-10"}, "Start Date", "START_DAY"),
        ({"Attendance_Year": "2025"}, "Start Date", "V14_OUTSIDE_YEAR"),
    ],
)
def test_a_refused_row_has_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: dict[str, str], column: str, rule: str
) -> None:
    """Wrong length, no decoding, a start inside the week, dates outside the year."""
    told = receipt(tmp_path, monkeypatch, *GOOD, attendance_row(4, **cells))

    assert told["rejected"] == [{"row": 4, "column": column, "rule": rule}]
    assert (told["rows_accepted"], told["rows_rejected"]) == (3, 1)


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"Sessions": "*" + FULL_WEEK[1:]}, "V20_UNKNOWN_CODE"),
        ({"Sessions": "H" + FULL_WEEK[1:]}, "V21_NOT_IN_FORCE"),
        ({"Start_Date": "2026-11-23"}, "V15_NOT_YET"),
    ],
)
def test_an_accepted_row_with_a_remark_has_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: dict[str, str], rule: str
) -> None:
    """Unknown symbols, codes out of force, marks beyond the day of receipt."""
    told = receipt(tmp_path, monkeypatch, *GOOD, attendance_row(4, **cells))

    assert told["warnings"] == [{"row": 4, "column": "Sessions", "rule": rule}]
    assert told["rows_rejected"] == 0


def test_every_copy_of_a_contradicted_week_has_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three copies, two of them the same: none of them is believed, wherever the third stands."""
    other = attendance_row(1, Sessions="I" + FULL_WEEK[1:])

    told = receipt(tmp_path, monkeypatch, GOOD[0], GOOD[1], other, GOOD[2], GOOD[0])

    assert told["rejected"] == [{"row": row, "column": "Sessions", "rule": "V08_CONTRADICTION"} for row in (1, 3, 5)]
    assert told["rows_accepted"] == 2


def test_weeks_that_overlap_in_a_long_row_have_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long row and a shorter one of the same pupil that disagree about one day."""
    long = [attendance_row(n, Sessions=(FULL_WEEK + "####") * 2, Start_Date="2026-11-02") for n in (1, 2, 3)]
    part = attendance_row(1, Sessions="I\\", Start_Date="2026-11-11")

    told = receipt(tmp_path, monkeypatch, *long, part)

    assert [line["row"] for line in told["rejected"]] == [1, 4]
