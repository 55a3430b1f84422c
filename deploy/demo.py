"""The command `demo`: three weeks of a synthetic county through everything that is real, and the two answers.

Real files, a real broker, a real database and every process, in a home of its own; nothing of it is scripted.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from deploy import answers
from deploy import home as homes
from deploy.local import Attached, Installation, own_log
from deploy.status import progress
from deploy.up import INFRASTRUCTURE, OK, ledger_ends, ledger_since, summary
from producers.simulator.app import Plan, simulate
from schemas.errors import ConfigError

WEEKS: Final = (1, 2, 3)
YEAR: Final = 2025
FAULTS: Final = 0.25
NARROWEST: Final = 100


def demo(home: Path | None, *, schools: int, seed: int, running: bool = False) -> int:
    """Run the demonstration; the exit status. A home that was named is kept, another is removed at the end.

    With `running` the processes of the home are those of others, containers for example; so is their date.
    """
    console = Console()
    console.width = max(console.width, NARROWEST)  # a table whose words are cut answers nothing
    with (
        _home_of_others(home) if running else _own_home(home) as folder,
        tempfile.TemporaryDirectory(prefix="pupilstream-county-") as county,
        own_log("demo", folder),
    ):
        weeks = [_invent(Path(county), week, schools, seed) for week in WEEKS]
        console.print(f"[bold]A county of {schools} schools that never was[/bold], three weeks of {YEAR}/{YEAR + 1}")
        begun = time.monotonic()
        today = monday_after(weeks[-1])
        shutil.copytree(weeks[0] / "config", folder / "config", dirs_exist_ok=True)
        if running:
            installation: Installation = Attached.to(folder)
        else:
            installation = Installation.start(folder, lambda line: _tell(console, begun, line), today=today)
        try:
            return _show(installation, weeks, console, begun)
        finally:
            installation.stop(servers=True)


def _show(installation: Installation, weeks: list[Path], console: Console, begun: float) -> int:
    for week, files in zip(WEEKS, weeks, strict=True):
        before, started = ledger_ends(installation.settings), time.monotonic()
        count = _drop(files / "inbox", installation.settings.inbox)
        _tell(console, begun, f"week {week}: {count} files dropped into the inbox")
        with progress.shown(installation.settings, console) as watching:
            given_up = installation.wait_until_idle(each=watching.note)
        if given_up:
            console.print(f"[red]{', '.join(given_up)} stopped by themselves[/red]")
            return INFRASTRUCTURE
        arrived = ledger_since(installation.settings, before)
        for line in summary(arrived, 0, time.monotonic() - started).splitlines():
            _tell(console, begun, f"week {week}: {line}")
    found = asyncio.run(answers.answers(installation.settings))
    answers.show(found, console)
    return OK


def _invent(county: Path, week: int, schools: int, seed: int) -> Path:
    out = county / f"week{week}"
    simulate(Plan(out, week, schools, seed, YEAR, FAULTS))
    return out


def _drop(source: Path, inbox: Path) -> int:
    """Put the files where they arrive as a careful sender does: under another name, then renamed."""
    files = sorted(path for path in source.rglob("*") if path.is_file())
    for path in files:
        folder = inbox / path.parent.name
        folder.mkdir(mode=0o700, exist_ok=True)
        draft = folder / f"{path.name}.part"
        shutil.copyfile(path, draft)
        draft.rename(folder / path.name)
    return len(files)


def monday_after(week: Path) -> date:
    """The Monday after the last week of marks: the day on which the council looks."""
    manifest: Mapping[str, Any] = json.loads((week / "manifest.json").read_text(encoding="utf-8"))
    return date.fromisoformat(manifest["week_start"]) + timedelta(days=7)


def _tell(console: Console, begun: float, line: str) -> None:
    console.print(f"[dim]{time.monotonic() - begun:5.1f} s[/dim]  {line}", highlight=False)


@contextmanager
def _home_of_others(named: Path | None) -> Iterator[Path]:
    if named is None:
        raise ConfigError("Which installation runs? Add --home DIR, or set PUPILSTREAM_HOME.")
    yield homes.existing(named.absolute())


@contextmanager
def _own_home(named: Path | None) -> Iterator[Path]:
    folder = named.absolute() if named else Path(tempfile.mkdtemp(prefix="pupilstream-demo-"))
    homes.prepare(folder)
    try:
        with homes.held_by_us(folder):
            yield folder
    finally:
        if named is None:
            shutil.rmtree(folder)
