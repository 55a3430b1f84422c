"""Each stage alone: reading a file, publishing, and every consumer from a filled topic; one process at a time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil

from consumers.runtime.postgres import connect
from consumers.runtime.progress import progress
from deploy.status.look import ledger_lags
from producers.watcher.arrival import digest
from producers.watcher.examine import Candidate, NothingPast, Verdict, examine, unchecked_permit
from producers.watcher.waiting import waiting_files
from schemas.process.settings import Settings
from tests.benchmarks.files import PUPILS, SCHOOLS, WEEKS, write_files
from tests.benchmarks.report import Figure, cost, rate
from tests.benchmarks.usage import cpu_of
from tests.benchmarks.whole_line import TIMEOUT_S, TODAY, give_register
from tests.support.installation import Installation, installation
from tests.support.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Run:
    """One stage, from its first sign of progress until its work was done: wall clock and CPU seconds."""

    seconds: float
    cpu_s: float


def measure(times: int) -> Iterator[Figure]:
    """The files of 40 schools, so many times as many pupils in each."""
    rows = SCHOOLS * PUPILS * WEEKS * times
    section = f"Each stage alone, {SCHOOLS} files, {rows:,} rows"
    with tempfile.TemporaryDirectory(prefix="ps-bench-") as folder, installation(today=TODAY) as made:
        files = write_files(Path(folder), pupils=PUPILS * times)
        give_register(made, Path(folder) / "agreements.csv")
        made.run("up", "--until-idle")
        yield from _figures(section, "reading and checking the files", rows, _read(files))
        for path in files:
            made.drop(path, path.parent.name)
        settings = made.settings()
        watcher = _work_off(made, "watcher", lambda: waiting_files(settings))
        yield from _figures(section, "watcher: reading, checking, publishing", rows, watcher)
        for name in ("matching", "attendance"):
            run = _work_off(made, name, lambda name=name: _rows_behind(settings, name))  # type: ignore[misc]  # the default argument binds the name
            yield from _figures(section, f"{name}, from a filled topic", rows, run)


def judged(path: Path) -> Verdict:
    """What the watcher would say of a file; it must accept it."""
    file = Candidate(path.parent.name, path.name, path, digest(path), date.fromisoformat(TODAY))
    verdict = examine(file, unchecked_permit(), past=NothingPast(), secret=b"benchmark")
    assert verdict.receipt.state == "accepted", verdict.receipt.reason
    return verdict


def _figures(section: str, what: str, rows: int, run: Run) -> Iterator[Figure]:
    yield rate(section, what, rows, run.seconds)
    yield cost(section, what, rows, run.cpu_s)


def _read(files: list[Path]) -> Run:
    begun, cpu = time.monotonic(), time.process_time()
    for path in files:
        judged(path)
    return Run(time.monotonic() - begun, time.process_time() - cpu)


def _work_off(made: Installation, role: str, left: Callable[[], int]) -> Run:
    """Run one process until nothing is left to do, and end it; its start, before any progress, does not count."""
    whole = left()
    child = subprocess.Popen([sys.executable, "-m", "deploy.child", role, str(made.home)], stderr=subprocess.DEVNULL)
    process = psutil.Process(child.pid)
    try:
        wait_until(lambda: left() < whole, timeout_s=TIMEOUT_S, what=f"{role} makes progress")
        begun, cpu = time.monotonic(), cpu_of(process)
        wait_until(lambda: left() == 0, timeout_s=TIMEOUT_S, what=f"{role} has done its work")
        return Run(time.monotonic() - begun, cpu_of(process) - cpu)
    finally:
        child.terminate()
        child.wait()


def _rows_behind(settings: Settings, consumer: str) -> int:
    return asyncio.run(_lag(settings, consumer))


async def _lag(settings: Settings, consumer: str) -> int:
    connection = await connect(settings, "public")
    try:
        return ledger_lags(settings, await progress(connection, [consumer]))[consumer].rows
    finally:
        await connection.close()
