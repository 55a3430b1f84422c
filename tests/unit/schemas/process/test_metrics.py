"""What processes tell Prometheus: the names that are documented, and nothing about anybody."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from urllib.request import urlopen

from prometheus_client import Counter, Gauge, Histogram

from schemas.process import metrics
from schemas.process.settings import Settings

DOCUMENT = Path(__file__).parents[4] / "docs" / "metrics.md"
LINE = re.compile(r"\| `(pupilstream_\w+)` \| (\w+) \| ([^|]+) \|")
LABELS = {"dataset", "state", "outcome", "consumer", "process", "kind"}


def told() -> dict[str, tuple[str, list[str]]]:
    """Every metric of ours: its type and its labels."""
    found = [metric for metric in vars(metrics).values() if isinstance(metric, Counter | Gauge | Histogram)]
    return {
        family.name + ("_total" if family.type == "counter" else ""): (family.type, list(metric._labelnames))
        for metric in found
        for family in metric.describe()
    }


def documented() -> dict[str, tuple[str, list[str]]]:
    """Every metric of the page."""
    lines = LINE.findall(DOCUMENT.read_text(encoding="utf-8"))
    return {name: (kind, re.findall(r"`(\w+)`", labels)) for name, kind, labels in lines}


def settings_on(port: int) -> Settings:
    """An installation whose first port is this one."""
    return Settings(home=Path("/nowhere"), inbox=Path("/nowhere"), metrics_port=port)


def test_the_page_names_what_is_told() -> None:
    """Names, types and labels, no more and no less."""
    assert documented() == told()


def test_the_page_names_the_ports() -> None:
    """Each process listens where the page says, for the port in its example."""
    page = DOCUMENT.read_text(encoding="utf-8")

    assert all(f"`{name}` {'on ' * (name == 'up')}{9400 + n}" in page for name, n in metrics.PORT_OFFSETS.items())


def test_no_label_can_hold_anything_about_a_school_or_a_child() -> None:
    """Labels are kinds, outcomes and our own names; a new one has to be looked at here."""
    assert {label for _, labels in told().values() for label in labels} <= LABELS


def test_what_is_counted_is_served_on_the_process_s_own_port() -> None:
    """Anybody on this machine can read it, in the format that Prometheus reads."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    metrics.DELIVERIES.labels("attendance", "attendance").inc()

    server = metrics.serve(settings_on(port - metrics.PORT_OFFSETS["attendance"]), "attendance")
    assert server is not None
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            page = answer.read().decode()
    finally:
        server.shutdown()
        server.server_close()

    assert 'pupilstream_deliveries_applied_total{consumer="attendance",dataset="attendance"}' in page
    assert "process_resident_memory_bytes" in page


def test_a_port_that_is_taken_stops_nobody() -> None:
    """Counting is no reason not to work."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        assert metrics.serve(settings_on(taken.getsockname()[1]), "up") is None


def test_nothing_listens_unless_it_is_asked_for() -> None:
    """Port 0 is the default."""
    assert metrics.serve(settings_on(0), "watcher") is None
