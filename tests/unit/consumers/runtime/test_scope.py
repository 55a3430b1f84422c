"""What a replay of a part rebuilds, and of what it may speak to others."""

from __future__ import annotations

import pytest

from consumers.runtime.replay.scope import Scope
from tests.support.intake_records import entry
from tests.support.pupil_rows import attendance_row, council_row, delivery

SCHOOL, OTHER = "8309996", "8309997"


def test_without_a_wish_everything_is_rebuilt() -> None:
    """No school, no day, nothing lost."""
    assert Scope.of(None, None, []).is_everything


def test_the_last_lost_year_and_all_before_it_are_not_rebuilt() -> None:
    """A file tells of the year of its last week and of earlier ones; one whose year nobody knows may tell of any."""
    lost = [entry(academic_year=2024), entry(academic_year=2023), entry(sender=OTHER, academic_year=None)]

    scope = Scope.of(None, None, lost)

    assert [scope.speaks_of(f"{SCHOOL}/{year}") for year in (2023, 2024, 2025)] == [False, False, True]
    assert not scope.speaks_of(f"{OTHER}/2026")


@pytest.mark.parametrize(
    ("key", "spoken_of"),
    [
        (f"{SCHOOL}/2025", True),
        (f"{SCHOOL}/2024", False),
        (f"{SCHOOL}/0123456789abcdef", True),
        (f"{OTHER}/2025", False),
    ],
)
def test_others_are_told_of_what_is_rebuilt_alone(key: str, spoken_of: bool) -> None:  # noqa: FBT001 - a case of the test
    """A school's word, of a year in the scope or of none."""
    assert Scope(school=SCHOOL, since=2025).speaks_of(key) is spoken_of


def test_files_of_other_schools_are_no_concern_of_a_school() -> None:
    """The council's are everybody's."""
    scope = Scope(school=SCHOOL)
    works = [
        delivery("attendance", [attendance_row()]),
        delivery("attendance", [attendance_row(dfe_no=OTHER)], sender=OTHER),
        delivery("pupils", [council_row()]),
    ]

    assert [scope.concerns(work) for work in works] == [True, False, True]
