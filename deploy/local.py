"""One installation on this machine, from start to stop: servers, provisioning, processes; the work of `up` and `down`.

`Installation.start` brings everything up and returns; whoever holds it calls `look_after` often. The embedded servers
outlive it where they are wanted again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Unpack

from consumers.runtime.postgres import connect
from deploy import home as homes
from deploy import processes
from deploy.errors import ServerError
from deploy.processes import Running
from deploy.provision import provision
from deploy.roles import ROLES, topics_read
from deploy.servers.embedded_kafka import EmbeddedKafka
from deploy.servers.embedded_postgres import EmbeddedPostgres
from deploy.status.look import Look, look
from deploy.supervisor import STOP_TIMEOUT_S, Charge, Supervisor
from schemas.errors import PupilstreamError
from schemas.process.kafka import Admin
from schemas.process.lifecycle import why_stopped
from schemas.process.log import configure
from schemas.process.settings import Asked, Secret, Settings, load, read_installation, write_installation

POLL_S: Final = 0.2
BROKER_TIMEOUT_S: Final = 15.0
UP: Final = "up"

Server = EmbeddedKafka | EmbeddedPostgres
Say = Callable[[str], None]
"""Takes one line for the person at the terminal."""


class Installation:
    """Everything that runs for one home, in our care until `stop`."""

    def __init__(self, settings: Settings, *, embedded: tuple[Server, ...]) -> None:
        self.settings = settings
        self._embedded = embedded
        self._supervisor = Supervisor(settings.home, [_charge(server, settings.home) for server in embedded])

    @classmethod
    def start(cls, home: Path, say: Say, **given: Unpack[Asked]) -> Installation:
        """Bring up servers, topics, tables and processes; `given` are the options of the command.

        Raises:
            PupilstreamError: something is missing or does not start; the message says what to do.

        """
        servers, kafka, postgres = _start_servers(load(home, remembered=False, **given), say)
        given |= {"kafka": kafka, "postgres": postgres}
        settings = load(home, remembered=False, **given)
        if not Admin(settings).reachable(BROKER_TIMEOUT_S):
            raise ServerError(f"No Kafka answers at {kafka}: see that it runs, or leave --kafka out")
        _remember(settings, servers)
        asyncio.run(provision(settings))
        installation = cls(settings, embedded=servers)
        installation._supervisor.start()
        say("watcher, relay and four consumers started")
        return installation

    def look_after(self) -> list[str]:
        """Start again what died; the processes that stopped by themselves.

        Raises:
            ServerError: one died too often.

        """
        self._supervisor.look_after()
        return self._supervisor.given_up

    def wait_until_idle(
        self, until: Callable[[], bool] = lambda: False, each: Callable[[Look], None] = lambda _: None
    ) -> list[str]:
        """Look after everything until all work is done, a process has stopped by itself, or `until` says so.

        `each` is given every look.
        """
        return asyncio.run(self._until_idle(until, each))

    def parked(self) -> int:
        """How many deliveries are parked, over all consumers."""
        return asyncio.run(self._look()).parked

    def stop(self, *, servers: bool) -> None:
        """End our processes; the embedded servers too, if asked."""
        self._supervisor.stop()
        if servers:
            for server in reversed(self._embedded):
                server.stop()

    async def _until_idle(self, until: Callable[[], bool], each: Callable[[Look], None]) -> list[str]:
        while not until():
            given_up = self.look_after()
            if given_up:
                return given_up
            if await self._idle_now(each):
                return []
            await asyncio.sleep(POLL_S)
        return []

    async def _idle_now(self, each: Callable[[Look], None]) -> bool:
        try:
            first = await self._look()
            each(first)
            return first.quiet(topics_read(self.settings)) and first == await self._look()
        except PupilstreamError:  # a server that is just being started again: look again later
            return False

    async def _look(self) -> Look:
        connection = await connect(self.settings, "public")
        try:
            return await look(self.settings, connection)
        finally:
            await connection.close()


class Attached(Installation):
    """An installation whose processes others look after, as containers: to wait for it, not to start or stop it."""

    @classmethod
    def to(cls, home: Path) -> Attached:
        """The one that lives on this home."""
        return cls(load(homes.existing(home)), embedded=())

    def look_after(self) -> list[str]:
        """The processes that stopped by themselves."""
        return [role for role in ROLES if why_stopped(self.settings.home, role) is not None]

    def stop(self, *, servers: bool) -> None:
        """Leave everything as it is."""
        del servers


@contextmanager
def own_log(name: str, home: Path) -> Iterator[None]:
    """Keep the terminal for the person: what a command logs goes to `HOME/log/<name>.log`."""
    with (home / "log" / f"{name}.log").open("a", encoding="utf-8", buffering=1) as output:
        configure(name, output)
        yield


def stop_everything(home: Path) -> list[str]:
    """End whatever runs for a home, in the order that loses nothing; the names of what was ended."""
    homes.existing(home)
    ended = [name for name in (UP, *processes.further_instances(home), *ROLES) if _end(name, home)]
    for server in (EmbeddedPostgres(home), EmbeddedKafka(home)):
        if server.pid is not None:
            server.stop()
            ended.append("kafka" if isinstance(server, EmbeddedKafka) else "postgres")
    return ended


def embedded_servers(home: Path) -> list[str]:
    """Which servers the last `up` of this home ran itself."""
    return [name for name in read_installation(home).get("embedded", "").split(",") if name]


def _start_servers(asked: Settings, say: Say) -> tuple[tuple[Server, ...], str, Secret]:
    """The servers that we run ourselves, and the addresses of both, given or ours."""
    kafka, postgres = EmbeddedKafka(asked.home, heap_mb=asked.heap_mb), EmbeddedPostgres(asked.home)
    candidates: tuple[tuple[Server, str], ...] = ((kafka, asked.kafka), (postgres, asked.postgres))
    ours = tuple(server for server, named in candidates if not named)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda server: server.start(), ours))
    for server in ours:
        say(f"{_name(server)} is ready")
    return ours, asked.kafka or kafka.address, asked.postgres or Secret(postgres.dsn)


def _remember(settings: Settings, embedded: Iterable[Server]) -> None:
    write_installation(
        settings.home,
        kafka=settings.kafka,
        postgres=str.__str__(settings.postgres),
        inbox=settings.inbox.absolute(),
        topic_prefix=settings.topic_prefix,
        today=settings.today,
        embedded=",".join(_name(server) for server in embedded),
    )


def _charge(server: Server, home: Path) -> Charge:
    def start() -> Running:
        server.start()
        return _running(_name(server), home)

    return Charge(_name(server), start, _running(_name(server), home))


def _running(name: str, home: Path) -> Running:
    running = processes.find(name, home)
    if running is None:
        raise ServerError(f"{name} ended right after its start: {home / 'log'} says why")
    return running


def _name(server: Server) -> str:
    return "kafka" if isinstance(server, EmbeddedKafka) else "postgres"


def _end(name: str, home: Path) -> bool:
    running = processes.find(name, home)
    if running is None:
        return False
    processes.stop(running, STOP_TIMEOUT_S)
    return True
