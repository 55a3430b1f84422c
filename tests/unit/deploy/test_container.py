"""Containers on one home: who is there, who is a further instance, and when one is well."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from deploy import container, roles
from deploy.health import is_well
from deploy.presence import is_present, present
from deploy.status.look import process_states
from schemas.errors import ConfigError
from schemas.process import metrics
from schemas.process.settings import Settings


@pytest.fixture(name="ran")
def _ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, Settings]]:
    """What is run, in place of running it; each ends as one that stopped by itself."""
    monkeypatch.setenv("PUPILSTREAM_HOME", str(tmp_path))
    (tmp_path / "config").mkdir()
    runs: list[tuple[str, Settings]] = []

    def run(role: str, settings: Settings) -> int:
        runs.append((role, settings))
        return container.STOPPED_ITSELF

    monkeypatch.setattr(roles, "run", run)
    return runs


def test_a_process_is_there_while_it_holds_its_lock(tmp_path: Path) -> None:
    """No pid is asked for: the lock goes with whoever holds it."""
    assert not is_present("attendance", tmp_path)
    with present("attendance", tmp_path) as alone:
        assert alone
        assert is_present("attendance", tmp_path)
    assert not is_present("attendance", tmp_path)


def test_a_second_one_is_told_so_and_takes_nothing_away(tmp_path: Path) -> None:
    """When it ends, the first is still there."""
    with present("attendance", tmp_path):
        with present("attendance", tmp_path) as alone:
            assert not alone
        assert is_present("attendance", tmp_path)


def test_status_sees_a_process_in_a_container_of_its_own(tmp_path: Path) -> None:
    """It runs, and has no pid that would say anything here."""
    with present("relay", tmp_path):
        states = process_states(tmp_path, embedded=[])

    assert states["relay"] == {"state": "running", "pid": None}
    assert states["intake"] == {"state": "stopped", "pid": None}


def test_the_first_container_of_a_process_is_the_one_that_is_looked_after(
    ran: list[tuple[str, Settings]], tmp_path: Path
) -> None:
    """One more joins it without a name; neither is started again after it stopped by itself."""
    first = container.main("attendance")
    with present("attendance", tmp_path):
        second = container.main("attendance")

    assert [(role, settings.looked_after) for role, settings in ran] == [("attendance", True), ("attendance", False)]
    assert (first, second) == (0, 0)


def test_a_second_watcher_of_a_shard_is_refused(ran: list[tuple[str, Settings]], tmp_path: Path) -> None:
    """It would fence the first one."""
    with present("watcher", tmp_path), pytest.raises(ConfigError, match="PUPILSTREAM_SHARD"):
        container.main("watcher")

    assert ran == []


def test_a_watcher_of_another_shard_runs_beside_the_first(
    ran: list[tuple[str, Settings]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each shard has a lock of its own."""
    monkeypatch.setenv("PUPILSTREAM_SHARDS", "2")
    monkeypatch.setenv("PUPILSTREAM_SHARD", "1")
    with present("watcher", tmp_path):
        container.main("watcher")

    assert [settings.looked_after for _, settings in ran] == [False]


def test_what_is_no_process_is_refused(ran: list[tuple[str, Settings]]) -> None:
    """The message lists what there is."""
    with pytest.raises(ConfigError, match="provision, overview, watcher"):
        container.main("everything")

    assert ran == []


@pytest.mark.parametrize(("age_s", "well"), [(10.0, True), (600.0, False)])
def test_a_process_is_well_while_it_goes_round_its_loop(age_s: float, *, well: bool) -> None:
    """Judged by what it tells of itself."""
    turned = time.time() - age_s
    page = f"# HELP pupilstream_loop_timestamp_seconds When.\npupilstream_loop_timestamp_seconds {turned!r}\n"

    assert is_well(page, time.time()) is well


def test_a_loop_that_has_not_begun_is_not_well() -> None:
    """The gauge stands at zero, or is not there."""
    assert not is_well("pupilstream_loop_timestamp_seconds 0.0\n", time.time())
    assert not is_well("", time.time())


def test_every_container_of_the_compose_file_is_one_that_there_is() -> None:
    """Commands and health checks name processes of ours; every process has its container."""
    text = (Path(container.__file__).parent / "compose.yaml").read_text(encoding="utf-8")
    commands = [line.split("[")[1].rstrip("]\n") for line in text.splitlines() if line.startswith("    command: [")]
    checks = [line.split("deploy.health, ")[1].split("]")[0] for line in text.splitlines() if "deploy.health" in line]

    assert sorted(commands) == sorted(["provision", "overview", "demo, --running", *roles.ROLES])
    assert sorted(checks) == sorted(metrics.PORT_OFFSETS)
