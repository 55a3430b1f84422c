"""Processes that outlive whoever started them, found again by pid and start time.

Each has a file `HOME/run/<name>.pid`, written before the program begins, so that no process runs without one. What to
start, and when to start it again, is decided elsewhere.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from deploy.errors import ServerError
from deploy.private_files import private_folder, write_private

LOG_LIMIT_BYTES: Final = 10 * 1024 * 1024
# Start times are computed from the boot time, which moves by fractions of a second as the clock is disciplined.
START_TOLERANCE_S: Final = 2.0
KILL_TIMEOUT_S: Final = 10.0
POLL_S: Final = 0.01
# Waits until its pid is on file (a line on standard input), or ends when whoever should write it is gone.
GATE: Final = ("/bin/sh", "-c", 'read -r go && cd "$0" && exec "$@" </dev/null')


@dataclass(frozen=True, slots=True)
class Running:
    """A process, told from later ones with the same pid by its start time."""

    pid: int
    started: float


def start(
    name: str,
    argv: Sequence[str],
    *,
    home: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Running:
    """Start a program in a session of its own.

    Its output is appended to `log`, `env` is added to our environment, and it works in `folder` (where we do).
    """
    private_folder(log.parent)
    _shorten(log)
    gate, opener = os.pipe()
    try:
        pid = _spawn([*GATE, str(folder or Path.cwd()), *argv], {**os.environ, **(env or {})}, log, gate)
        running = Running(pid, psutil.Process(pid).create_time())
        _register(name, home, running)
        os.write(opener, b"go\n")
    finally:
        os.close(gate)
        os.close(opener)
    return running


def register_ourselves(name: str, home: Path) -> None:
    """Write our own pid file, so that others can find and stop us."""
    me = psutil.Process()
    _register(name, home, Running(me.pid, me.create_time()))


def find(name: str, home: Path) -> Running | None:
    """The process of that name, if it lives; the file of a dead one is removed."""
    path = _pid_file(name, home)
    try:
        running = Running(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    if is_alive(running):
        return running
    path.unlink(missing_ok=True)
    return None


def is_alive(running: Running) -> bool:
    """Whether this very process still runs."""
    return _process(running) is not None


def further_instances(home: Path) -> list[str]:
    """The names of what `pupilstream run` started, whether or not it still runs."""
    return sorted(path.stem for path in (home / "run").glob("*+*.pid"))


def exit_status(running: Running) -> int | None:
    """How a process that we started ourselves has ended (minus the signal, if one ended it); None otherwise."""
    with suppress(ChildProcessError):
        pid, status = os.waitpid(running.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None
    return None


def stop(running: Running, timeout_s: float, *, politely: signal.Signals = signal.SIGTERM) -> None:
    """Ask a process to end, wait, and in the end kill it with all its descendants. Returns when it is gone.

    Raises:
        ServerError: when even SIGKILL does not end it.

    """
    process = _process(running)
    if process is None:
        return
    with suppress(psutil.NoSuchProcess):
        process.send_signal(politely)
    if wait_until_gone([process], timeout_s):
        kill([process, *_descendants(process)])
    exit_status(running)  # if it was our child, nothing of it remains


def kill(doomed: Sequence[psutil.Process]) -> None:
    """End processes that do not end when asked."""
    for process in doomed:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    alive = wait_until_gone(doomed, KILL_TIMEOUT_S)
    if alive:
        pids = ", ".join(str(process.pid) for process in alive)
        raise ServerError(f"SIGKILL did not end process {pids}: see what holds it (`ps -o pid,stat,wchan -p {pids}`)")


def wait_until_gone(processes: Sequence[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Those that still live when the time is up; a zombie, which waits for its parent to notice, lives no more."""
    deadline = time.monotonic() + timeout_s
    alive = list(processes)
    while (alive := [process for process in alive if _lives(process)]) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return alive


@contextmanager
def one_at_a_time(name: str, home: Path) -> Iterator[None]:
    """Keep two of our processes from starting or stopping the same one at once."""
    with (private_folder(home / "run") / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _register(name: str, home: Path, running: Running) -> None:
    private_folder(home / "run")
    write_private(_pid_file(name, home), json.dumps(asdict(running)))


def _pid_file(name: str, home: Path) -> Path:
    return home / "run" / f"{name}.pid"


def _process(running: Running) -> psutil.Process | None:
    try:
        process = psutil.Process(running.pid)
        same = abs(process.create_time() - running.started) < START_TOLERANCE_S
    except psutil.NoSuchProcess:
        return None
    return process if same and _lives(process) else None


def _lives(process: psutil.Process) -> bool:
    try:
        # A process is a zombie already while its other threads still hold ports and files.
        return process.is_running() and (process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
    except psutil.NoSuchProcess:
        return False


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _spawn(argv: list[str], env: Mapping[str, str], log: Path, standard_input: int) -> int:
    """`os.posix_spawn`, because a `Popen` object complains when it is dropped while its process lives on."""
    return os.posix_spawn(
        argv[0],
        argv,
        env,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, standard_input, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT],
        setsigmask=[],
    )


def _shorten(log: Path) -> None:
    """Keep one earlier log when this one has grown long."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        shutil.move(log, log.with_name(f"{log.name}.1"))
