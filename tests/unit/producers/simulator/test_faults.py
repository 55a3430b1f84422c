"""What goes wrong, found again in the bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from producers.simulator.faults import FAULTS, Fault, spoil_file
from producers.simulator.files import Delivery
from tests.unit.producers.simulator.reading import Folder, decode, records, upn_is_right

_DATA = b'UPN,Surname\r\nF830999823123,"Smith, J"\r\nF830999724002,Green\r\nQ830999618010,Reeve\r\n'


def _delivery() -> Delivery:
    return Delivery("8309999", "attendance", "attendance_2025_w1.csv", _DATA, 3)


def _broken(name: str) -> Delivery:
    fault = next(each for each in FAULTS if each.name == name)
    return spoil_file(fault, _delivery())[0][0]


def test_no_fault_without_a_share(week_five: Folder) -> None:
    """A share of nothing spoils nothing: every file is accepted."""
    manifest = week_five.manifest

    assert {("accepted", None)} == {(record["state"], record["fault"]) for record in manifest["files"]}


def test_a_share_of_one_spoils_every_school(spoilt: Folder) -> None:
    """With a share of 1 each school has one fault, and most kinds occur among 45 schools."""
    faults = [school["fault"] for school in spoilt.manifest["schools"]]

    assert None not in faults
    assert len(set(faults)) > len({fault.name for fault in FAULTS}) // 2


def test_an_empty_file_has_no_bytes() -> None:
    """The empty file is empty."""
    assert _broken("empty").data == b""


def test_a_truncated_file_ends_inside_a_quoted_cell() -> None:
    """A strict reader meets the end of the file inside a quotation."""
    text = _broken("truncated").data.decode()

    with pytest.raises(csv.Error, match="unexpected end of data"):
        list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_a_spreadsheet_shows_by_its_first_bytes() -> None:
    """It begins as every zip archive does."""
    assert _broken("spreadsheet").data.startswith(b"PK\x03\x04")


def test_headers_go_missing_or_stay_alone() -> None:
    """One fault takes the header and leaves the rows, the other takes the rows and leaves the header."""
    header, rows = _DATA.split(b"\r\n", 1)

    assert rows == _broken("no_header").data
    assert header + b"\r\n" == _broken("header_only").data
    assert _broken("header_only").rows == 0


def test_semicolons_leave_one_column_to_a_reader_of_commas() -> None:
    """No comma is left as a delimiter."""
    assert b"," not in _broken("semicolons").data


def test_an_old_program_saves_what_is_not_utf8() -> None:
    """The bytes do not decode, and a reader of Windows-1252 sees an accent."""
    data = _broken("windows_1252").data

    with pytest.raises(UnicodeDecodeError):
        data.decode()
    assert "é" in data.decode("cp1252")


def test_a_copy_has_the_same_bytes_and_another_name() -> None:
    """Two files are handed over, the second to be known as a duplicate."""
    (first, state, _), (second, second_state, _) = spoil_file(Fault("copy", "attendance"), _delivery())

    assert (state, second_state) == ("accepted", "duplicate")
    assert first.data == second.data
    assert first.file_name < second.file_name


_SHOWS: dict[str, Callable[[str], bool]] = {
    "upn_letter": lambda cell: not upn_is_right(cell),
    "marks_length": lambda cell: len(cell) > len(cell.rstrip("/")) and _odd(cell),
    "unknown_code": lambda cell: decode(cell)[0] == "%",
    "retired_code": lambda cell: decode(cell)[0] == "H",
    "dob_blank": lambda cell: not cell,
    "start_day": lambda cell: cell in ("02/09/2025", "09/09/2025"),
    "impossible_date": lambda cell: cell.startswith("31/02/"),
    "other_school": lambda cell: cell.endswith("9000"),
}
_PLACES = {"UPN": 0, "DOB": 4, "DfE No": 8, "Start Date": 10, "Sessions": 11}


def _odd(marks: str) -> bool:
    with pytest.raises(AssertionError):
        decode(marks)
    return True


def test_bad_rows_are_where_the_manifest_says(spoilt: Folder) -> None:
    """Each listed cell shows its fault, and no other cell of that column does."""
    files = [record for record in spoilt.manifest["files"] if record["bad_rows"]]

    assert len({record["fault"] for record in files}) > 4
    for record in files:
        assert {bad["row"] for bad in record["bad_rows"]} == _found(spoilt, record)


def _found(folder: Folder, record: dict[str, Any]) -> set[int]:
    place, shows = _PLACES[record["bad_rows"][0]["column"]], _SHOWS[record["fault"]]
    cells = [row[place] for row in records(folder.file(record))]
    if record["fault"] == "marks_length":
        return {row for row, cell in enumerate(cells, 1) if _length(cell) not in (10, 14)}
    return {row for row, cell in enumerate(cells, 1) if (cell or place != 0) and shows(cell)}


def _length(marks: str) -> int:
    return len(marks) - sum(digit.isdigit() for digit in marks)


def test_refused_rows_are_too_few_to_hold_a_file(spoilt: Folder) -> None:
    """Rows that are refused stay below five in a file, so it is accepted all the same."""
    refused = [
        [bad for bad in record["bad_rows"] if bad["effect"] == "refused"]
        for record in spoilt.manifest["files"]
        if record["state"] == "accepted"
    ]

    assert max(len(rows) for rows in refused) in range(1, 5)
