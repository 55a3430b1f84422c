"""A whole county's week 39, on a home that holds its week 38: 417 schools, 105,000 pupils, 4.1 million rows."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.demo import monday_after
from producers.simulator.app import Plan, simulate
from schemas.events import COUNCIL
from tests.benchmarks.report import Figure, rate
from tests.benchmarks.usage import Peaks, cpu_seconds, used
from tests.benchmarks.whole_line import TIMEOUT_S, give_register, memory, spending, to_committed_state
from tests.support.installation import installation

SEED: Final = 39
YEAR: Final = 2024
WEEK: Final = 39


def measure(schools: int) -> Iterator[Figure]:
    """So many schools of that county."""
    section = f"Week {WEEK} of {schools} schools, on a home that holds week {WEEK - 1}"
    with tempfile.TemporaryDirectory(prefix="ps-bench-") as name:
        earlier, week = (_invent(Path(name), number, schools) for number in (WEEK - 1, WEEK))
        rows = _rows(week)
        held = rows + _rows(earlier)
        with installation(today=monday_after(week).isoformat()) as made:
            give_register(made, week / "config" / "agreements.csv")
            with made.running():
                made.wait_until_idle(timeout_s=TIMEOUT_S)
                asyncio.run(to_committed_state(made, _files(earlier)))
                made.wait_until_idle(timeout_s=TIMEOUT_S)
                before = cpu_seconds(made.home)
                with Peaks(made.home) as peaks:
                    seconds = asyncio.run(to_committed_state(made, _files(week)))
                    made.wait_until_idle(timeout_s=TIMEOUT_S)
                spent = used(before, cpu_seconds(made.home))
            begun = time.monotonic()
            with made.running():
                made.wait_until_idle(timeout_s=TIMEOUT_S)
                started = time.monotonic() - begun
                begun = time.monotonic()
                made.run("replay", "attendance")
                replayed = time.monotonic() - begun
    yield Figure(section, "attendance rows", rows, "rows")
    yield Figure(section, "from files to committed state", seconds, "s", "60; aim 30")
    yield rate(section, "from files to committed state", rows, seconds)
    yield from spending(section, rows, spent)
    yield from memory(section, peaks.bytes)
    yield Figure(section, "a fresh start on this home, until idle", started, "s", "10")
    yield rate(section, f"replay of attendance, {held:,} rows", held, replayed, "67,000: a week in 60 s")


def _invent(folder: Path, week: int, schools: int) -> Path:
    out = folder / f"week{week}"
    simulate(Plan(out, week, schools, SEED, YEAR))
    return out


def _files(week: Path) -> list[Path]:
    return sorted((week / "inbox").rglob("*.csv"), key=lambda path: (path.parent.name != COUNCIL, path))


def _rows(week: Path) -> int:
    """Its rows of attendance."""
    total = 0
    for path in week.rglob("attendance*.csv"):
        with path.open("rb") as file:
            total += sum(1 for _ in file) - 1
    return total
