"""The simulator as its users see it: a folder for a plan."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from producers.simulator.app import Plan, simulate
from schemas.errors import ConfigError
from tests.unit.producers.simulator.conftest import a_county
from tests.unit.producers.simulator.reading import Folder, Row, decode, sessions

_KNOWN_LATER = {*"IOMGC"}


def _tree(folder: Folder) -> dict[str, bytes]:
    return {str(p.relative_to(folder.path)): p.read_bytes() for p in sorted(folder.path.rglob("*")) if p.is_file()}


def _by_week(folder: Folder) -> dict[tuple[str, str, str], Row]:
    """Rows by school, admission number and week: an admission number never changes."""
    return {
        (sender, row["admission"], row["start"]): row for sender, rows in folder.attendance().items() for row in rows
    }


def test_the_same_plan_gives_the_same_bytes(week_five: Folder, tmp_path: Path) -> None:
    """Two runs of one plan write files that differ in nothing, the manifest included."""
    again = a_county(tmp_path)

    assert _tree(week_five) == _tree(again)


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    """Nothing depends on the order of a set or on a hash that differs from one interpreter to the next."""
    program = (
        "import sys; from pathlib import Path; from producers.simulator.app import Plan, simulate; "
        "simulate(Plan(Path(sys.argv[1]), week=2, schools=3, seed=4, year=2025, faults=0.5))"
    )
    for name, salt in (("one", "1"), ("two", "2")):
        command = [sys.executable, "-c", program, str(tmp_path / name)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": salt})

    assert _tree(Folder(tmp_path / "one")) == _tree(Folder(tmp_path / "two"))


def test_another_seed_is_another_county(week_five: Folder, tmp_path: Path) -> None:
    """No school's attendance file is the same under another seed."""
    other = a_county(tmp_path, seed=12)

    same = [path for path, data in _tree(week_five).items() if "attendance" in path and _tree(other)[path] == data]

    assert same == []


def test_the_next_week_keeps_the_last_but_for_corrections(week_five: Folder, week_six: Folder) -> None:
    """Every row of week 5 stands in week 6; its marks changed only from N to a reason, or from no mark to presence."""
    before, after = _by_week(week_five), _by_week(week_six)

    changes = Counter(
        (old, new)
        for key, row in before.items()
        for old, new in zip(decode(row["marks"]), decode(after[key]["marks"]), strict=True)
        if old != new
    )

    assert changes
    assert {old for old, _ in changes} == {"N", "-"}
    assert {new for old, new in changes if old == "N"} <= _KNOWN_LATER
    assert changes.total() == sum(school["corrections"] for school in week_six.manifest["schools"])


def test_the_next_week_adds_its_own_rows_alone(week_five: Folder, week_six: Folder) -> None:
    """What week 6 has more is rows of its Monday, newly joined pupils' included."""
    added = set(_by_week(week_six)) - set(_by_week(week_five))

    assert {"06/10/2025"} == {start for _, _, start in added}


def test_suspensions_stay_from_week_to_week(week_five: Folder, week_six: Folder) -> None:
    """No suspension told in week 5 is missing in week 6, and week 6 has new ones."""
    starts = [
        {(sender, row["dob"], row["start"], row["type"]) for sender, rows in week.exclusions().items() for row in rows}
        for week in (week_five, week_six)
    ]

    assert starts[0] < starts[1]


def test_every_week_of_the_year_so_far_is_in_a_file(full_year: Folder) -> None:
    """The last file of the year has 39 rows for a pupil who was there throughout."""
    weeks = Counter(row["admission"] for row in full_year.attendance()["8309999"])

    assert weeks.most_common(1)[0][1] == 39


def test_a_closed_school_has_only_closure_marks(week_five: Folder) -> None:
    """On the INSET days of the calendar every pupil of the school has #, and nobody has it on another day."""
    inset = {(row["DfE No"], row["From"]) for row in week_five.council("calendar") if row["Kind"] == "INSET"}

    closed = {
        (sender, date.isoformat(), mark == "#")
        for sender, rows in week_five.attendance().items()
        for row in rows
        for (date, _), mark in sessions(row).items()
    }

    last_day = week_five.manifest["today"]
    assert {(s, d) for s, d in inset if d <= last_day} == {(s, d) for s, d, shut in closed if shut}
    assert not any((s, d) in inset for s, d, shut in closed if not shut)


def test_movers_leave_one_roll_and_join_another(full_year: Folder) -> None:
    """A UPN with status P at one school turns up with status C at another, the week after its last there."""
    weeks: dict[str, dict[tuple[str, str], list[str]]] = {}
    for sender, rows in full_year.attendance().items():
        for row in rows:
            weeks.setdefault(row["upn"], {}).setdefault((sender, row["status"]), []).append(row["start"])

    moves = [
        schools
        for upn, schools in weeks.items()
        if upn and len({sender for sender, _ in schools}) == 2 and {status for _, status in schools} == {"P", "C"}
    ]

    assert moves
    assert all(not set.intersection(*map(set, schools.values())) for schools in moves)


def test_dual_registrations_come_in_pairs(full_year: Folder) -> None:
    """Whoever is S at one school is M at another, and each marks D when the child is at the other."""
    roles: dict[str, dict[str, list[str]]] = {"M": {}, "S": {}}
    for rows in full_year.attendance().values():
        for row in rows:
            if row["status"] in roles:
                roles[row["status"]].setdefault(row["upn"], []).extend(decode(row["marks"]))

    both = set(roles["M"]) & set(roles["S"])

    assert both == set(roles["S"])
    assert all(
        {"D", "#"} & {main, second}
        for upn in both
        for main, second in zip(roles["M"][upn], roles["S"][upn], strict=True)
    )


def test_a_small_county_is_quick(tmp_path: Path) -> None:
    """The county of the demonstration takes less than three seconds of work."""
    began = time.process_time()

    a_county(tmp_path, schools=20, week=3)

    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("field", "value"),
    [("week", 40), ("week", 0), ("schools", 0), ("schools", 1000), ("seed", -1), ("faults", 1.5), ("year", 1999)],
)
def test_an_impossible_plan_is_refused(tmp_path: Path, field: str, value: float) -> None:
    """A plan outside the limits is refused by the name of what is wrong, and writes nothing."""
    with pytest.raises(ConfigError, match=field):
        a_county(tmp_path, **{field: value})

    assert list(tmp_path.iterdir()) == []


def test_the_manifest_is_what_simulate_returns(tmp_path: Path) -> None:
    """The path given back is the manifest's."""
    path = simulate(Plan(tmp_path, week=1, schools=1, seed=1, year=2024))

    assert tmp_path / "manifest.json" == path
    assert path.is_file()
