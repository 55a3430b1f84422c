"""Attendance files: shapes, years, keys, and what a file as a whole amounts to."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from producers.feeds.findings import FileRefusedError, Finding
from producers.feeds.parsing import Parsed
from schemas.codec import columns
from tests.support.csv_files import (
    FULL_WEEK,
    MONDAY,
    OTHER_SCHOOL,
    RECEIVED,
    Row,
    attendance_row,
    context,
    parsed,
    upn,
    weeks,
)

FORTNIGHT = (FULL_WEEK + "####") * 2


def _rules(result: Parsed) -> list[str]:
    return [found.rule for found in result.rejected]


def _refused(tmp_path: Path, rows: list[Row]) -> FileRefusedError:
    with pytest.raises(FileRefusedError) as caught:
        parsed(tmp_path, rows)
    return caught.value


def test_a_good_row_is_read_whole(tmp_path: Path) -> None:
    """Every field of the record comes from its column."""
    row = attendance_row(Preferred_Name="Addie", Gender="F", Former_UPN=upn(2), Enrolment_Status="m", Part_Time="TRUE")

    result = parsed(tmp_path, [row])

    expected = {
        "row": 1,
        "dfe_no": "8309996",
        "pupil_key": upn(1),
        "upn": upn(1),
        "former_upn": upn(2),
        "admission_number": "1001",
        "first_name": "Ada",
        "surname": "Example",
        "preferred_name": "Addie",
        "dob": date(2015, 3, 12),
        "gender": "F",
        "academic_year": 2026,
        "start_date": MONDAY,
        "days_per_week": 5,
        "marks": list(FULL_WEEK),
        "enrolment_status": "M",
        "part_time": True,
    }
    assert [expected] == result.rows.to_dicts()
    assert (result.rejected, result.warnings) == ((), ())


def test_the_rows_have_the_records_columns(tmp_path: Path) -> None:
    """Everything but the number of the delivery, in the schema's order and types."""
    result = parsed(tmp_path, weeks(2))

    kinds = columns("AttendanceMarks")
    assert dict(result.rows.schema) == {name: kind for name, kind in kinds.items() if name != "delivery_seq"}


@pytest.mark.parametrize(
    ("start", "text", "days"),
    [
        ("2026-11-09", FULL_WEEK, 5),
        ("2026-11-09", FULL_WEEK + "####", 7),
        ("2026-11-11", "/\\/\\/\\", 5),
        ("2026-11-11", "/\\/\\/\\####", 7),
        ("2026-11-13", "/\\", 5),
        ("2026-11-14", "####", 7),
    ],
)
def test_a_week_may_begin_late_when_it_reaches_its_end(tmp_path: Path, start: str, text: str, days: int) -> None:
    """Marks from a later day are read when they reach exactly to Friday or Sunday."""
    result = parsed(tmp_path, [attendance_row(2), attendance_row(Start_Date=start, Sessions=text)])

    assert result.rows["days_per_week"].to_list() == [5, days]


def test_a_week_that_begins_late_and_stops_early_is_refused(tmp_path: Path) -> None:
    """Nothing says which days the marks are for."""
    result = parsed(tmp_path, [attendance_row(2), attendance_row(Start_Date="2026-11-10")])

    assert [Finding(2, "Start Date", "START_DAY")] == list(result.rejected)


@pytest.mark.parametrize(("profile", "days"), [("", 7), ("days=5", 5)])
def test_a_long_row_runs_over_calendar_days_or_weekdays(tmp_path: Path, profile: str, days: int) -> None:
    """The profile says whether weekends are in the string."""
    rows = [attendance_row(Sessions=FULL_WEEK * 4, Start_Date="2026-10-12", Attendance_Year="")]

    result = parsed(tmp_path, rows, context(profile=profile))

    assert (result.decoding, result.rows["days_per_week"].to_list()) == ("plain long", [days])
    last = date(2026, 10, 12) + timedelta(days=19 if days == 7 else 25)
    assert result.last_week == last - timedelta(days=last.weekday())


def test_a_file_is_long_when_most_rows_are(tmp_path: Path) -> None:
    """A pupil who joined last week has few marks in a long file."""
    rows = [attendance_row(n, Sessions=FORTNIGHT) for n in (1, 2)]

    result = parsed(tmp_path, [*rows, attendance_row(3, Start_Date="2026-11-18", Sessions="/\\/\\")])

    assert (result.rows_accepted, result.rows["days_per_week"].to_list()) == (3, [7, 7, 7])


def test_a_long_row_with_an_odd_number_of_marks_is_refused(tmp_path: Path) -> None:
    """Two marks a day."""
    rows = [attendance_row(n, Sessions=FORTNIGHT) for n in (1, 2)]

    result = parsed(tmp_path, [*rows, attendance_row(3, Sessions=FORTNIGHT[:-1])])

    assert [Finding(3, "Sessions", "V19_LENGTH")] == list(result.rejected)


@pytest.mark.parametrize("column", ["DfE No", "Start Date", "Sessions"])
@pytest.mark.parametrize("content", ["", "   "])
def test_a_required_cell_must_be_filled(tmp_path: Path, column: str, content: str) -> None:
    """A row without it says nothing; blanks alone are nothing."""
    result = parsed(tmp_path, [attendance_row(1), attendance_row(2, **{column.replace(" ", "_"): content})])

    assert [Finding(2, column, "REQUIRED_CELL")] == list(result.rejected)


@pytest.mark.parametrize(
    ("text", "rule"),
    [("2026-02-30", "V12_NO_SUCH_DAY"), ("9/11/26", "V13_DATE_FORMAT"), ("46335", "V13_DATE_FORMAT")],
)
def test_a_start_date_that_is_none_costs_the_row(tmp_path: Path, text: str, rule: str) -> None:
    """No day, another format, a spreadsheet's serial number."""
    result = parsed(tmp_path, [attendance_row(1), attendance_row(2, Start_Date=text)])

    assert [Finding(2, "Start Date", rule)] == list(result.rejected)


def test_without_a_usable_upn_the_admission_number_is_the_key(tmp_path: Path) -> None:
    """A wrong UPN is read as missing, with a warning, and never mended."""
    result = parsed(tmp_path, [attendance_row(1, UPN="A830999823123"), attendance_row(2, UPN="")])

    assert result.rows["pupil_key"].to_list() == ["adm:1001", "adm:1002"]
    assert result.rows["upn"].to_list() == [None, None]
    assert [Finding(1, "UPN", "V02_UPN_CHECK_LETTER")] == list(result.warnings)


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("", "V04_UPN_BLANK"),
        ("123", "V01_UPN_FORMAT"),
        ("A830999823123", "V02_UPN_CHECK_LETTER"),
        ("N/A", "V33_PLACEHOLDER"),
    ],
)
def test_a_row_without_any_key_is_refused(tmp_path: Path, number: str, rule: str) -> None:
    """The finding names what is wrong with the UPN."""
    result = parsed(tmp_path, [attendance_row(1), attendance_row(2, UPN=number, Admission_Number="")])

    assert [Finding(2, "UPN", rule)] == list(result.rejected)


@pytest.mark.parametrize("text", ["830/9996", "830-9996", " 8309996"])
def test_a_school_number_may_be_written_in_two_parts(tmp_path: Path, text: str) -> None:
    """All forms become seven digits."""
    assert parsed(tmp_path, [attendance_row(DfE_No=text)]).rows["dfe_no"].to_list() == ["8309996"]


def test_four_digits_are_completed_from_the_la_code(tmp_path: Path) -> None:
    """Without the authority's code they are no number."""
    rows = [attendance_row(1, LA_Code="830", DfE_No="9996"), attendance_row(2, LA_Code="", DfE_No="9996")]

    result = parsed(tmp_path, rows)

    assert result.rows["dfe_no"].to_list() == ["8309996"]
    assert [Finding(2, "DfE No", "V11_DFE_NUMBER")] == list(result.rejected)


def test_one_row_of_another_school_is_enough_to_refuse_the_file(tmp_path: Path) -> None:
    """The folder says who sent it, and a school that holds another's rows may have leaked them."""
    refusal = _refused(tmp_path, [attendance_row(1), attendance_row(2, DfE_No=OTHER_SCHOOL)])

    assert refusal.reason == "V10_OTHER_SCHOOL"
    assert [Finding(2, "DfE No", "V10_OTHER_SCHOOL")] == list(refusal.findings)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"DfE_No": OTHER_SCHOOL}, "F23_OTHER_SCHOOL"),
        ({"DfE_No": "8.31E+06"}, "V11_DFE_NUMBER"),
        ({"Attendance_Year": "2024"}, "F27_OUTSIDE_YEAR"),
        ({"Start_Date": "2026-11-23"}, "F27_NOTHING_COVERED"),
        ({"Sessions": "/\\"}, "NO_VALID_ROWS"),
    ],
)
def test_a_file_of_nothing_but_one_fault_is_refused_for_it(tmp_path: Path, cells: dict[str, str], reason: str) -> None:
    """Another school's file, another year's, the future's, or no row at all."""
    refusal = _refused(tmp_path, [attendance_row(1, **cells), attendance_row(2, **cells)])

    assert (refusal.reason, refusal.dataset) == (reason, "attendance")


@pytest.mark.parametrize("text", ["2026", "2026/27", "2026-27", "2026-2027", ""])
def test_the_attendance_year_has_several_forms(tmp_path: Path, text: str) -> None:
    """A blank one is that of the start date."""
    result = parsed(tmp_path, [attendance_row(Attendance_Year=text)])

    assert (result.rows["academic_year"].to_list(), result.warnings) == ([2026], ())


def test_an_unreadable_year_is_that_of_the_start_date(tmp_path: Path) -> None:
    """It is no required cell."""
    result = parsed(tmp_path, [attendance_row(Attendance_Year="2026/28")])

    assert result.rows["academic_year"].to_list() == [2026]
    assert [Finding(1, "Attendance Year", "V14_YEAR_FORMAT")] == list(result.warnings)


def test_a_row_with_weekdays_outside_its_year_is_refused(tmp_path: Path) -> None:
    """The year ends on 31 July; a weekend beyond it does not matter."""
    inside = attendance_row(1, Start_Date="2026-07-27", Attendance_Year="2025", Sessions=FULL_WEEK + "####")
    beyond = attendance_row(2, Start_Date="2025-07-28", Attendance_Year="2024", Sessions=FULL_WEEK)

    result = parsed(tmp_path, [inside, beyond])

    assert [Finding(2, "Start Date", "V14_OUTSIDE_YEAR")] == list(result.rejected)


def test_marks_for_days_to_come_are_kept_with_a_warning(tmp_path: Path) -> None:
    """The day of receipt itself is covered, the next is not."""
    rows = [attendance_row(Start_Date="2026-11-16")]

    today = parsed(tmp_path, rows, context(received_on=date(2026, 11, 20)))
    earlier = parsed(tmp_path, rows, context(received_on=date(2026, 11, 19)))

    assert today.warnings == ()
    assert [Finding(1, "Sessions", "V15_NOT_YET")] == list(earlier.warnings)


def test_closed_weekends_to_come_are_no_news(tmp_path: Path) -> None:
    """A closed Saturday counts nowhere, so it needs no warning."""
    row = attendance_row(Start_Date="2026-11-16", Sessions=FULL_WEEK + "#-  ")

    assert parsed(tmp_path, [row]).warnings == ()


def test_a_mark_of_substance_at_the_weekend_is_told(tmp_path: Path) -> None:
    """Some schools do open."""
    row = attendance_row(Sessions=FULL_WEEK + "/###")

    assert [Finding(1, "Sessions", "V16_WEEKEND")] == list(parsed(tmp_path, [row]).warnings)


@pytest.mark.parametrize("mark", ["-", " "])
def test_a_past_session_without_a_mark_is_told(tmp_path: Path, mark: str) -> None:
    """The register is not complete."""
    row = attendance_row(Sessions=mark + FULL_WEEK[1:])

    assert [Finding(1, "Sessions", "V25_NO_MARK")] == list(parsed(tmp_path, [row]).warnings)


def test_the_same_row_twice_is_published_twice_with_a_warning(tmp_path: Path) -> None:
    """Both count as accepted."""
    result = parsed(tmp_path, [attendance_row(1), attendance_row(2), attendance_row(1)])

    assert result.rows_accepted == 3
    assert [Finding(3, None, "V07_REPEATED_ROW")] == list(result.warnings)


@pytest.mark.parametrize(
    "other",
    [{"Sessions": "I" + FULL_WEEK[1:]}, {"Surname": "Other"}, {"Start_Date": "2026-11-11", "Sessions": "I\\/\\/\\"}],
)
def test_rows_that_contradict_each_other_are_all_refused(tmp_path: Path, other: dict[str, str]) -> None:
    """Never the last one wins: neither for marks, nor for names, nor for a part of the week."""
    result = parsed(tmp_path, [attendance_row(1), attendance_row(2), attendance_row(1, **other)])

    assert [(found.row, found.rule) for found in result.rejected] == [
        (1, "V08_CONTRADICTION"),
        (3, "V08_CONTRADICTION"),
    ]


def test_rows_for_the_same_days_that_agree_are_kept(tmp_path: Path) -> None:
    """A part of a week that says the same contradicts nothing."""
    part = attendance_row(1, Start_Date="2026-11-11", Sessions=FULL_WEEK[4:])

    result = parsed(tmp_path, [attendance_row(1), part])

    assert (result.rows_accepted, result.rejected, result.warnings) == (2, (), ())


def test_a_test_pupil_is_refused(tmp_path: Path) -> None:
    """By UPN or by admission number, as the profile lists them."""
    known = context(profile=f"test={upn(1)},1002")

    result = parsed(tmp_path, weeks(1, pupils=3), known)

    assert _rules(result) == ["V34_TEST_PUPIL", "V34_TEST_PUPIL"]
    assert result.rows["row"].to_list() == [3]


@pytest.mark.parametrize("where", [1, 2, 3])
def test_a_bad_row_anywhere_leaves_the_others(tmp_path: Path, where: int) -> None:
    """First, in the middle, or last."""
    rows = [attendance_row(number, **({"Sessions": ""} if number == where else {})) for number in (1, 2, 3)]

    result = parsed(tmp_path, rows)

    assert result.rows["row"].to_list() == [row for row in (1, 2, 3) if row != where]
    assert (result.rows_total, result.rows_accepted, result.rows_rejected) == (3, 2, 1)
    assert [refused.row for refused in result.refused] == [where]


def test_cells_that_matter_less_are_read_as_missing(tmp_path: Path) -> None:
    """A broken cell costs a row only where the contract requires it."""
    row = attendance_row(
        DOB="31/02/2015", First_Name="A\x07da", Former_UPN="x", Enrolment_Status="?", Part_Time="maybe"
    )

    result = parsed(tmp_path, [row])

    found = result.rows.select("dob", "first_name", "former_upn", "enrolment_status", "part_time").row(0)
    assert found == (None, None, None, None, None)
    assert {found.rule for found in result.warnings} == {
        "V12_NO_SUCH_DAY",
        "E07_CONTROL",
        "V01_UPN_FORMAT",
        "V28_ENROLMENT_STATUS",
        "V28_PART_TIME",
    }


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("/\\\u200b/\\/\\/\\/\\", "V36_INVISIBLE"),
        ("/\\\x07\\/\\/\\/\\", "E07_CONTROL"),
        ('/\\"/\\/\\/\\/', "V20_UNKNOWN_CODE"),
    ],
)
def test_strange_characters_in_marks(tmp_path: Path, text: str, rule: str) -> None:
    """Invisible ones cost the row; a quotation mark that was quoted is just an unknown code."""
    result = parsed(tmp_path, [attendance_row(1), attendance_row(2, Sessions=text)])

    assert rule in {found.rule for found in (*result.rejected, *result.warnings)}


def test_the_last_covered_week_and_its_year(tmp_path: Path) -> None:
    """Weeks to come do not count; the units are the pupils of that year."""
    rows = [*weeks(2, pupils=3), attendance_row(4, Start_Date="2026-11-23")]

    result = parsed(tmp_path, rows)

    assert (result.last_week, result.academic_year, result.units) == (MONDAY, 2026, 4)


def test_a_week_with_only_its_monday_covered_is_covered(tmp_path: Path) -> None:
    """One covered session is enough."""
    result = parsed(tmp_path, weeks(1), context(received_on=MONDAY))

    assert result.last_week == MONDAY


@pytest.mark.parametrize(
    ("pupils", "mark", "held"),
    [(20, "I", True), (19, "I", False), (20, "#", False), (20, "Y3", False), (20, "-", True)],
)
def test_a_whole_school_with_one_code(tmp_path: Path, pupils: int, mark: str, held: bool) -> None:  # noqa: FBT001
    """Only from twenty pupils, and not for codes that whole schools do have."""
    rows = [*weeks(2, pupils)[:pupils], *weeks(1, pupils, Sessions=mark * 10)]

    assert parsed(tmp_path, rows).one_code is held


def test_one_code_is_judged_by_covered_weekdays_alone(tmp_path: Path) -> None:
    """Other marks at the weekend, or planned for later days, change nothing."""
    rows = weeks(1, pupils=20, Sessions="IIII/\\/\\/\\####")

    result = parsed(tmp_path, rows, context(received_on=MONDAY + timedelta(days=1)))

    assert result.one_code


def test_a_file_received_years_later_is_accepted(tmp_path: Path) -> None:
    """Past years are welcome."""
    row = attendance_row(Start_Date="2019-09-09", Attendance_Year="2019", DOB="")

    result = parsed(tmp_path, [row], context(received_on=RECEIVED))

    assert (result.rows_accepted, result.academic_year) == (1, 2019)


def test_a_long_row_of_weekdays_begins_on_one(tmp_path: Path) -> None:
    """Where weekends are left out, a Saturday has no marks."""
    rows = [
        attendance_row(n, Sessions=FULL_WEEK * 2, Start_Date=start)
        for n, start in ((1, "2026-11-02"), (2, "2026-11-07"))
    ]

    result = parsed(tmp_path, rows, context(profile="days=5"))

    assert [Finding(2, "Start Date", "START_DAY")] == list(result.rejected)
