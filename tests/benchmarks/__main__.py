"""`make bench`: from files to committed state, beside the least that any program would have to do.

The yardstick reads the same files with the csv module and copies their rows, untouched, into one table of the same
server. The ratio of the two holds on a noisy machine; the seconds are this machine's alone.
"""

from __future__ import annotations

import asyncio
import csv
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Final, Self

import asyncpg
import psutil
from rich.console import Console
from rich.table import Table

from deploy.processes import find
from deploy.roles import ROLES
from tests.benchmarks.files import HEADER, SCHOOLS, write_files
from tests.support.installation import Installation, installation

TODAY: Final = "2025-12-01"
TIMEOUT_S: Final = 300.0
MEGABYTE: Final = 1024 * 1024
APPLIED: Final = "SELECT count(*) FROM reporting.delivery WHERE state = 'applied'"


class Peaks:
    """The most memory each process was seen to use, sampled four times a second."""

    def __init__(self, home: Path) -> None:
        self.bytes: dict[str, int] = {}
        self._home = home
        self._done = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.25):
            for name in ROLES:
                running = find(name, self._home)
                if running is not None:
                    self.bytes[name] = max(self.bytes.get(name, 0), psutil.Process(running.pid).memory_info().rss)


def main() -> None:
    """Run the benchmark and print its table."""
    with tempfile.TemporaryDirectory(prefix="ps-bench-") as folder, installation(today=TODAY) as made:
        files = write_files(Path(folder))
        (made.home / "config").mkdir()
        (made.home / "config" / "agreements.csv").write_bytes((Path(folder) / "agreements.csv").read_bytes())
        with made.running():
            made.wait_until_idle(timeout_s=TIMEOUT_S)
            with Peaks(made.home) as peaks:
                ours = _timed(lambda: asyncio.run(_from_files_to_state(made, files)))
            made.wait_until_idle(timeout_s=TIMEOUT_S)
            yardstick = min(_timed(lambda: asyncio.run(_copy(made.settings().postgres, files))) for _ in range(3))
    _print(ours, yardstick, peaks)


async def _from_files_to_state(made: Installation, files: list[Path]) -> None:
    """Drop the files, and look five times a second: more would take from what is measured."""
    connection = await asyncpg.connect(made.settings().postgres)
    try:
        for path in files:
            made.drop(path, path.parent.name)
        while await connection.fetchval(APPLIED) < SCHOOLS:  # noqa: ASYNC110 - other processes do the work
            await asyncio.sleep(0.2)
    finally:
        await connection.close()


async def _copy(dsn: str, files: list[Path]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        columns = [name.lower().replace(" ", "_") for name in HEADER]
        await connection.execute(f"CREATE TEMPORARY TABLE yardstick ({', '.join(f'{name} text' for name in columns)})")
        for path in files:
            with path.open(newline="", encoding="utf-8") as file:
                rows = [tuple(row) for row in csv.reader(file)]
            await connection.copy_records_to_table("yardstick", records=rows[1:], columns=columns)
    finally:
        await connection.close()


def _timed(work: Callable[[], None]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def _print(ours: float, yardstick: float, peaks: Peaks) -> None:
    rows = 3_250 * SCHOOLS
    console = Console()
    console.print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    table = Table("What", "Figure", title=f"{SCHOOLS} files, {rows:,} rows, to committed state")
    table.add_row("pupilstream, seconds", f"{ours:.2f}")
    table.add_row("rows a second", f"{rows / ours:,.0f}")
    table.add_row("csv module and one COPY, seconds", f"{yardstick:.2f}")
    table.add_row("ratio", f"{ours / yardstick:.1f}")
    for name, size in peaks.bytes.items():
        table.add_row(f"peak memory of {name}, MB", f"{size / MEGABYTE:.0f}")
    console.print(table)


if __name__ == "__main__":
    main()
