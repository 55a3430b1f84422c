"""Attendance from CSV files through the whole line to the views.

The Department's year-to-date table for Derbyshire in full size: 31.7 million sessions of 60,000 pupils; the column of
the total is the three others together, school by school. And a simulated county's corrections against the oracle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from producers.simulator.app import Plan, simulate
from tests.support.attendance_columns import PROFILE, marks_of, published, pupil, write_schools
from tests.support.attendance_oracle import Registers
from tests.support.attendance_reading import cells_of, rows_of
from tests.support.attendance_views import SHOWN, in_order, views
from tests.support.installation import Installation, ask, installation

AFTER_THE_YEAR: Final = "2026-08-03"
PHASES: Final = ("Derbys_Primary", "Derbys_Secondary", "Derbys_Special")
COLUMNS: Final = (*PHASES, "Derbys_Total")
IN_NO_LISTED_MARK: Final = {"Derbys_Secondary": 2, "Derbys_Total": 2}
"""Authorised sessions of the publication that stand in none of its marks."""
APPROVED_ACTIVITY: Final = "BJPVWK"
COUNTY: Final = "simulated county"
WEEKS: Final = (9, 11)

pytestmark = pytest.mark.e2e


@dataclass(frozen=True, slots=True)
class Delivered:
    """An installation that has worked off the files; the schools of each column, and of the county with their files."""

    made: Installation
    schools: dict[str, list[str]]
    county: list[Path]

    def ask(self, column: str, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query over the schools of a column, which it calls `schools`."""
        listed = ", ".join(f"('{dfe_no}')" for dfe_no in self.schools[column])
        return ask(self.made.settings().postgres, f"WITH schools (dfe_no) AS (VALUES {listed}) {sql}")


@pytest.fixture(scope="module", name="delivered")
def _delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    table, folder, county = published(), tmp_path_factory.mktemp("schools"), _county(tmp_path_factory.mktemp("county"))
    schools = {
        column: write_schools(folder, marks_of(table[column]), first_number)
        for column, first_number in zip(PHASES, (8302000, 8304000, 8307000), strict=True)
    }
    schools["Derbys_Total"] = [dfe_no for phase in PHASES for dfe_no in schools[phase]]
    schools[COUNTY] = sorted({path.parent.name for path in county})
    with installation(today=AFTER_THE_YEAR) as made:
        _agree(made, {**dict.fromkeys(schools["Derbys_Total"], PROFILE), **dict.fromkeys(schools[COUNTY], "")})
        for path in [*sorted(folder.rglob("*.csv")), *county]:
            made.drop(path, path.parent.name)
        made.run("up", "--until-idle")
        yield Delivered(made, schools, county)


def _county(folder: Path) -> list[Path]:
    """Attendance files of two schools in two weeks, in the order in which they are sent."""
    for week in WEEKS:
        simulate(Plan(folder / f"{week:02}", week, schools=2, seed=4, year=2025))
    return [path for week in WEEKS for path in sorted((folder / f"{week:02}" / "inbox").glob("*/attendance_*.csv"))]


def _agree(made: Installation, profiles: dict[str, str]) -> None:
    """Take these schools into the register."""
    agreed = "".join(f"{dfe_no},attendance,{profile}\n" for dfe_no, profile in profiles.items())
    (made.home / "config").mkdir()
    (made.home / "config" / "agreements.csv").write_text(f"DfE No,Datasets,Profile\n{agreed}")


def test_the_files_add_up_to_the_table() -> None:
    """The columns of the phases together are that of the total, mark by mark: nothing is left out of it."""
    total, *phases = (marks_of(published()[column]) for column in ("Derbys_Total", *PHASES))

    assert total == {mark: sum(phase.get(mark, 0) for phase in phases) for mark in total}


@pytest.mark.parametrize("column", COLUMNS)
def test_every_mark_is_counted(delivered: Delivered, column: str) -> None:
    """Each as often as the Department counted it, mornings and afternoons apart."""
    counted = delivered.ask(
        column, "SELECT code, sum(am), sum(pm) FROM reporting.mark_count JOIN schools USING (dfe_no) GROUP BY code"
    )

    marks = marks_of(published()[column])
    assert {code: am + pm for code, am, pm in counted} == marks
    slashes = {code: [int(am), int(pm)] for code, am, pm in counted if code in {"/", "\\"}}
    assert slashes == {"/": [marks["/"], 0], "\\": [0, marks["\\"]]}


@pytest.mark.parametrize("column", COLUMNS)
def test_every_sum_comes_out_to_the_last_session(delivered: Delivered, column: str) -> None:
    """Attendance, each kind of absence, possible, late, approved activity; but for the two that stand in no mark."""
    table, short = published()[column], IN_NO_LISTED_MARK.get(column, 0)
    sums = delivered.ask(
        column,
        "SELECT sum(attended), sum(authorised), sum(unauthorised), sum(authorised + unauthorised), sum(possible) "
        "FROM reporting.school_absence JOIN schools USING (dfe_no)",
    )
    late = delivered.ask(
        column, "SELECT sum(late_before + late_after) FROM reporting.pupil_absence JOIN schools USING (dfe_no)"
    )
    approved = delivered.ask(
        column,
        "SELECT sum(am + pm) FROM reporting.mark_count JOIN schools USING (dfe_no) "
        f"WHERE code IN ({', '.join(repr(code) for code in APPROVED_ACTIVITY)})",
    )

    assert sums == [
        (
            table["overall_attendance"],
            table["authorised_absence"] - short,
            table["unauthorised_absence"],
            table["overall_absence"] - short,
            table["possible_sessions"] - short,
        )
    ]
    assert (late, approved) == ([(table["late_sessions"],)], [(table["approved_educational_activity"],)])


@pytest.mark.parametrize("column", COLUMNS)
def test_every_rate_comes_out_to_four_decimals(delivered: Delivered, column: str) -> None:
    """Sum over sum, once the two sessions that stand in no mark are put back."""
    table, short = published()[column], IN_NO_LISTED_MARK.get(column, 0)
    absent = {"authorised": f"sum(authorised) + {short}", "unauthorised": "sum(unauthorised)"}
    sums = ("sum(attended)", " + ".join(absent.values()), *absent.values())
    rates = delivered.ask(
        column,
        f"SELECT {', '.join(f'(100.0 * ({part}) / (sum(possible) + {short}))::numeric(7,4)' for part in sums)}"
        " FROM reporting.school_absence JOIN schools USING (dfe_no)",
    )

    measures = ("attendance_pct", "overall_absence_pct", "authorised_pct", "unauthorised_pct")
    assert rates == [tuple(table[measure] for measure in measures)]


def test_a_column_of_one_school_is_that_schools_row(delivered: Delivered) -> None:
    """The special schools' rate stands in the view as it is published."""
    rows = delivered.ask(
        "Derbys_Special", "SELECT absence_pct FROM reporting.school_absence JOIN schools USING (dfe_no)"
    )

    assert rows == [(published()["Derbys_Special"]["overall_absence_pct"],)]


def test_a_rate_leads_back_to_its_file(delivered: Delivered) -> None:
    """The command `why`, against what runs; an unknown pupil is a finding, an unknown view wrong use."""
    school = delivered.schools["Derbys_Special"][0]

    told = delivered.made.run("why", "pupil_absence", school, pupil(school, 700), "2025")

    assert "delivery 1: year_to_date.csv" in told
    assert told.rstrip().endswith("522 sessions, row 701")
    delivered.made.run("why", "pupil_absence", school, pupil(school, 1000), expected=1)
    delivered.made.run("why", "no_view", school, expected=2)


def test_a_simulated_county_comes_to_what_the_oracle_says(delivered: Delivered) -> None:
    """Every view of absence, the corrections of the later file included."""
    registers = Registers()
    for path in delivered.county:
        week = WEEKS.index(int(path.stem.rpartition("_w")[2]))
        registers.take(
            path.parent.name, date.fromisoformat(AFTER_THE_YEAR), rows_of(cells_of(path.read_bytes()), week + 1)
        )

    shown = {
        name: in_order(delivered.ask(COUNTY, f"SELECT {columns} FROM reporting.{name} NATURAL JOIN schools"))
        for name, columns in SHOWN.items()
    }

    assert len(shown["register_correction"]) > 10
    assert shown == views(registers)
