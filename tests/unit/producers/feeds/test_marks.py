"""Strings of marks, in every way a system may write them, become one code per session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.feeds.marks import decode
from producers.feeds.profile import Profile
from schemas.codes import attendance_codes
from tests.support.csv_files import FULL_WEEK, Row, attendance_row, context, parsed

CODES = [code.code for code in attendance_codes() if len(code.code) < 3]
WEEK = ["/", "\\", "C2", "Y1", "", "\\", "#", "#", "L", "J1"]


def _file(*strings: str) -> list[Row]:
    return [attendance_row(number, Sessions=text) for number, text in enumerate(strings, 1)]


def _slash(mark: str, slot: int) -> str:
    return "/\\"[slot % 2] if mark in {"/", "\\"} else mark


def _plain(marks: list[str]) -> str:
    return "".join(mark or " " for mark in marks)


def _fixed2(marks: list[str]) -> str:
    return "".join(mark.ljust(2) for mark in marks)


@pytest.mark.parametrize(
    ("text", "decoding"),
    [
        (_plain(WEEK), "plain weekly"),
        (" ".join(WEEK), "separated by space weekly"),
        (",".join(WEEK), "separated by comma weekly"),
        ("|".join(WEEK), "separated by bar weekly"),
        (";".join(WEEK), "separated by semicolon weekly"),
        (_fixed2(WEEK), "fixed2 weekly"),
    ],
)
def test_the_way_of_writing_is_found_by_evidence(tmp_path: Path, text: str, decoding: str) -> None:
    """The same week comes out of every way of writing it, and the way is recorded."""
    result = parsed(tmp_path, _file(text))

    assert result.rows["marks"].to_list() == [WEEK]
    assert (result.decoding, result.rejected) == (decoding, ())


@settings(deadline=None)
@given(
    weeks=st.lists(st.lists(st.sampled_from(CODES), min_size=10, max_size=10), min_size=1, max_size=5),
    write=st.sampled_from([_plain, _fixed2, " ".join, ",".join, "|".join, ";".join]),
)
def test_any_week_of_real_codes_comes_back(weeks: list[list[str]], write: Callable[[list[str]], str]) -> None:
    """Reading undoes writing, whatever the codes, as long as slashes stand in their half of the day."""
    weeks = [[_slash(mark, slot) for slot, mark in enumerate(week)] for week in weeks]
    texts = pl.Series([write(week) for week in weeks])
    marks = decode(texts, np.zeros(len(weeks), dtype=np.int64), Profile())

    found = [marks.vocabulary[number] for number in marks.numbers.tolist()]
    assert found == [mark for week in weeks for mark in week]


def test_blanks_inside_are_marks(tmp_path: Path) -> None:
    """A pupil without afternoon marks is not read as one with half the days."""
    result = parsed(tmp_path, _file("/ / / / / ", FULL_WEEK))

    assert result.rows["marks"].to_list()[0] == ["/", ""] * 5


def test_a_blank_at_the_end_that_was_cut_off_does_not_hide_a_fixed_width(tmp_path: Path) -> None:
    """Spreadsheets trim the last blank."""
    result = parsed(tmp_path, _file(_fixed2(["C2", *FULL_WEEK[1:]]).rstrip()))

    assert result.rows["marks"].to_list() == [["C2", *FULL_WEEK[1:]]]


def test_lower_case_of_a_known_code_is_raised(tmp_path: Path) -> None:
    """Both letters of a longer code may be small."""
    result = parsed(tmp_path, _file("/\\ic2lb\\/\\/"))

    assert result.rows["marks"].to_list() == [["/", "\\", "I", "C2", "L", "B", "\\", "/", "\\", "/"]]


@pytest.mark.parametrize(
    ("mark", "rule"),
    [("A", "V20_UNKNOWN_CODE"), ("*", "V20_UNKNOWN_CODE"), ("1", "V24_LOOK_ALIKE"), ("І", "V24_LOOK_ALIKE")],  # noqa: RUF001
)
def test_an_unknown_code_is_kept_and_told(tmp_path: Path, mark: str, rule: str) -> None:
    """Never dropped, never counted as something else."""
    result = parsed(tmp_path, _file(mark + FULL_WEEK[1:]))

    assert result.rows["marks"].to_list() == [[mark, *FULL_WEEK[1:]]]
    assert [(found.row, found.column, found.rule) for found in result.warnings] == [(1, "Sessions", rule)]


@pytest.mark.parametrize("code", ["H", "J", "Y"])
def test_a_retired_code_is_kept_and_told(tmp_path: Path, code: str) -> None:
    """Real registers still hold them."""
    result = parsed(tmp_path, _file(code + FULL_WEEK[1:]))

    assert result.rows["marks"].to_list()[0][0] == code
    assert [found.rule for found in result.warnings] == ["V21_NOT_IN_FORCE"]


def test_a_code_of_2024_in_an_earlier_year_is_told(tmp_path: Path) -> None:
    """The table has the day from which each is in force."""
    row = attendance_row(Start_Date="2023-09-11", Attendance_Year="", Sessions="C2" + FULL_WEEK[1:])

    assert [found.rule for found in parsed(tmp_path, [row]).warnings] == ["V21_NOT_IN_FORCE"]


def test_a_slash_in_the_wrong_half_of_the_day_stands_as_sent(tmp_path: Path) -> None:
    """The position decides; the mark is told."""
    result = parsed(tmp_path, _file("\\/" + FULL_WEEK[2:]))

    assert result.rows["marks"].to_list()[0][:2] == ["\\", "/"]
    assert [found.rule for found in result.warnings] == ["V23_WRONG_SLASH"]


def test_a_row_written_otherwise_than_its_file_is_refused(tmp_path: Path) -> None:
    """One way per file: the others are not guessed at."""
    result = parsed(tmp_path, _file(FULL_WEEK, FULL_WEEK, " ".join(FULL_WEEK)))

    assert [(found.row, found.rule) for found in result.rejected] == [(3, "V22_NO_DECODING")]


@pytest.mark.parametrize("text", [FULL_WEEK[:-1], FULL_WEEK + "/\\", FULL_WEEK.replace("\\", "\\\\")])
def test_a_length_that_does_not_fit_the_days_is_refused(tmp_path: Path, text: str) -> None:
    """A backslash lost or doubled shifts every mark after it."""
    result = parsed(tmp_path, _file(FULL_WEEK, FULL_WEEK, text))

    assert [(found.row, found.column, found.rule) for found in result.rejected] == [(3, "Sessions", "V19_LENGTH")]


def test_two_characters_that_are_no_code_are_two_marks(tmp_path: Path) -> None:
    """Only pairs that the list has are read as one."""
    result = parsed(tmp_path, _file("C3" + FULL_WEEK[2:]))

    assert result.rows["marks"].to_list()[0][:2] == ["C", "3"]


def test_a_pair_is_never_made_across_rows(tmp_path: Path) -> None:
    """A C at the end of a row and a 1 at the start of the next stay apart."""
    result = parsed(tmp_path, _file(FULL_WEEK[:-1] + "C", "1" + FULL_WEEK[1:]))

    assert [marks[0] for marks in result.rows["marks"].to_list()] == ["/", "1"]


def test_substitutes_of_the_profile_are_read_as_their_code(tmp_path: Path) -> None:
    """A school may have one character for a longer code."""
    result = parsed(tmp_path, _file("=+" + FULL_WEEK[2:]), context(profile="marks==:I01,+:X01"))

    assert result.rows["marks"].to_list()[0][:2] == ["I01", "X01"]


def test_a_collapsed_j_is_an_interview_since_2024(tmp_path: Path) -> None:
    """Where the profile says that sub-codes were cut off, J after 18 August 2024 is J1, before it J."""
    before = attendance_row(2, Start_Date="2024-06-03", Attendance_Year="", Sessions="J" + FULL_WEEK[1:])

    result = parsed(tmp_path, [*_file("J" + FULL_WEEK[1:]), before], context(profile="sessions=collapsed"))

    assert [marks[0] for marks in result.rows["marks"].to_list()] == ["J1", "J"]
    assert result.decoding == "collapsed weekly"


def test_an_agreed_way_is_not_questioned(tmp_path: Path) -> None:
    """With plain agreed, a separated row is refused even where it would fit."""
    rows = _file(FULL_WEEK, " ".join(FULL_WEEK))

    result = parsed(tmp_path, rows, context(profile="sessions=plain"))

    assert [found.row for found in result.rejected] == [2]


def test_a_quoted_cell_keeps_its_commas(tmp_path: Path) -> None:
    """Marks separated by commas stand in quotation marks."""
    result = parsed(tmp_path, _file(",".join(FULL_WEEK)))

    assert result.rows["marks"].to_list() == [list(FULL_WEEK)]


@pytest.mark.parametrize(
    ("text", "decoding"),
    [
        ("I,I,,I,I,I,I,I,I,I", "separated by comma weekly"),
        ("/ " * 10, "plain long"),
        ("# " * 10, "fixed2 weekly"),
    ],
)
def test_of_two_ways_that_fit_the_more_sensible_is_taken(tmp_path: Path, text: str, decoding: str) -> None:
    """Fewer unknown codes, then fewer slashes in the wrong half of the day, then fewer blanks."""
    assert parsed(tmp_path, _file(text)).decoding == decoding
