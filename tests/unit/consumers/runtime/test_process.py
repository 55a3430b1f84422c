"""How a process ends: its exit status, and the reason it leaves behind."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from consumers.runtime import process
from consumers.runtime.errors import FatalError, RetryableError
from schemas.errors import BrokerError
from schemas.process.lifecycle import StopRequest, stopped_file
from schemas.process.settings import Settings

Job = Callable[[StopRequest], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Signals and logs are the process's, so a test gives them back."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture(name="settings")
def _settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, inbox=tmp_path)


def raising(error: Exception, *, stopped: bool = False) -> Job:
    """A job that fails, after it was asked to stop or not."""

    async def job(stop: StopRequest) -> None:
        if stopped:
            stop.set()
        raise error

    return job


def supervised(settings: Settings, job: Job) -> tuple[int, str | None]:
    """The exit status of a job, and the reason on file."""
    status = process._supervised("tally", settings, job)
    file = stopped_file(settings.home, "tally")
    return status, json.loads(file.read_text())["reason"] if file.exists() else None


def test_a_signal_ends_it_well(settings: Settings) -> None:
    """SIGTERM sets the request, and a job that heeds it ends with 0."""

    async def job(stop: StopRequest) -> None:
        signal.raise_signal(signal.SIGTERM)
        assert stop

    assert supervised(settings, job) == (0, None)


@pytest.mark.parametrize("error", [RetryableError("no answer"), BrokerError("no answer", code="_TRANSPORT")])
def test_infrastructure_that_fails_is_given_up(settings: Settings, error: Exception) -> None:
    """Giving up exits 3 and leaves no reason: starting again may help."""
    assert supervised(settings, raising(error)) == (3, None)


def test_failing_infrastructure_does_not_spoil_a_stop(settings: Settings) -> None:
    """Who was asked to stop while the database was away has stopped well."""
    assert supervised(settings, raising(RetryableError("no answer"), stopped=True)) == (0, None)


def test_a_fatal_error_is_stated(settings: Settings) -> None:
    """Stopping for a reason exits 4 and leaves the reason in a line of JSON."""
    assert supervised(settings, raising(FatalError("two owners"))) == (4, "two owners")


def test_a_further_instance_leaves_the_file_to_the_first(settings: Settings) -> None:
    """What one more instance stops for does not keep the one that is looked after from being started again."""
    further = replace(settings, instance="2")

    assert supervised(further, raising(FatalError("two owners"))) == (4, None)

    supervised(settings, raising(FatalError("no room")))

    assert supervised(further, raising(RetryableError("no answer"))) == (3, "no room")


def test_a_defect_is_stated_without_its_text(settings: Settings) -> None:
    """An unexpected error exits 4 as well; its class and place are stated, its text may quote data."""
    status, reason = supervised(settings, raising(KeyError("Amara")))

    assert status == 4
    assert reason is not None
    assert "KeyError at" in reason
    assert "Amara" not in reason


def test_a_new_start_forgets_the_old_reason(settings: Settings) -> None:
    """Who starts again has not stopped."""
    supervised(settings, raising(FatalError("two owners")))

    assert supervised(settings, raising(RetryableError("no answer"))) == (3, None)
