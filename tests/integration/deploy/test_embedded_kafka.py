"""The embedded broker: found again, restarted on its data after a kill, moved off a taken port."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from deploy.errors import ServerError
from deploy.processes import wait_until_gone
from deploy.servers.embedded_kafka import EmbeddedKafka
from tests.support.killing import kill
from tests.support.waiting import wait_until

TOPIC = "rows.v1"
VALUES = [str(number).encode() for number in range(100)]


@pytest.fixture(scope="module", name="home")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("kafka")
    home.chmod(0o755)
    return home


@pytest.fixture(scope="module", name="started")
def _started(home: Path) -> Iterator[EmbeddedKafka]:
    kafka = EmbeddedKafka(home, heap_mb=256)
    kafka.start()
    yield kafka
    kafka.stop()


@pytest.fixture(name="kafka")
def _kafka(started: EmbeddedKafka) -> EmbeddedKafka:
    """The broker, running whatever the test before has done to it."""
    started.start()
    return started


def write(address: str) -> None:
    """Make the topic and fill it, every record acknowledged."""
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic(TOPIC, num_partitions=1)])[TOPIC].result()
    producer = Producer({"bootstrap.servers": address, "acks": "all", "log_level": 2})
    for value in VALUES:
        producer.produce(TOPIC, value)
    assert producer.flush(10) == 0


def read(address: str) -> list[bytes | None]:
    """What the topic holds."""
    consumer = Consumer(
        {"bootstrap.servers": address, "group.id": "readers", "auto.offset.reset": "earliest", "log_level": 2}
    )
    consumer.subscribe([TOPIC])
    values: list[bytes | None] = []

    def have_all() -> bool:
        values.extend(message.value() for message in consumer.consume(len(VALUES), timeout=1) if not message.error())
        return len(values) >= len(VALUES)

    wait_until(have_all, timeout_s=20, what="the records written before the kill")
    consumer.close()
    return values


def test_the_home_is_closed_to_others(kafka: EmbeddedKafka, home: Path) -> None:
    """A home that others could read is closed by the start."""
    assert kafka.pid is not None
    assert home.stat().st_mode & 0o777 == 0o700


def test_it_listens_on_this_machine_only(kafka: EmbeddedKafka) -> None:
    """Every port of the broker is one of 127.0.0.1."""
    listening = {c.laddr.ip for c in psutil.Process(kafka.pid).net_connections() if c.status == psutil.CONN_LISTEN}

    assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}


def test_a_running_broker_is_found_again(kafka: EmbeddedKafka, home: Path) -> None:
    """A second start finds the broker of the first instead of starting another."""
    other = EmbeddedKafka(home, heap_mb=256)

    assert other.start() == kafka.address
    assert other.pid == kafka.pid


def test_records_survive_a_kill(kafka: EmbeddedKafka) -> None:
    """After SIGKILL the broker comes back on the same address, with every acknowledged record."""
    address, pid = kafka.address, kafka.pid
    assert pid is not None
    write(address)
    kill(pid)

    restarted = kafka.start()

    assert restarted == address
    assert kafka.pid != pid
    assert read(address) == VALUES


def test_a_taken_port_is_left_to_its_owner(kafka: EmbeddedKafka) -> None:
    """When another program listens on the port meanwhile, the broker takes a new one."""
    address = kafka.address
    host, _, port = address.rpartition(":")
    kafka.stop()
    with socket.create_server((host, int(port)), reuse_port=False):
        moved = kafka.start()

        assert moved != address


def test_stopping_ends_the_process(kafka: EmbeddedKafka) -> None:
    """A stopped broker has no process; stopping it again does nothing."""
    process = psutil.Process(kafka.pid)

    kafka.stop()
    kafka.stop()

    assert kafka.pid is None
    assert wait_until_gone([process], 0) == []


def test_a_wrong_java_home_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without Java is named, with what to do about it."""
    monkeypatch.setenv("PUPILSTREAM_JAVA_HOME", "/nowhere")

    with pytest.raises(ServerError, match=r"PUPILSTREAM_JAVA_HOME is /nowhere.*Java 17 or newer, or unset it"):
        EmbeddedKafka(tmp_path).start()


def test_an_address_before_the_first_start_is_explained(tmp_path: Path) -> None:
    """Who asks too early learns what to do first."""
    with pytest.raises(ServerError, match="pupilstream up"):
        _ = EmbeddedKafka(tmp_path).address
