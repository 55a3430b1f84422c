"""A person rebuilds everything of a running installation, and nobody who reads it sees a difference."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from deploy.roles import CONSUMERS
from producers.simulator.app import Plan, simulate
from tests.support.installation import Installation, ask, installation

TODAY = "2025-10-06"
TIMEOUT_S = 120.0

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", name="county")
def _county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A running installation that has had the files of two weeks."""
    with installation(today=TODAY) as made:
        weeks = [tmp_path_factory.mktemp(f"week{week}") for week in (1, 3)]
        for week, folder in zip((1, 3), weeks, strict=True):
            simulate(Plan(folder, week, 3, 1, 2025, 0.5))
        shutil.copytree(weeks[0] / "config", made.home / "config")
        with made.running():
            for folder in weeks:
                for path in sorted((folder / "inbox").glob("*/*")):
                    made.drop(path, path.parent.name)
                made.wait_until_idle(timeout_s=TIMEOUT_S)
            yield made


def views(made: Installation) -> dict[str, list[tuple[object, ...]]]:
    """Every column of every view, but for when a delivery was applied."""
    dsn = made.settings().postgres
    names = [name for (name,) in ask(dsn, "SELECT viewname FROM pg_views WHERE schemaname = 'reporting' ORDER BY 1")]
    found = {
        name: ask(dsn, f"SELECT (to_jsonb(v) - 'applied_at')::text FROM reporting.{name} v ORDER BY 1")
        for name in names
    }
    assert all(found[name] for name in ("pupil_absence", "suspension", "alert", "match", "delivery"))
    return found


def test_everything_is_rebuilt_swapped_rolled_back_and_dropped(county: Installation) -> None:
    """`replay all`, `rollback all`, `drop all`: every view is the same after each, and all work goes on."""
    before = views(county)

    planned = county.run("replay", "all", "--dry-run")
    replayed = county.run("replay", "all")
    after_replay = views(county)
    refused = county.run("replay", "attendance", expected=2)
    county.run("replay", "rollback", "all")
    after_rollback = views(county)
    county.run("replay", "drop", "all")
    county.wait_until_idle(timeout_s=TIMEOUT_S)

    assert planned.count("dry run: nothing has changed") == len(CONSUMERS)
    assert replayed.count("no difference") == len(CONSUMERS)
    assert after_replay == before
    assert refused == ""
    assert after_rollback == before
    assert views(county) == before
