"""What each process counts, in Prometheus' format on a port of its own; the one door to `prometheus_client`.

Every name, type and label stands here and in docs/metrics.md, which a test holds together. A label is a kind of file,
an outcome, a consumer or a reason: never a school, a file or a child. Nothing listens unless `metrics_port` is set.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from schemas.process.log import get_logger
from schemas.process.settings import Settings

PORT_OFFSETS: Final[Mapping[str, int]] = {
    "up": 0,
    "watcher": 1,
    "relay": 2,
    "intake": 3,
    "matching": 4,
    "attendance": 5,
    "exclusions": 6,
}
"""Where each process listens, counted from `metrics_port`."""

REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)  # CPU seconds, resident memory, open files
GCCollector(registry=REGISTRY)

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


def _counter(name: str, doc: str, *labels: str) -> Counter:
    return Counter(name, doc, labels, namespace="pupilstream", registry=REGISTRY)


def _gauge(name: str, doc: str, *labels: str) -> Gauge:
    return Gauge(name, doc, labels, namespace="pupilstream", registry=REGISTRY)


def _histogram(name: str, doc: str, *labels: str) -> Histogram:
    return Histogram(name, doc, labels, namespace="pupilstream", registry=REGISTRY, buckets=_SECONDS)


# Every process.
TURNED: Final = _gauge("loop_timestamp_seconds", "When the process last went round its loop.")
ATTEMPTS_FAILED: Final = _counter("attempts_failed_total", "Attempts at the database or broker that failed.")

# The watcher.
FILES: Final = _counter("files_total", "Files answered.", "dataset", "state")
FILE_ROWS: Final = _counter("file_rows_total", "Rows of published files.", "dataset", "outcome")
PUBLISHING: Final = _histogram("publish_seconds", "One transaction of the watcher.")
WAITING: Final = _gauge("files_waiting", "Files of this watcher in the inbox at its last look.")

# The consumers.
PARTITIONS: Final = _gauge("partitions_assigned", "Partitions that this member of the group reads.", "consumer")
APPLYING: Final = _histogram("apply_seconds", "One transaction of a consumer, attempts included.", "consumer")
DELIVERIES: Final = _counter("deliveries_applied_total", "Deliveries that had their effect.", "consumer", "dataset")
ROWS: Final = _counter("rows_applied_total", "Rows of deliveries that had their effect.", "consumer", "dataset")
PASSED_OVER: Final = _counter("passed_over_total", "Work that could have no effect.", "consumer", "kind")
CONFLICTS: Final = _counter("position_conflicts_total", "Positions that another process had moved.", "consumer")

# The relay.
RELAYED: Final = _counter("records_relayed_total", "Records of outboxes brought onto their topics.", "consumer")

# `up`, or `pupilstream metrics` where every process is a container of its own.
PROCESS_UP: Final = _gauge("process_up", "1 while the process runs.", "process")
IDLE: Final = _gauge("idle", "1 when all work is done.")
LAG_ROWS: Final = _gauge("lag_rows", "Published rows that the consumer has not passed.", "consumer")
LAG_SECONDS: Final = _gauge("lag_seconds", "Age of the oldest of them.", "consumer")
PARKED: Final = _gauge("parked", "Deliveries that no consumer could apply.")
HELD: Final = _gauge("held", "Files that wait for a person's decision.")
UNPUBLISHED: Final = _gauge("outbox_records", "Records that the relay has not brought onto their topics yet.")
FRESHNESS: Final = _gauge("school_files", "Files that schools owe, by how they stand.", "dataset", "state")
LOOKED: Final = _gauge("overview_timestamp_seconds", "When the figures of the whole installation were last read.")


def serve(settings: Settings, process: str) -> WSGIServer | None:
    """Listen on a thread, if `metrics_port` is set; a port that is taken is logged, and work goes on without.

    It ends with the process, or when the server that is returned is closed.
    """
    if not settings.metrics_port:
        return None
    port = settings.metrics_port + PORT_OFFSETS[process]
    address = f"{settings.metrics_host}:{port}"
    try:
        server, _ = start_http_server(port, addr=settings.metrics_host, registry=REGISTRY)
    except OSError:
        get_logger().warning("metrics_address_taken", address=address)
        return None
    get_logger().info("metrics_served", address=address)
    return server


def turned() -> None:
    """The process is alive and went round its loop."""
    TURNED.set(time.time())
