"""Which broker and which database server a test run uses, and a database of its own for each test.

The addresses that the environment names; else containers, where a Docker engine has the images or can pull them; else
the embedded servers, in a folder that a later run clears away if this one is killed. Never none.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import psutil
from confluent_kafka.admin import AdminClient

from deploy.private_files import write_private
from deploy.processes import Running, is_alive
from deploy.provision import prepare_database
from deploy.servers.embedded_kafka import EmbeddedKafka
from deploy.servers.embedded_postgres import EmbeddedPostgres

HOME_PREFIX: Final = "ps-test-"
OWNER_FILE: Final = "owner.json"
# The embedded server's collation, so that a container sorts in the same way.
SAME_EVERYWHERE: Final = (
    "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
)


async def prepare_template(dsn: str) -> None:
    """Fill the database that every test's own is cloned from with the tables and views of all consumers."""
    connection = await asyncpg.connect(dsn)
    try:
        await prepare_database(connection)
    finally:
        await connection.close()


@contextmanager
def kafka() -> Iterator[str]:
    """A broker for the whole run: its address."""
    named = os.environ.get("PUPILSTREAM_TEST_KAFKA")
    if named:
        yield named
    elif _use_containers():
        from tests.support import containers  # noqa: PLC0415 - slow to import, and needs an engine

        with containers.kafka() as address:
            yield address
    else:
        with _home() as home:
            yield from _embedded(EmbeddedKafka(home))


@contextmanager
def postgres() -> Iterator[str]:
    """A database server for the whole run: its DSN."""
    named = os.environ.get("PUPILSTREAM_TEST_POSTGRES")
    if named:
        yield named
    elif _use_containers():
        from tests.support import containers  # noqa: PLC0415 - slow to import, and needs an engine

        with containers.postgres() as dsn:
            yield dsn
    else:
        with _home() as home:
            yield from _embedded(EmbeddedPostgres(home, durable=False))


@asynccontextmanager
async def database(server_dsn: str, template: str | None = None) -> AsyncIterator[str]:
    """A database of that server, cloned from the template if one is given, dropped at the end: its DSN."""
    name = f"ps_{uuid.uuid4().hex[:12]}"
    await _tell(
        server_dsn,
        f"CREATE DATABASE {name} {f'TEMPLATE {template} STRATEGY FILE_COPY' if template else SAME_EVERYWHERE}",
    )
    try:
        yield urlsplit(server_dsn)._replace(path=f"/{name}").geturl()
    finally:
        await _tell(server_dsn, f"DROP DATABASE {name} WITH (FORCE)")


def database_name(dsn: str) -> str:
    """The database that a DSN names."""
    return urlsplit(dsn).path.removeprefix("/")


def delete_topics(address: str, prefix: str) -> None:
    """Remove what a test has left on the broker."""
    admin = AdminClient({"bootstrap.servers": address, "log_level": 2})
    names = [name for name in admin.list_topics(timeout=10).topics if name.startswith(prefix)]
    if names:
        for deletion in admin.delete_topics(names, operation_timeout=10).values():
            deletion.result()


async def _tell(dsn: str, command: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(command)
    finally:
        await connection.close()


def _use_containers() -> bool:
    forced = os.environ.get("PUPILSTREAM_TEST_BACKEND", "")
    if forced in {"containers", "embedded"}:
        return forced == "containers"
    assert not forced, "PUPILSTREAM_TEST_BACKEND is neither `containers` nor `embedded`"
    if not _engine_may_answer():
        return False
    from tests.support import containers  # noqa: PLC0415 - slow to import, and needs an engine

    return containers.can_run(containers.KAFKA_IMAGE) and containers.can_run(containers.POSTGRES_IMAGE)


def _engine_may_answer() -> bool:
    """Quicker than asking with Docker's client, which also leaves its socket open when nobody answers."""
    scheme, _, path = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").partition("://")
    if scheme != "unix":
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def _embedded(server: EmbeddedKafka | EmbeddedPostgres) -> Iterator[str]:
    try:
        yield server.start()
    finally:
        server.stop()


@contextmanager
def _home() -> Iterator[Path]:
    """A folder with a short path for one server, which says whose it is."""
    _clear_abandoned()
    home = Path(tempfile.mkdtemp(prefix=HOME_PREFIX, dir=_quick_folder()))
    me = psutil.Process()
    write_private(home / OWNER_FILE, json.dumps(asdict(Running(me.pid, me.create_time()))))
    yield home
    shutil.rmtree(home)


def _quick_folder() -> Path:
    """Memory where the system offers it: a database a test is three hundred small files, made and removed again."""
    memory = Path("/dev/shm")  # noqa: S108 - the folders in it are made by mkdtemp
    return memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


def _clear_abandoned() -> None:
    """Stop the servers of test runs that were killed."""
    for owner_file in _quick_folder().glob(f"{HOME_PREFIX}*/{OWNER_FILE}"):
        with suppress(FileNotFoundError):  # another run was quicker
            if not is_alive(Running(**json.loads(owner_file.read_text()))):
                EmbeddedKafka(owner_file.parent).stop()
                EmbeddedPostgres(owner_file.parent).stop()
                shutil.rmtree(owner_file.parent)
