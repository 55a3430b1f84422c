"""The figures of a whole installation for Prometheus: what `status` tells, read now and then beside other work."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Final

from deploy.local import embedded_servers
from deploy.status.look import Status
from deploy.status.look import status as read_status
from schemas.errors import PupilstreamError
from schemas.process import metrics
from schemas.process.lifecycle import StopRequest
from schemas.process.log import get_logger
from schemas.process.settings import Settings

LOOK_EVERY_S: Final = 15.0


@contextmanager
def told(settings: Settings) -> Iterator[None]:
    """Tell the figures while the block runs, if the settings ask for it."""
    if not settings.metrics_port:
        yield
        return
    stop = StopRequest()
    thread = Thread(target=tell, args=(settings, stop), name="overview")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def tell(settings: Settings, stop: StopRequest) -> None:
    """Serve the figures and read them again and again, until asked to stop."""
    metrics.serve(settings, "up")
    embedded = embedded_servers(settings.home)
    while not stop:
        try:
            note(asyncio.run(read_status(settings, embedded=embedded)))
        except PupilstreamError as error:  # a server is away: the age of the figures says since when
            get_logger().warning("attempt_failed", message=str(error))
        metrics.turned()
        stop.wait(LOOK_EVERY_S)


def note(status: Status) -> None:
    """Put one look into the gauges; what a server that is away would have told keeps its last value."""
    for name, found in status.processes.items():
        if "+" not in name:
            metrics.PROCESS_UP.labels(name).set(found["state"] == "running")
    metrics.IDLE.set(status.idle)
    if not status.consumers:
        return
    for name, lag in status.consumers.items():
        metrics.LAG_ROWS.labels(name).set(lag.rows)
        metrics.LAG_SECONDS.labels(name).set(lag.seconds)
    metrics.PARKED.set(status.parked)
    metrics.HELD.set(status.held)
    metrics.UNPUBLISHED.set(status.unpublished)
    metrics.FRESHNESS.clear()
    for (dataset, state), count in Counter((line["dataset"], line["state"]) for line in status.freshness).items():
        metrics.FRESHNESS.labels(dataset, state).set(count)
    metrics.LOOKED.set(time.time())
