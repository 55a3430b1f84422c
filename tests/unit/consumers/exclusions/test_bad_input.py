"""Bad input: each fault of a suspension's row is told on the receipt, and no child is lost to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from consumers.exclusions.cases import Case
from consumers.exclusions.handler import filing_of
from producers.feeds.rules import RULES
from producers.watcher.examine import check, unchecked_permit
from producers.watcher.receipts import Receipt
from tests.support.casework import Casework
from tests.support.csv_files import RECEIVED, SCHOOL, Row, csv_bytes, exclusion_row, parsed, upn
from tests.support.suspensions import sent_file

START, FRIDAY = date(2026, 11, 9), date(2026, 11, 13)
DAY_SIX = date(2026, 11, 16)
AGAIN = {"Start_Date": "12/11/2026", "End_Date": "17/11/2026", "Number_of_Sessions": "8"}
LONG = {"End_Date": "26/02/2027", "Number_of_Sessions": "92"}


@dataclass(frozen=True)
class Sent:
    """What became of a file: its receipt, and the cases that the council then has."""

    receipt: Receipt
    casework: Casework

    @property
    def cases(self) -> list[Case]:
        """By start."""
        return sorted(self.casework.cases.values(), key=lambda case: case.suspension.key)

    def lines(self, rule: str) -> list[str]:
        """The receipt's text about a rule: what it says and where."""
        text = self.receipt.as_text().splitlines()
        place = next(number for number, line in enumerate(text) if line.endswith(f"({rule})"))
        return text[place : place + 2]


def send(folder: Path, *files: list[Row]) -> Sent:
    """Files of a school, from bytes to cases; the receipt is that of the last."""
    casework = Casework()
    path = folder / "file.csv"
    for seq, rows in enumerate(files, start=1):
        casework.file(filing_of(sent_file(parsed(folder, rows), delivery_seq=seq, received_on=RECEIVED)))
        path.write_bytes(csv_bytes(rows))
    receipt = check(path, SCHOOL, unchecked_permit(), received_on=RECEIVED, secret=b"the installation's secret")
    return Sent(receipt, casework)


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"End_Date": "08/11/2026"}, "End Date", "V26_END_BEFORE_START"),
        ({"Number_of_Sessions": "0"}, "Number of Sessions", "V26_LENGTH"),
        ({"Number_of_Sessions": "-3"}, "Number of Sessions", "V26_LENGTH"),
        ({"Number_of_Sessions": "2.5"}, "Number of Sessions", "V26_LENGTH"),
        ({"Type": "PERM"}, "End Date", "V28_PERMANENT_WITH_END"),
        ({"Type": "Sent home"}, "Type", "V28_TYPE"),
        ({"Type": ""}, "Type", "V28_TYPE"),
        ({"Code_Description": "Ran across the roof"}, "Code Description", "V28_REASON"),
        ({"End_Date": ""}, "End Date", "V26_NO_END"),
        ({"Number_of_Sessions": ""}, "Number of Sessions", "V26_NO_LENGTH"),
        ({"End_Date": "31/11/2026"}, "End Date", "V12_NO_SUCH_DAY"),
        ({"UPN": ""}, "UPN", "V04_UPN_BLANK"),
        ({"UPN": "A830999823123"}, "UPN", "V02_UPN_CHECK_LETTER"),
        ({"Surname": ""}, "Surname", "V39_UNUSUAL_NAME"),
        ({"Forename": ""}, "Forename", "V39_UNUSUAL_NAME"),
        ({"DOB": ""}, None, None),
        ({"DOB": "12/03/2031"}, "DOB", "V17_BIRTH_DATE"),
        ({"NC_Year": "2"}, "NC Year", "V31_YEAR_GROUP"),
        (LONG, "Number of Sessions", "V27_YEARLY_LIMIT"),
        ({"Start_Date": "04/01/2027", "End_Date": "15/01/2027"}, None, None),
    ],
)
def test_a_faulty_row_is_told_and_kept(
    tmp_path: Path, cells: dict[str, str], column: str | None, rule: str | None
) -> None:
    """The receipt names rule, column and row, never a value; the child stays known and suspended."""
    sent = send(tmp_path, [exclusion_row(2, Surname="Other"), exclusion_row(1, **cells)])

    assert (sent.receipt.state, sent.receipt.rows_accepted, sent.receipt.rows_rejected) == ("accepted", 2, 0)
    assert [(found.row, found.column, found.rule) for found in sent.receipt.warnings] == (
        [] if rule is None else [(2, column, rule)]
    )
    assert rule is None or sent.lines(rule) == [f"- {RULES[rule]} ({rule})", f"  column {column}, row 2"]
    assert len(sent.cases) == 2


@pytest.mark.parametrize("cells", [{"UPN": "", "Surname": ""}, {"Start_Date": ""}, {"Start_Date": "31/11/2026"}])
def test_a_row_that_cannot_be_told_is_refused_alone(tmp_path: Path, cells: dict[str, str]) -> None:
    """Without pupil or start nothing is kept of it; the others go on, and what it may have said is not thought gone."""
    whole = [exclusion_row(1), exclusion_row(2, Surname="Other")]
    sent = send(tmp_path, whole, [exclusion_row(1), exclusion_row(2, **{"Surname": "Other", **cells})])

    assert (sent.receipt.state, sent.receipt.rows_rejected, len(sent.cases)) == ("accepted", 1, 2)
    assert [case.is_unreported for case in sent.cases] == [False, False]


@pytest.mark.parametrize(
    "cells",
    [
        {"End_Date": "08/11/2026"},
        {"Number_of_Sessions": "0"},
        {"End_Date": "", "Number_of_Sessions": ""},
        {"Type": "PERM"},
    ],
)
def test_an_end_that_is_not_known_counts_as_reaching_day_six(tmp_path: Path, cells: dict[str, str]) -> None:
    """Rather ask the school than miss the child."""
    sent = send(tmp_path, [exclusion_row(1, **cells)])

    (case,) = sent.cases
    assert (case.end_date, case.day_six_date) == (None, DAY_SIX)
    assert [one.event.due_date for one in sent.casework.current("DAY_SIX_DUE")] == [DAY_SIX]


@pytest.mark.parametrize("kind", ["SUSP", "PERM"])
def test_overlapping_rows_are_both_kept_and_one_chain(tmp_path: Path, kind: str) -> None:
    """The later one is warned of; days that stand in both count once towards day six."""
    later = AGAIN if kind == "SUSP" else {"Start_Date": "12/11/2026", "End_Date": "", "Number_of_Sessions": ""}
    sent = send(tmp_path, [exclusion_row(1), exclusion_row(1, Type=kind, **later)])

    assert sent.lines("V29_OVERLAP")[1] == "  column Start Date, row 2"
    assert {case.day_six_date for case in sent.cases} == {DAY_SIX}
    assert len(sent.cases) == 2


def test_more_than_45_days_is_told_to_school_and_council(tmp_path: Path) -> None:
    """A warning on the receipt, an alert to the council, and the days as sent."""
    sent = send(tmp_path, [exclusion_row(1, **LONG)])

    assert [one.event.year_days for one in sent.casework.current("YEAR_OVER_45_DAYS")] == [46.0]
    assert sent.lines("V27_YEARLY_LIMIT")[1] == "  column Number of Sessions, row 1"


def test_a_child_without_upn_is_known_by_its_names(tmp_path: Path) -> None:
    """Under a key that tells nothing; the UPN that a later file brings takes its place."""
    nameless = send(tmp_path, [exclusion_row(1, UPN="")])
    known = send(tmp_path, [exclusion_row(1, UPN="")], [exclusion_row(1)])

    assert [case.suspension.key.pupil_key[:3] for case in nameless.cases] == ["id:"]
    assert [(case.suspension.key.pupil_key, case.suspension.upn) for case in known.cases] == [(upn(1), upn(1))]


@pytest.mark.parametrize(
    ("cells", "reason", "description"),
    [
        ({"Type": "Sent home"}, "BU", "Sent home: Bullying"),
        ({"Code_Description": "Roof"}, "Roof", "Roof"),
        ({"Code_Description": ""}, None, None),
    ],
)
def test_what_no_table_knows_is_shown_as_sent(
    tmp_path: Path, cells: dict[str, str], reason: str | None, description: str | None
) -> None:
    """The text of an unknown type or reason stays, and the row counts as a suspension."""
    (case,) = send(tmp_path, [exclusion_row(1, **cells)]).cases

    version = case.suspension.version
    assert (case.kind, version.reason, version.description) == ("SUSP", reason, description)


def test_several_reasons_and_two_lengths_are_one_suspension(tmp_path: Path) -> None:
    """The latest end counts, reasons are added up, and each of the rows that differ is warned of."""
    longer = {"End_Date": "17/11/2026", "Number_of_Sessions": "14"}
    sent = send(tmp_path, [exclusion_row(1), exclusion_row(1, Code_Description="Theft", **longer)])

    (case,) = sent.cases
    assert (case.end_date, case.school_days, case.suspension.version.reason) == (date(2026, 11, 17), 7.0, "BU;TH")
    assert sent.lines("V08_TWO_LENGTHS")[1] == "  column End Date, rows 1, 2"


def test_the_same_row_twice_counts_once(tmp_path: Path) -> None:
    """One suspension, with a warning."""
    sent = send(tmp_path, [exclusion_row(1), exclusion_row(1)])

    (case,) = sent.cases
    assert case.days_this_year == 5.0
    assert sent.lines("V07_REPEATED_ROW")[1] == "  row 2"
