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

from deploy import processes
from deploy.errors import ServerError
from deploy.private_files import draft_beside, private_folder, write_private
from deploy.processes import Running
from deploy.servers import ports
from deploy.servers.java import Java

NAME: Final = "kafka"
CONFIGURATION: Final = Path(__file__).parents[1] / "kafka" / "server.properties"
PORTS: Final = ("broker_port", "controller_port")
START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 20.0
FORMAT_HEAP_MB: Final = 128
ATTEMPTS: Final = 3
POLL_S: Final = 0.05


class EmbeddedKafka:
    """The broker of one home."""

    def __init__(self, home: Path, *, heap_mb: int = 512) -> None:
        self._home = home.absolute()
        self._folder = self._home / "kafka"
        self._data = self._folder / "data"
        self._log = self._home / "log" / "kafka.log"
        self._output = self._log.with_suffix(".out")  # what Java itself has to say
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
        java = Java()
        for _ in range(ATTEMPTS):
            chosen = ports.claim(self._folder / "ports.json", PORTS)
            if not self._data.exists():
                self._format(java, chosen)
            running = self._launch(java, chosen)
            if self._becomes_ready(running):
                java.learn_from(running.pid)
                return
            processes.stop(running, STOP_TIMEOUT_S)
            if all(map(ports.is_free, chosen.values())):  # so it was not a port that another took in the meantime
                break
        raise ServerError(f"Kafka did not start: {self._log} and {self._output} say why")

    def _format(self, java: Java, chosen: dict[str, int]) -> None:
        """Prepare the data folder, in one step: one that exists is complete."""
        draft = draft_beside(self._data)
        configuration = self._configure("format.properties", draft, chosen)
        arguments = ["format", "--standalone", f"--cluster-id={_new_id()}", f"--config={configuration}"]
        outcome = subprocess.run(
            java.command("kafka.tools.StorageTool", *arguments, heap_mb=FORMAT_HEAP_MB, log=self._log),
            capture_output=True,
            text=True,
            check=False,
            timeout=START_TIMEOUT_S,
        )
        if outcome.returncode != 0:
            raise ServerError(f"Kafka could not prepare {self._folder}: {outcome.stderr.strip()[-500:]}")
        draft.rename(self._data)

    def _launch(self, java: Java, chosen: dict[str, int]) -> Running:
        configuration = self._configure("server.properties", self._data, chosen)
        argv = java.command("kafka.Kafka", str(configuration), heap_mb=self._heap_mb, log=self._log)
        return processes.start(NAME, argv, home=self._home, log=self._output, folder=self._folder)

    def _configure(self, name: str, data: Path, chosen: dict[str, int]) -> Path:
        path = self._folder / name
        write_private(path, Template(CONFIGURATION.read_text(encoding="utf-8")).substitute(chosen, data=data))
        return path

    def _becomes_ready(self, running: Running) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        port = ports.kept(self._folder / "ports.json")["broker_port"]
        while time.monotonic() < deadline and processes.is_alive(running):
            if ports.is_open(port) and self._answers():
                return True
            time.sleep(POLL_S)
        return False

    def _answers(self) -> bool:
        """Whether it is our broker that answers, and knows itself to be part of its cluster."""
        client = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        try:
            found = client.list_topics(timeout=1)
        except KafkaException:
            return False
        identity = (self._data / "meta.properties").read_text(encoding="utf-8").splitlines()
        return f"cluster.id={found.cluster_id}" in identity and bool(found.brokers)


def _new_id() -> str:
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
