"""Small counties, made once for all tests of the simulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.simulator.app import Plan, simulate
from tests.unit.producers.simulator.reading import Folder


def a_county(out: Path, **overrides: float) -> Folder:
    settings = {"week": 5, "schools": 8, "seed": 11, "year": 2025, "faults": 0.0} | overrides
    numbers = {name: int(settings[name]) for name in ("week", "schools", "seed", "year")}
    simulate(Plan(out, faults=settings["faults"], **numbers))
    return Folder(out)


@pytest.fixture(scope="session", name="week_five")
def _week_five(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return a_county(tmp_path_factory.mktemp("week_five"))


@pytest.fixture(scope="session", name="week_six")
def _week_six(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return a_county(tmp_path_factory.mktemp("week_six"), week=6)


@pytest.fixture(scope="session", name="full_year")
def _full_year(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return a_county(tmp_path_factory.mktemp("full_year"), week=39)


@pytest.fixture(scope="session", name="spoilt")
def _spoilt(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return a_county(tmp_path_factory.mktemp("spoilt"), schools=45, week=2, faults=1.0)
