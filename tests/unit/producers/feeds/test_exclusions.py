"""Exclusions files: no suspended child is lost to a typing error."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from producers.feeds.context import Context
from producers.feeds.findings import FileRefusedError, Finding
from producers.feeds.parsing import Parsed
from producers.feeds.profile import Profile
from schemas.codec import columns
from schemas.events import RefusedRow
from tests.support.csv_files import (
    OTHER_SCHOOL,
    RECEIVED,
    SCHOOL,
    context,
    csv_bytes,
    csv_lines,
    exclusion_row,
    parsed,
    upn,
)


def _warned(result: Parsed) -> list[tuple[int | None, str | None, str]]:
    return [(found.row, found.column, found.rule) for found in result.warnings]


def test_a_good_row_is_read_whole(tmp_path: Path) -> None:
    """Every field of the record comes from its column; the key of names comes from the installation's secret."""
    result = parsed(tmp_path, [exclusion_row(Action_Code="A7")])

    row = result.rows.to_dicts()[0]
    assert re.fullmatch(r"id:[0-9a-f]{16}", row.pop("id_key"))
    assert row == {
        "row": 1,
        "dfe_no": SCHOOL,
        "pupil_key": upn(1),
        "upn": upn(1),
        "surname": "Example",
        "forename": "Ada",
        "dob": date(2012, 3, 12),
        "nc_year": "10",
        "start_date": date(2026, 11, 9),
        "end_date": date(2026, 11, 13),
        "sessions": 10,
        "type": "SUSP",
        "type_as_sent": None,
        "reasons": ["BU"],
        "description": "Bullying",
        "action_code": "A7",
        "cancelled": False,
    }
    assert (result.rejected, result.warnings, result.completeness) == ((), (), "reach_back")


def test_the_rows_have_the_records_columns(tmp_path: Path) -> None:
    """Everything but the number of the delivery, in the schema's order and types."""
    result = parsed(tmp_path, [exclusion_row()])

    assert dict(result.rows.schema) == {n: kind for n, kind in columns("Exclusion").items() if n != "delivery_seq"}


def test_without_a_usable_upn_the_names_make_the_key(tmp_path: Path) -> None:
    """The row is kept with a warning, and its key is that of names and birth date."""
    rows = [exclusion_row(1, UPN=""), exclusion_row(2, UPN="A830999823123", Surname="Other")]

    result = parsed(tmp_path, rows)

    assert result.rows["pupil_key"].to_list() == result.rows["id_key"].to_list()
    assert result.rows["upn"].to_list() == [None, None]
    assert _warned(result) == [(1, "UPN", "V04_UPN_BLANK"), (2, "UPN", "V02_UPN_CHECK_LETTER")]


@pytest.mark.parametrize("cells", [{"Surname": "EXAMPLE"}, {"Surname": "Exa-mple"}, {"Forename": " Adá "}])
def test_the_key_of_names_does_not_hang_on_their_spelling(tmp_path: Path, cells: dict[str, str]) -> None:
    """Case, accents, hyphens and blanks make no other child."""
    result = parsed(tmp_path, [exclusion_row(1), exclusion_row(1, **cells)])

    assert result.rows["id_key"].n_unique() == 1


@pytest.mark.parametrize("cells", [{"Surname": "Sample"}, {"Forename": "Eve"}, {"DOB": "13/03/2012"}, {"DOB": ""}])
def test_another_name_or_birth_date_is_another_key(tmp_path: Path, cells: dict[str, str]) -> None:
    """Each of the three counts."""
    result = parsed(tmp_path, [exclusion_row(1), exclusion_row(2, **cells)])

    assert result.rows["id_key"].n_unique() == 2


def test_the_key_of_names_hangs_on_the_secret(tmp_path: Path) -> None:
    """It cannot be worked out from a name alone."""
    other = Context(SCHOOL, RECEIVED, Profile(), b"another secret")

    keys = {parsed(tmp_path, [exclusion_row()], known).rows["id_key"][0] for known in (context(), other)}

    assert len(keys) == 2


@pytest.mark.parametrize(
    ("number", "rule"), [("", "V04_UPN_BLANK"), ("A830999823123", "V02_UPN_CHECK_LETTER"), ("x", "V01_UPN_FORMAT")]
)
def test_a_row_without_upn_and_surname_is_refused(tmp_path: Path, number: str, rule: str) -> None:
    """Nothing says which child it is."""
    result = parsed(tmp_path, [exclusion_row(1), exclusion_row(2, UPN=number, Surname="")])

    assert [Finding(2, "UPN", rule)] == list(result.rejected)


def test_a_refused_row_tells_what_could_be_read(tmp_path: Path) -> None:
    """So that its suspension is not thought gone."""
    header = list(exclusion_row())
    records = [
        list(exclusion_row(1).values()),
        list(exclusion_row(2, DfE_No="8.31E+06").values()),
        list(exclusion_row(3, Start_Date="31/02/2026").values()),
        ["short"],
    ]

    result = parsed(tmp_path, csv_lines([header, *records]).encode())

    assert result.refused == (
        RefusedRow(2, upn(2), date(2026, 11, 9)),
        RefusedRow(3, upn(3), None),
        RefusedRow(4, None, None),
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SUSP", "SUSP"),
        ("fixd", "SUSP"),
        ("Fixed Term Exclusion", "SUSP"),
        ("FIXD - Fixed period", "SUSP"),
        ("Permanent", "PERM"),
        ("PERM", "PERM"),
        ("Lunchtime Exclusion", "LNCH"),
    ],
)
def test_types_are_codes_or_words(tmp_path: Path, text: str, code: str) -> None:
    """Older and longer words mean the same three."""
    result = parsed(tmp_path, [exclusion_row(Type=text)])

    assert result.rows.select("type", "type_as_sent").row(0) == (code, None)
    assert "V28_TYPE" not in {rule for _, _, rule in _warned(result)}


@pytest.mark.parametrize(("text", "as_sent"), [("Isolation", "Isolation"), ("", None)])
def test_an_unknown_type_counts_as_a_suspension(tmp_path: Path, text: str, as_sent: str | None) -> None:
    """It is kept as sent, with a warning."""
    result = parsed(tmp_path, [exclusion_row(Type=text)])

    assert result.rows.select("type", "type_as_sent").row(0) == ("SUSP", as_sent)
    assert _warned(result) == [(1, "Type", "V28_TYPE")]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("PP", ["PP"]),
        ("db; pp", ["DB", "PP"]),
        ("Physical assault against a pupil", ["PP"]),
        ("PP - Physical assault against a pupil", ["PP"]),
        ("Verbal abuse/threatening behaviour against an adult", ["VA"]),
        ("Verbal abuse/threatening behaviour against an adult, Bullying", ["BU", "VA"]),
        ("Damage / Theft", ["DM", "TH"]),
        ("Racist abuse\nBullying", ["BU", "RA"]),
        ("Misogynistic behaviour", ["MB"]),
    ],
)
def test_reasons_are_codes_or_words_and_may_be_several(tmp_path: Path, text: str, codes: list[str]) -> None:
    """A slash inside one reason does not split it."""
    result = parsed(tmp_path, [exclusion_row(Code_Description=text)])

    assert result.rows["reasons"].to_list() == [codes]
    assert result.warnings == ()


@pytest.mark.parametrize("text", ["Ran across the roof", "PP; ran across the roof"])
def test_an_unknown_reason_is_shown_as_sent(tmp_path: Path, text: str) -> None:
    """Where a part is unknown the whole is, so that nothing of it is lost."""
    result = parsed(tmp_path, [exclusion_row(Code_Description=text)])

    assert result.rows.select("reasons", "description").row(0) == ([], text)
    assert _warned(result) == [(1, "Code Description", "V28_REASON")]


def test_a_reason_that_was_not_in_force_is_kept_with_a_warning(tmp_path: Path) -> None:
    """OT was withdrawn in 2020."""
    result = parsed(tmp_path, [exclusion_row(Code_Description="OT")])

    assert result.rows["reasons"].to_list() == [["OT"]]
    assert _warned(result) == [(1, "Code Description", "V21_REASON_NOT_IN_FORCE")]


@pytest.mark.parametrize(
    ("cells", "cancelled"),
    [
        ({"Action_Code": "CANC"}, True),
        ({"Code_Description": "Bullying (cancelled)"}, True),
        ({"Code_Description": "Exclusion withdrawn"}, True),
        ({"Code_Description": "Cancelled a lesson"}, False),
        ({"Action_Code": "X"}, False),
    ],
)
def test_only_listed_words_cancel(tmp_path: Path, cells: dict[str, str], cancelled: bool) -> None:  # noqa: FBT001
    """An action code or description cancels where the list has it."""
    assert parsed(tmp_path, [exclusion_row(**cells)]).rows["cancelled"].to_list() == [cancelled]


@pytest.mark.parametrize(
    ("cells", "found", "warned"),
    [
        ({"End_Date": "08/11/2026"}, (None, None), ("End Date", "V26_END_BEFORE_START")),
        ({"Number_of_Sessions": "0"}, (None, None), ("Number of Sessions", "V26_LENGTH")),
        ({"Number_of_Sessions": "-2"}, (None, None), ("Number of Sessions", "V26_LENGTH")),
        ({"Number_of_Sessions": "2.5"}, (None, None), ("Number of Sessions", "V26_LENGTH")),
        ({"Number_of_Sessions": "5.0"}, (date(2026, 11, 13), None), ("Number of Sessions", "V32_NUMBER")),
        ({"Number_of_Sessions": "1e1"}, (date(2026, 11, 13), None), ("Number of Sessions", "V32_NUMBER")),
        ({"Number_of_Sessions": "１０"}, (date(2026, 11, 13), None), ("Number of Sessions", "V32_NUMBER")),  # noqa: RUF001
        ({"End_Date": "30/02/2026"}, (None, 10), ("End Date", "V12_NO_SUCH_DAY")),
        ({"End_Date": ""}, (None, 10), ("End Date", "V26_NO_END")),
        ({"Number_of_Sessions": ""}, (date(2026, 11, 13), None), ("Number of Sessions", "V26_NO_LENGTH")),
    ],
)
def test_a_broken_end_or_length_is_read_as_missing(
    tmp_path: Path, cells: dict[str, str], found: tuple[date | None, int | None], warned: tuple[str, str]
) -> None:
    """The suspension stays; what cannot be is told."""
    result = parsed(tmp_path, [exclusion_row(**cells)])

    assert result.rows.select("end_date", "sessions").row(0) == found
    assert _warned(result) == [(1, *warned)]


def test_a_permanent_exclusion_needs_neither_end_nor_length(tmp_path: Path) -> None:
    """Blank cells are in order there."""
    result = parsed(tmp_path, [exclusion_row(Type="PERM", End_Date="", Number_of_Sessions="")])

    assert (result.rows_accepted, result.warnings) == (1, ())


def test_a_permanent_exclusion_with_an_end_is_told(tmp_path: Path) -> None:
    """Who counts it ignores the end."""
    result = parsed(tmp_path, [exclusion_row(Type="PERM")])

    assert _warned(result) == [(1, "End Date", "V28_PERMANENT_WITH_END")]


def test_rows_that_differ_in_length_alone_are_told_on_each(tmp_path: Path) -> None:
    """They are one suspension; both are published as sent."""
    rows = [exclusion_row(1), exclusion_row(1, End_Date="16/11/2026"), exclusion_row(2)]

    result = parsed(tmp_path, rows)

    assert result.rows_accepted == 3
    assert _warned(result) == [(1, "End Date", "V08_TWO_LENGTHS"), (2, "End Date", "V08_TWO_LENGTHS")]


def test_several_reasons_of_one_suspension_are_in_order(tmp_path: Path) -> None:
    """One row per reason is how some systems write them."""
    result = parsed(tmp_path, [exclusion_row(1), exclusion_row(1, Code_Description="Theft")])

    assert (result.rows_accepted, result.warnings) == (2, ())


def test_the_same_row_twice_is_published_twice_with_a_warning(tmp_path: Path) -> None:
    """Both count as accepted."""
    result = parsed(tmp_path, [exclusion_row(1), exclusion_row(1)])

    assert (result.rows_accepted, _warned(result)) == (2, [(2, None, "V07_REPEATED_ROW")])


def test_a_suspension_may_lie_ahead(tmp_path: Path) -> None:
    """Planned days are in order."""
    result = parsed(tmp_path, [exclusion_row(Start_Date="23/11/2026", End_Date="27/11/2026")])

    assert (result.rows_accepted, result.warnings) == (1, ())


@pytest.mark.parametrize(
    ("profile", "extent"), [("exclusions=full", "full"), ("exclusions=latest", "latest"), ("", "reach_back")]
)
def test_the_profile_says_how_far_a_file_reaches(tmp_path: Path, profile: str, extent: str) -> None:
    """Also for a file with nothing but a header."""
    known = context(profile=profile)

    full = parsed(tmp_path, [exclusion_row()], known)
    empty = parsed(tmp_path, csv_bytes([exclusion_row()]).splitlines(keepends=True)[0], known)

    assert (full.completeness, empty.completeness) == (extent, extent)
    assert (empty.rows_total, empty.rows.height) == (0, 0)


def test_a_file_of_another_school_is_refused(tmp_path: Path) -> None:
    """A possible breach, and told as one."""
    with pytest.raises(FileRefusedError) as caught:
        parsed(tmp_path, [exclusion_row(DfE_No=OTHER_SCHOOL)])

    assert (caught.value.reason, caught.value.rows_total) == ("F23_OTHER_SCHOOL", 1)


def test_a_description_may_have_several_lines_and_quotation_marks(tmp_path: Path) -> None:
    """Free text is kept as sent."""
    text = 'Said "no",\nthen left'

    result = parsed(tmp_path, [exclusion_row(Code_Description=text)])

    assert result.rows["description"].to_list() == [text]


@pytest.mark.parametrize(
    ("rows", "warned"),
    [
        (
            [exclusion_row(1), exclusion_row(1, Start_Date="12/11/2026", End_Date="17/11/2026")],
            (2, "Start Date", "V29_OVERLAP"),
        ),
        ([exclusion_row(1, Number_of_Sessions="91")], (1, "Number of Sessions", "V27_YEARLY_LIMIT")),
        ([exclusion_row(1, NC_Year="Year 7")], (1, "NC Year", "V31_YEAR_GROUP")),
    ],
)
def test_oddities_are_told(tmp_path: Path, rows: list[dict[str, str]], warned: tuple[int, str, str]) -> None:
    """Overlap, the yearly limit, and a year group that does not fit the age."""
    result = parsed(tmp_path, rows)

    assert (result.rows_accepted, _warned(result)) == (len(rows), [warned])


def test_the_key_of_names_is_another_at_another_school(tmp_path: Path) -> None:
    """It says nothing about a child elsewhere."""
    keys = {
        parsed(tmp_path, [exclusion_row(DfE_No=school)], context(school)).rows["id_key"][0]
        for school in (SCHOOL, OTHER_SCHOOL)
    }

    assert len(keys) == 2
