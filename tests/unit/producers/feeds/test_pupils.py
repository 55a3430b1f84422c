"""The council's pupil index."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from producers.feeds.findings import Finding
from producers.feeds.parsing import Parsed
from schemas.codec import columns
from tests.support.csv_files import SCHOOL, Row, context, parsed, pupil_row, upn

COUNCIL = context("council")


def _parsed(tmp_path: Path, *rows: Row) -> Parsed:
    return parsed(tmp_path, rows, COUNCIL)


def test_a_good_row_is_read_whole(tmp_path: Path) -> None:
    """Every field of the record comes from its column."""
    row = pupil_row(
        Former_UPN=upn(9), Preferred_Name="Addie", Gender="F", Admission_Number="77", Looked_After_To="2026-01-31"
    )

    result = _parsed(tmp_path, row)

    expected = {
        "row": 1,
        "pupil_id": "P1",
        "upn": upn(1),
        "former_upn": upn(9),
        "first_name": "Ada",
        "surname": "Example",
        "preferred_name": "Addie",
        "dob": date(2012, 3, 12),
        "gender": "F",
        "looked_after_from": date(2025, 9, 1),
        "looked_after_to": date(2026, 1, 31),
        "social_worker": "Team North",
        "sealed": False,
        "dfe_no": SCHOOL,
        "admission_number": "77",
    }
    assert [expected] == result.rows.to_dicts()
    assert (result.units, result.completeness, result.rejected, result.warnings) == (1, "snapshot", (), ())


def test_the_rows_have_the_records_columns(tmp_path: Path) -> None:
    """Everything but the number of the delivery, in the schema's order and types."""
    kinds = columns("CouncilPupil").items()

    assert dict(_parsed(tmp_path, pupil_row()).rows.schema) == {n: k for n, k in kinds if n != "delivery_seq"}


def test_a_row_needs_the_councils_id(tmp_path: Path) -> None:
    """The only required cell."""
    result = _parsed(tmp_path, pupil_row(1), pupil_row(2, Pupil_ID=""))

    assert [Finding(2, "Pupil ID", "REQUIRED_CELL")] == list(result.rejected)


def test_a_child_may_have_several_periods(tmp_path: Path) -> None:
    """Rows of one id that differ in periods are all kept."""
    result = _parsed(tmp_path, pupil_row(1), pupil_row(1, Looked_After_From="01/02/2020", Looked_After_To="01/03/2020"))

    assert (result.rows_accepted, result.units, result.warnings) == (2, 2, ())


@pytest.mark.parametrize("cells", [{"UPN": upn(7)}, {"Surname": "Other"}, {"First_Name": "Eve"}, {"DOB": "13/03/2012"}])
def test_one_id_for_two_children_is_refused_in_every_row(tmp_path: Path, cells: dict[str, str]) -> None:
    """Never the last one wins."""
    result = _parsed(tmp_path, pupil_row(1), pupil_row(2), pupil_row(1, **cells))

    assert [(found.row, found.rule) for found in result.rejected] == [
        (1, "V08_CONTRADICTION"),
        (3, "V08_CONTRADICTION"),
    ]


def test_a_blank_contradicts_nothing(tmp_path: Path) -> None:
    """A row for a second period may leave the UPN out."""
    result = _parsed(tmp_path, pupil_row(1), pupil_row(1, UPN="", Looked_After_From="01/02/2020"))

    assert result.rows_accepted == 2


@pytest.mark.parametrize(("text", "sealed"), [("Y", True), ("yes", True), ("", False), ("N", False), ("?", True)])
def test_whatever_is_not_a_clear_no_seals(tmp_path: Path, text: str, sealed: bool) -> None:  # noqa: FBT001
    """A protected child is not shown because of a typing error."""
    assert _parsed(tmp_path, pupil_row(Sealed=text)).rows["sealed"].to_list() == [sealed]


@pytest.mark.parametrize(
    ("column", "rule"),
    [("DOB", "V12_NO_SUCH_DAY"), ("Looked After From", "V12_NO_SUCH_DAY"), ("DfE No", "V11_DFE_NUMBER")],
)
def test_other_broken_cells_are_read_as_missing(tmp_path: Path, column: str, rule: str) -> None:
    """A broken date or number does not lose the child."""
    result = _parsed(tmp_path, pupil_row(**{column.replace(" ", "_"): "31/02/2012"}))

    assert result.rows_accepted == 1
    assert [Finding(1, column, rule)] == list(result.warnings)


def test_the_same_row_twice_is_told(tmp_path: Path) -> None:
    """Both are published."""
    result = _parsed(tmp_path, pupil_row(1), pupil_row(1))

    assert (result.rows_accepted, [found.rule for found in result.warnings]) == (2, ["V07_REPEATED_ROW"])
