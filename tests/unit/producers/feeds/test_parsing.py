"""A file as a whole: its kind by its header, and what is refused before any row is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.feeds.findings import FileRefusedError, Finding
from producers.feeds.parsing import identify
from producers.feeds.profile import Profile
from schemas.events import Dataset
from tests.support.csv_files import (
    Row,
    attendance_row,
    calendar_row,
    context,
    csv_bytes,
    exclusion_row,
    parsed,
    pupil_row,
)

ROWS: list[tuple[Row, Dataset]] = [
    (attendance_row(), "attendance"),
    (exclusion_row(), "exclusions"),
    (pupil_row(), "pupils"),
    (calendar_row(), "calendar"),
]


def _refused(tmp_path: Path, content: bytes, profile: str = "") -> FileRefusedError:
    with pytest.raises(FileRefusedError) as caught:
        parsed(tmp_path, content, context(profile=profile))
    return caught.value


def _renamed(row: Row, **names: str) -> Row:
    return {names.get(name.replace(" ", "_"), name): text for name, text in row.items()}


@pytest.mark.parametrize(("row", "dataset"), ROWS)
def test_the_header_tells_the_kind_of_file(tmp_path: Path, row: Row, dataset: Dataset) -> None:
    """Whatever its name, and before anything else is read."""
    path = tmp_path / "misleading exclusions attendance.csv"
    path.write_bytes(csv_bytes([row]))

    assert identify(path, Profile()) == dataset


def test_a_kind_is_told_from_the_header_alone(tmp_path: Path) -> None:
    """Rows that cannot be decoded do not matter to it."""
    path = tmp_path / "file.csv"
    path.write_bytes(csv_bytes([exclusion_row()]) + b"\xff\xff\n")

    assert identify(path, Profile()) == "exclusions"


@pytest.mark.parametrize("content", [b"", b"hello\n", b"PK\x03\x04", b"A,B\n1,2\n"])
def test_a_header_that_is_none_tells_nothing(tmp_path: Path, content: bytes) -> None:
    """No kind, and no error."""
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    assert identify(path, Profile()) is None


def test_headers_are_compared_loosely(tmp_path: Path) -> None:
    """Case, spaces, punctuation, order and aliases do not matter."""
    row = _renamed(
        attendance_row(),
        First_Name="FORENAME",
        Surname="family_name",
        DOB="Date  of Birth",
        DfE_No="Estab No",
        Start_Date="week-start",
        Sessions="Week Marks",
        Admission_Number="School Admission/Enrolment Number",
    )
    backwards = dict(reversed(row.items()))

    result = parsed(tmp_path, [backwards])

    assert result.rows["admission_number"].to_list() == ["1001"]
    assert result.warnings == ()


def test_a_column_of_no_contract_is_dropped_and_told(tmp_path: Path) -> None:
    """Its name is told, its cells are never read."""
    result = parsed(tmp_path, [attendance_row(Medical_Notes="\x07 asthma")])

    assert "Medical Notes" not in result.rows.columns
    assert [Finding(None, "Medical Notes", "C10_UNKNOWN_COLUMN")] == list(result.warnings)


def test_a_header_joined_with_a_row_gives_no_value_away(tmp_path: Path) -> None:
    """Found by fuzzing: what stands there may be a child's name, so it is told without it."""
    row = attendance_row()
    header, cells = ",".join(row), "Somebody,12/03/2012,12 Some Street"

    result = parsed(tmp_path, f"{header},{cells}\n{','.join(row.values())},,,\n".encode())

    assert [Finding(None, None, "C10_UNKNOWN_COLUMN")] * 3 == list(result.warnings)


@pytest.mark.parametrize("column", ["Looked After", "CLA", "Child Protection", "In Care"])
def test_a_column_that_says_who_is_protected_is_told_apart(tmp_path: Path, column: str) -> None:
    """The school should not send it at all."""
    result = parsed(tmp_path, [{**attendance_row(), column: "Y"}])

    assert [Finding(None, column, "V42_SHIELDED_COLUMN")] == list(result.warnings)


@pytest.mark.parametrize(("row", "dataset"), ROWS)
def test_a_header_alone_is_an_empty_file_of_its_kind(tmp_path: Path, row: Row, dataset: Dataset) -> None:
    """Whether that is held is for others to say."""
    header = csv_bytes([row]).splitlines(keepends=True)[0]

    result = parsed(tmp_path, header)

    assert (result.dataset, result.rows_total, result.rows_accepted, result.rejected) == (dataset, 0, 0, ())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"1,2,3\n4,5,6\n", "C09_HEADER_NOT_RECOGNISED"),
        (csv_bytes([exclusion_row()], delimiter=";"), "C01_DELIMITER"),
        (csv_bytes([exclusion_row()], delimiter="\t"), "C01_DELIMITER"),
        (b"sep=,\n" + csv_bytes([exclusion_row()]), "C01_DELIMITER"),
        (b"Weekly export\n\n" + csv_bytes([exclusion_row()]), "C12_TITLE_OR_TOTALS"),
        (b"# Weekly export\n" + csv_bytes([exclusion_row()]), "C15_COMMENT_LINE"),
        (b'"' + csv_bytes([calendar_row()]).replace(b"\r\n", b'"\r\n"') + b'"', "C17_ONE_COLUMN"),
    ],
)
def test_without_a_header_the_reason_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    """What is most likely wrong, not just that no header was found."""
    refusal = _refused(tmp_path, content)

    assert (refusal.reason, refusal.dataset) == (reason, None)


@pytest.mark.parametrize("column", ["UPN", "Surname", "DOB", "Sessions"])
def test_a_required_column_must_be_there(tmp_path: Path, column: str) -> None:
    """The column is named."""
    row = {name: text for name, text in attendance_row().items() if name != column}

    refusal = _refused(tmp_path, csv_bytes([row]))

    assert refusal.reason in {"C09_HEADER_MISSING", "C09_HEADER_NOT_RECOGNISED"}
    assert (column == "Sessions") == (refusal.dataset is None)


@pytest.mark.parametrize("alias", ["Surname ", "Family Name", "LAST NAME"])
def test_a_column_must_not_stand_twice(tmp_path: Path, alias: str) -> None:
    """Not under another name either."""
    refusal = _refused(tmp_path, csv_bytes([{**attendance_row(), alias: "Other"}]))

    assert refusal.reason == "C08_DUPLICATE_HEADER"
    assert refusal.findings == (Finding(None, "Surname", "C08_DUPLICATE_HEADER"),)


@pytest.mark.parametrize(("profile", "delimiter"), [("semicolon", ";"), ("tab", "\t"), ("pipe", "|")])
@pytest.mark.parametrize("first", [b"", b"sep=%s\n"])
def test_an_agreed_delimiter_is_read(tmp_path: Path, profile: str, delimiter: str, first: bytes) -> None:
    """With Excel's own first line or without."""
    line = first % delimiter.encode() if first else first
    content = line + csv_bytes([exclusion_row()], delimiter=delimiter)

    result = parsed(tmp_path, content, context(profile=f"delimiter={profile}"))

    assert result.rows_accepted == 1


def test_a_file_that_breaks_off_is_refused_with_its_kind(tmp_path: Path) -> None:
    """The receipt can say which file to send again."""
    refusal = _refused(tmp_path, csv_bytes([attendance_row(1), attendance_row(2)])[:-40])

    assert (refusal.reason, refusal.dataset) == ("F04_TRUNCATED", "attendance")


def test_no_value_is_in_an_error(tmp_path: Path) -> None:
    """Neither in its text nor in its findings."""
    refusal = _refused(tmp_path, csv_bytes([attendance_row(Surname="Unmistakable", Sessions="Unmistakable")]))

    assert "Unmistakable" not in f"{refusal!r} {refusal} {refusal.findings} {refusal.warnings}"


def test_a_stray_quotation_mark_costs_a_name_but_not_the_row(tmp_path: Path) -> None:
    """The cell is read as missing; a proper one in another row stays."""
    content = csv_bytes([attendance_row(1, Surname="A'B"), attendance_row(2, Surname='C"D')]).replace(b"A'B", b'A"B')

    result = parsed(tmp_path, content)

    assert result.rows["surname"].to_list() == [None, 'C"D']
    assert [Finding(1, "Surname", "C06_STRAY_QUOTE")] == list(result.warnings)
