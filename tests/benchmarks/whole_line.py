"""From files in the inbox to committed state in every consumer, everything running; and the yardstick beside it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import asyncpg

from tests.benchmarks import plain
from tests.benchmarks.files import PUPILS, SCHOOLS, WEEKS, write_files
from tests.benchmarks.report import Figure, cost, rate
from tests.benchmarks.usage import MEGABYTE, Peaks, cpu_seconds, used
from tests.support.installation import Installation, installation

TODAY: Final = "2025-12-01"
TIMEOUT_S: Final = 600.0
DONE: Final = "SELECT count(*) FROM reporting.delivery WHERE state <> 'published' AND dataset = 'attendance'"
MEMORY_TARGET: Final = "under 600"


def measure(times: int) -> Iterator[Figure]:
    """The files of 40 schools, so many times as many pupils in each; both pipelines on the same two servers."""
    rows = SCHOOLS * PUPILS * WEEKS * times
    section = f"Whole line, {SCHOOLS} files, {rows:,} rows"
    with tempfile.TemporaryDirectory(prefix="ps-bench-") as folder, installation(today=TODAY) as made:
        files = write_files(Path(folder), pupils=PUPILS * times)
        give_register(made, Path(folder) / "agreements.csv")
        made.run("up", "--until-idle")  # the servers alone stay
        yardstick = plain.run(made.settings(), files, rows, "plain")
        with made.running():
            made.wait_until_idle(timeout_s=TIMEOUT_S)
            before = cpu_seconds(made.home)
            with Peaks(made.home) as peaks:
                seconds = asyncio.run(to_committed_state(made, files))
            spent = used(before, cpu_seconds(made.home))
    yield rate(section, "pupilstream", rows, seconds)
    yield rate(section, "plain pipeline", rows, yardstick.seconds)
    yield Figure(section, "pupilstream against plain", yardstick.seconds / seconds, "times as fast", "2.5; aim 4")
    yield from spending(section, rows, spent)
    yield cost(section, "plain pipeline, without the servers", rows, yardstick.cpu_s)
    yield from memory(section, peaks.bytes)


def give_register(made: Installation, register: Path) -> None:
    """Let the installation know the schools."""
    (made.home / "config").mkdir(exist_ok=True)
    (made.home / "config" / "agreements.csv").write_bytes(register.read_bytes())


async def to_committed_state(made: Installation, files: list[Path]) -> float:
    """Drop the files; the seconds until every consumer of the dataset has applied the last of attendance.

    Looks five times a second: more would take from what is measured.
    """
    connection = await asyncpg.connect(made.settings().postgres)
    try:
        wanted = await connection.fetchval(DONE) + sum(path.name.startswith("attendance") for path in files)
        begun = time.monotonic()
        for path in files:
            made.drop(path, path.parent.name)
        while await connection.fetchval(DONE) < wanted:  # noqa: ASYNC110 - other processes do the work
            await asyncio.sleep(0.2)
        return time.monotonic() - begun
    finally:
        await connection.close()


def spending(section: str, rows: int, spent: Mapping[str, float]) -> Iterator[Figure]:
    """The CPU of the whole line by process."""
    yield cost(section, "all processes, servers included", rows, sum(spent.values()), "20; aim 15")
    for name, cpu_s in spent.items():
        yield cost(section, name, rows, cpu_s)


def memory(section: str, peaks: Mapping[str, int]) -> Iterator[Figure]:
    """The most memory of each process."""
    for name, size in peaks.items():
        yield Figure(section, f"peak memory of {name}", size / MEGABYTE, "MB", MEMORY_TARGET)
