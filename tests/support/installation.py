"""A whole installation as a person has it: a home, the `pupilstream` command, and what it says."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil

from deploy.local import embedded_servers
from deploy.processes import find
from deploy.status.look import status as read_status
from schemas.process.settings import Settings, load
from tests.support.waiting import wait_until

COMMAND: Final = Path(sys.executable).with_name("pupilstream")
COMMAND_TIMEOUT_S: Final = 240.0
START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Installation:
    """One home and the environment in which commands are run against it."""

    home: Path
    environment: Mapping[str, str]

    @property
    def inbox(self) -> Path:
        """Where files arrive."""
        return self.home / "inbox"

    def run(self, *arguments: str, expected: int | None = 0) -> str:
        """Run a command against this home to its end; what it printed.

        Fails where the exit status is not the expected one; `None` expects any.
        """
        return run_command(*arguments, "--home", str(self.home), environment=self.environment, expected=expected)

    def up(self) -> subprocess.Popen[bytes]:
        """Start `up` in the background, its output in the home's log folder."""
        log = self.home / "up.out"
        with log.open("ab") as output:
            return subprocess.Popen(
                [COMMAND, "up", "--home", self.home],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @contextmanager
    def running(self) -> Iterator[None]:
        """`up` in the background, ended as a person ends it; it must end well."""
        process = self.up()
        try:
            wait_until((self.home / "run" / "installation.json").exists, timeout_s=START_TIMEOUT_S, what="the servers")
            yield
        finally:
            status = finish(process)
        assert status == 0, (self.home / "up.out").read_text()

    def status(self) -> dict[str, Any]:
        """What `status --json` tells."""
        told: dict[str, Any] = json.loads(self.run("status", "--json"))
        return told

    def is_idle(self) -> bool:
        """What `status` says of `idle`, asked in this process: a command a look would take what is measured."""
        return asyncio.run(read_status(self.settings(), embedded=embedded_servers(self.home))).idle

    def settings(self) -> Settings:
        """The settings of the home, addresses included."""
        return load(self.home, self.environment)

    def wait_until_idle(self, *, timeout_s: float) -> None:
        """Wait until all work is done."""
        wait_until(self.is_idle, timeout_s=timeout_s, what="the installation is idle")

    def kill(self, name: str) -> bool:
        """SIGKILL one of its processes; whether it ran."""
        running = find(name, self.home)
        if running is None:
            return False
        try:
            psutil.Process(running.pid).send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            return False
        return True

    def drop(self, source: Path, sender: str) -> None:
        """Put a file into a sender's inbox folder as a careful sender does: written aside, then renamed."""
        folder = self.inbox / sender
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{source.name}.part"
        shutil.copyfile(source, draft)
        draft.rename(folder / source.name)


def run_command(*arguments: str, environment: Mapping[str, str], expected: int | None = 0) -> str:
    """Run `pupilstream` to its end; what it printed. Fails where the exit status is not the expected one."""
    done = subprocess.run(
        [COMMAND, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_TIMEOUT_S,
    )
    assert expected in {None, done.returncode}, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def installation(**environment: str) -> Iterator[Installation]:
    """A fresh home with a short path; everything of it is stopped and removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="ps-e2e-"))
    made = Installation(home, {f"PUPILSTREAM_{name.upper()}": value for name, value in environment.items()})
    try:
        yield made
    finally:
        if (home / "run").is_dir():
            made.run("down")
        shutil.rmtree(home)


def finish(process: subprocess.Popen[bytes]) -> int:
    """Ask a command that runs in the background to stop; its exit status."""
    process.terminate()
    return process.wait(STOP_TIMEOUT_S)


def ask(dsn: str, sql: str) -> list[tuple[Any, ...]]:
    """The rows of one query."""
    return asyncio.run(_ask(dsn, sql))


async def _ask(dsn: str, sql: str) -> list[tuple[Any, ...]]:

    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row.values()) for row in await connection.fetch(sql)]
    finally:
        await connection.close()
