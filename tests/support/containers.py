"""Broker and database as containers of the official images, for machines with a Docker engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Self

import docker  # type: ignore[import-untyped] # it has no types of its own
from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped] # as above
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

KAFKA_IMAGE: Final = "apache/kafka:4.4.0"
POSTGRES_IMAGE: Final = "postgres:18"
ENGINE_TIMEOUT_S: Final = 120
START_TIMEOUT_S: Final = 60
CLIENT_PORT: Final = 9092
ADDRESS_FILE: Final = "/tmp/client-address"  # noqa: S108 - inside the container
ONE_BROKER: Final = {
    # One setting of our own switches off all defaults of the image, so the roles and listeners are ours too.
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9094",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_LISTENERS": f"CLIENTS://:{CLIENT_PORT},INSIDE://localhost:9093,CONTROLLER://localhost:9094",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CLIENTS:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_LOG_MESSAGE_TIMESTAMP_TYPE": "LogAppendTime",
    "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "1",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_HEAP_OPTS": "-Xmx512m",
}


def can_run(image: str) -> bool:
    """Whether an engine answers that has the image, or can pull it."""
    try:
        engine = docker.from_env(timeout=ENGINE_TIMEOUT_S)
    except DockerException:
        return False
    try:
        return _has(engine, image)
    except DockerException:
        return False
    finally:
        engine.close()


def _has(engine: Any, image: str) -> bool:
    try:
        engine.images.get(image)
    except ImageNotFound:
        engine.images.pull(image)
    return True


class KafkaContainer(DockerContainer):
    """One broker that clients outside its container can reach.

    It has to advertise a port that Docker chooses when the container starts, so its command waits until it is told.
    """

    def __init__(self) -> None:
        super().__init__(KAFKA_IMAGE)
        self.with_exposed_ports(CLIENT_PORT)
        self.with_envs(**ONE_BROKER)
        wait = f"while [ ! -e {ADDRESS_FILE} ]; do sleep 0.1; done"
        tell = f"export KAFKA_ADVERTISED_LISTENERS=CLIENTS://$(cat {ADDRESS_FILE}),INSIDE://localhost:9093"
        self.with_command(["sh", "-c", f"{wait}; {tell}; exec /etc/kafka/docker/run"])

    @property
    def address(self) -> str:
        """Where clients on this machine connect."""
        return f"{self.get_container_host_ip()}:{self.get_exposed_port(CLIENT_PORT)}"

    def start(self) -> Self:
        """Start it, tell it its address (in one step, so that it never reads half of it), wait until it serves."""
        super().start()
        self.exec(["sh", "-c", f"echo {self.address} >{ADDRESS_FILE}.new && mv {ADDRESS_FILE}.new {ADDRESS_FILE}"])
        LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(START_TIMEOUT_S).wait_until_ready(self)
        return self


@contextmanager
def kafka() -> Iterator[str]:
    """A broker's address, for as long as it is needed."""
    with KafkaContainer() as container:
        yield container.address


@contextmanager
def postgres() -> Iterator[str]:
    """A database server's DSN, for as long as it is needed."""
    container = PostgresContainer(
        POSTGRES_IMAGE, username="pupilstream", password="throw-away", dbname="pupilstream", driver=None
    )
    with container.with_command("postgres -c fsync=off -c synchronous_commit=off -c full_page_writes=off") as server:
        yield server.get_connection_url()
