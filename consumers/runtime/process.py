"""A consumer, or the relay, as a process: logs, signals, and an exit status that its supervisor understands."""

from __future__ import annotations

import asyncio
import gc
import traceback
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

from consumers.runtime import relay as outbox_relay
from consumers.runtime.errors import RetryableError
from consumers.runtime.runner import run
from consumers.runtime.work import Consumer
from schemas.errors import BrokerError, PupilstreamError
from schemas.process import log, metrics
from schemas.process.lifecycle import StopRequest, say_why_stopped, stop_on_signals, stopped_file
from schemas.process.settings import Settings

ASKED_TO_STOP: Final = 0
GAVE_UP: Final = 3
STOPPED_ITSELF: Final = 4
ALLOCATIONS_BETWEEN_COLLECTIONS: Final = 100_000


def main(consumer: Consumer, settings: Settings) -> int:
    """Run a consumer until it is asked to stop; the exit status.

    0: it was asked to. 3: database or broker failed for too long, so starting it again may help. 4: it stopped by
    itself for a reason, which `HOME/run/<name>.stopped` states in a line of JSON: starting it again would not help.
    (A further instance, which `up` does not look after, leaves that file alone.)
    """
    return _supervised(consumer.name, settings, lambda stop: run(consumer, settings, stop))


def relay(settings: Settings, schemas: Sequence[str]) -> int:
    """Run the relay of these schemas' outboxes in the same way."""
    return _supervised(outbox_relay.NAME, settings, lambda stop: outbox_relay.relay(settings, schemas, stop))


def _supervised(name: str, settings: Settings, job: Callable[[StopRequest], Coroutine[Any, Any, None]]) -> int:
    calm_collector()
    log.configure(name)
    metrics.serve(settings, name)
    stop = stop_on_signals()
    if settings.looked_after:
        stopped_file(settings.home, name).unlink(missing_ok=True)
    try:
        asyncio.run(job(stop))
    except (RetryableError, BrokerError) as error:
        log.get_logger().error("gave_up", message=str(error), exit_code=ASKED_TO_STOP if stop else GAVE_UP)
        return ASKED_TO_STOP if stop else GAVE_UP
    except PupilstreamError as error:
        return _stopped_itself(name, settings, str(error))
    except Exception as error:  # noqa: BLE001 - the supervisor: a defect is stated, without the values in its text
        return _stopped_itself(name, settings, _defect(error))
    return ASKED_TO_STOP


def calm_collector() -> None:
    """Look for cycles of garbage less often, and never among what has been imported.

    A poll brings ten thousand messages at once. To walk over them at every 700 allocations, Python's own measure, took
    a sixth of a consumer's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)


def _stopped_itself(name: str, settings: Settings, reason: str) -> int:
    log.get_logger().error("stopped_itself", message=reason, exit_code=STOPPED_ITSELF)
    if settings.looked_after:
        say_why_stopped(settings, name, reason)
    return STOPPED_ITSELF


def _defect(error: Exception) -> str:
    """What broke, and where: the error's own text may quote a child's data."""
    where = [f"{Path(frame.filename).stem}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return f"A defect in the program ({type(error).__name__} at {' > '.join(where[-4:])}): report it to its makers"
