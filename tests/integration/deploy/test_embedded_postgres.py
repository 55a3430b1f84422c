"""The embedded database server: found again, restarted on its data after a kill, closed to strangers, silent."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from deploy.errors import ServerError
from deploy.processes import wait_until_gone
from deploy.servers.embedded_postgres import EmbeddedPostgres, binary
from tests.support.killing import kill
from tests.support.waiting import wait_until

ENDLESS = "SELECT count(*) FROM generate_series(1, 1000000000000)"


@pytest.fixture(scope="module", name="home")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the first start was interrupted."""
    home = tmp_path_factory.mktemp("postgres")
    half = home / "postgres" / "data.draft"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    return home


@pytest.fixture(scope="module", name="started")
def _started(home: Path) -> Iterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(home)
    postgres.start()
    yield postgres
    postgres.stop()


@pytest.fixture(name="postgres")
def _postgres(started: EmbeddedPostgres) -> EmbeddedPostgres:
    """The server, running whatever the test before has done to it."""
    started.start()
    return started


def ask(dsn: str, *commands: str) -> object:
    """Run commands one by one: the first value of the last one's answer."""

    async def answer() -> object:
        connection = await asyncpg.connect(dsn)
        try:
            for command in commands[:-1]:
                await connection.execute(command)
            return await connection.fetchval(commands[-1])
        finally:
            await connection.close()

    return asyncio.run(answer())


def test_home_and_password_are_closed_to_others(postgres: EmbeddedPostgres, home: Path) -> None:
    """Nobody but the owner can enter the home or read the password."""
    assert postgres.pid is not None
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "postgres" / "password").stat().st_mode & 0o777 == 0o600


def test_it_wants_its_password(postgres: EmbeddedPostgres) -> None:
    """Another password does not open the database."""
    password = urlsplit(postgres.dsn).password or ""

    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(postgres.dsn.replace(password, "guessed"), "SELECT 1")


def test_psql_takes_the_dsn(postgres: EmbeddedPostgres) -> None:
    """The DSN is one that psql takes as it is; user and database are called pupilstream."""
    command = [binary("psql"), postgres.dsn, "-Atc", "SELECT current_user, current_database()"]

    answer = subprocess.run(command, capture_output=True, check=True, text=True).stdout

    assert answer == "pupilstream|pupilstream\n"


def test_it_is_durable(postgres: EmbeddedPostgres) -> None:
    """What was committed is on disk."""
    settings = "SELECT current_setting('fsync') || current_setting('synchronous_commit')"

    assert ask(postgres.dsn, settings) == "onon"


def test_a_running_server_is_found_again(postgres: EmbeddedPostgres, home: Path) -> None:
    """A second start finds the server of the first instead of starting another."""
    other = EmbeddedPostgres(home)

    assert other.start() == postgres.dsn
    assert other.pid == postgres.pid


def test_rows_survive_a_kill_that_leaves_a_busy_backend(postgres: EmbeddedPostgres) -> None:
    """After SIGKILL, with a backend at work that notices nothing, the server comes back with what was committed."""
    dsn = postgres.dsn
    ask(dsn, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (42)", "SELECT 1")
    psql = subprocess.Popen([binary("psql"), dsn, "-c", ENDLESS], stderr=subprocess.DEVNULL)
    busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT count(*) FROM generate%'"
    wait_until(lambda: ask(dsn, busy) == 1, timeout_s=10, what="the endless query to begin")
    kill(psutil.Process(postgres.pid).pid)

    restarted = postgres.start()

    assert restarted == dsn
    assert ask(dsn, "SELECT n FROM kept") == 42
    assert psql.wait(10) != 0


def test_a_lock_file_of_a_dead_server_does_not_hinder(postgres: EmbeddedPostgres, home: Path) -> None:
    """A lock that names a process of something else is known to be stale."""
    postgres.stop()
    (home / "postgres" / "data" / "postmaster.pid").write_text("1\n")

    postgres.start()

    assert ask(postgres.dsn, "SELECT 1") == 1


def test_it_stops_although_a_client_is_connected(postgres: EmbeddedPostgres, home: Path) -> None:
    """Stopping does not wait for clients, yet leaves everything in order; a stopped server has no process."""
    process = psutil.Process(postgres.pid)
    psql = subprocess.Popen([binary("psql"), postgres.dsn, "-c", ENDLESS], stderr=subprocess.DEVNULL)
    wait_until(lambda: len(postgres_backends(process)) > 0, timeout_s=10, what="a client to connect")

    postgres.stop()

    assert postgres.pid is None
    assert (home / "log" / "postgres.log").read_text().endswith("database system is shut down\n")
    assert wait_until_gone([process], 0) == []
    psql.send_signal(signal.SIGTERM)
    psql.wait(10)


def postgres_backends(server: psutil.Process) -> list[psutil.Process]:
    """The processes that serve a client."""
    return [child for child in server.children() if "pupilstream" in " ".join(child.cmdline())]


def test_no_value_reaches_the_log(postgres: EmbeddedPostgres, home: Path) -> None:
    """Neither a refused value nor the statement it stood in is written down."""
    with pytest.raises(asyncpg.PostgresError):
        ask(postgres.dsn, "SELECT 'Zebedee'::date")
    with pytest.raises(asyncpg.PostgresError):
        ask(
            postgres.dsn,
            "CREATE TABLE children (upn text UNIQUE)",
            "INSERT INTO children VALUES ('Zebedee'), ('Zebedee')",
        )

    assert "Zebedee" not in (home / "log" / "postgres.log").read_text()


def test_a_dsn_before_the_first_start_is_explained(tmp_path: Path) -> None:
    """Who asks too early learns what to do first."""
    with pytest.raises(ServerError, match="pupilstream up"):
        _ = EmbeddedPostgres(tmp_path).dsn
