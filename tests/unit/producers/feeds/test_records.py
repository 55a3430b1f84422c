"""From text to records, by RFC 4180 and nothing looser."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.feeds.findings import FileRefusedError
from producers.feeds.lines import lines_of
from producers.feeds.profile import Profile
from producers.feeds.reading import text_of
from producers.feeds.records import Records, records_of

CELLS = st.text(alphabet="ab é\u2019/\\#-;|\t=", max_size=6)


def _records(text: str, delimiter: str = ",") -> Records:
    return records_of(lines_of(text_of(text.encode(), Profile())), delimiter)


def _refused(text: str) -> str:
    with pytest.raises(FileRefusedError) as caught:
        _records(text)
    return caught.value.reason


def _rows(records: Records) -> list[tuple[str | int | None, ...]]:
    return records.cells.rows()


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_the_fast_way_equals_the_strict_module(rows: list[list[str]], line_end: str, end: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """Without quotation marks, splitting in columns gives what csv.reader(strict=True) gives."""
    lines = ["A,B,C", *(",".join(row) for row in rows)]
    text = line_end.join(lines) + (line_end if end else "")
    try:
        records = _records(text)
    except FileRefusedError as refusal:
        assert refusal.reason in {"F04_TRUNCATED", "C15_COMMENT_LINE"}  # noqa: PT017 - other drawn files are whole
        return

    expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]

    kept = [(n, row) for n, row in enumerate(expected, 1) if any(cell.strip(" \t") for cell in row)]
    wide = [(n, *(cell or None for cell in row)) for n, row in kept if len(row) == 3]
    assert _rows(records) == wide
    assert [found.row for found in records.misshapen] == [n for n, row in kept if len(row) != 3]


@settings(deadline=None)
@given(st.lists(st.lists(CELLS | st.just('q"q') | st.just("two\nlines"), min_size=3, max_size=3), max_size=6))
def test_quoted_files_come_back_as_written(rows: list[list[str]]) -> None:
    """Commas, quotation marks and line breaks inside quoted cells are data."""
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["A", "B", "C"], *rows])

    records = _records(file.getvalue())

    kept = [(n, *(cell or None for cell in row)) for n, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    found = [tuple(v.replace("\x00", '"') if isinstance(v, str) else v for v in row) for row in _rows(records)]
    assert found == kept


def test_blank_lines_and_rows_of_commas_count_as_records_but_are_no_rows() -> None:
    """Row numbers are those of the file."""
    records = _records("A,B\n\n1,2\n,\n , \n3,4\n")

    assert _rows(records) == [(2, "1", "2"), (5, "3", "4")]
    assert records.total == 2


def test_a_line_break_in_a_cell_does_not_shift_row_numbers() -> None:
    """Records are counted, not lines."""
    records = _records('A,B\n"1\n1",2\n3,4\n')

    assert _rows(records) == [(1, "1\n1", "2"), (2, "3", "4")]


@pytest.mark.parametrize(
    ("line", "rule"), [("1", "C02_SHORT_ROW"), ("1,2,3", "C03_LONG_ROW"), ('"1",2,', "C03_LONG_ROW")]
)
def test_rows_of_another_width_are_refused_alone(line: str, rule: str) -> None:
    """Columns are never shifted."""
    records = _records(f"A,B\n5,6\n{line}\n7,8\n")

    assert [(found.row, found.rule) for found in records.misshapen] == [(2, rule)]
    assert (records.cells.height, records.total) == (2, 3)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("A,B\n1,2\n3", "F04_TRUNCATED"),
        ('A,B\n"1,2\n3,4\n', "C04_UNCLOSED_QUOTE"),
        ('A,B\n"1"x,2\n', "C05_TEXT_AFTER_QUOTE"),
        ("A,B\n1,2\r3,4,5\n", "E10_SPLIT_ROW"),
        ("A,B\n# exported today\n1,2\n", "C15_COMMENT_LINE"),
        ("A,B,C,D\n1,2,3,4\nTotal,1,,\n", "C12_TITLE_OR_TOTALS"),
        ("A,B,C,D\n1,2,3,4\nTotal rows: 1\n", "C12_TITLE_OR_TOTALS"),
        ("A,B\n1,2\nA,B\n3,4\n", "E12_JOINED_FILES"),
        ("A,B\n1,2\n\ufeffA,B\n3,4\n", "E12_JOINED_FILES"),
        (f"A,B\n1,{'x' * 8193}\n", "C14_LONG_CELL"),
        (f'A,B\n1,"{"x" * 8193}"\n', "C14_LONG_CELL"),
        (f"A,B\n1,{'x' * 65537}\n", "F12_LONG_LINE"),
        ("x" * 70_000, "F12_LONG_LINE"),
        (",".join("A" * 201) + "\n", "F13_TOO_MANY_ROWS"),
        ("A,B\n" + "1,2\n" * 200_001, "F13_TOO_MANY_ROWS"),
        ("A,B\n" + "\n" * 1_000_000, "F13_TOO_MANY_ROWS"),
    ],
)
def test_files_that_are_not_the_agreed_csv_are_refused(text: str, rule: str) -> None:
    """Nothing of such a file is used."""
    assert _refused(text) == rule


@pytest.mark.parametrize("text", ["A,B\r1,2\r3,4\r", "A,B\n1,2\r3,4\n", "A,B\r\n1,2\n3,4\r\n", 'A,B\n"1",2\r3,4\n'])
def test_unusual_line_ends_are_read_with_a_warning(text: str) -> None:
    """CR alone, or several kinds in one file, as long as every row comes out whole."""
    records = _records(text)

    assert _rows(records) == [(1, "1", "2"), (2, "3", "4")]
    assert [found.rule for found in records.warnings] == ["E09_LINE_ENDS"]


def test_a_quotation_mark_out_of_place_is_kept_visible() -> None:
    """One that was quoted as it should be is marked, so that the other can be told."""
    records = _records('A,B\nb"c,2\n"b""c",4\n')

    assert _rows(records) == [(1, 'b"c', "2"), (2, "b\x00c", "4")]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter_is_read_where_agreed(delimiter: str) -> None:
    """Commas are data then."""
    records = _records(f"A{delimiter}B\n1,5{delimiter}2\n", delimiter)

    assert _rows(records) == [(1, "1,5", "2")]
