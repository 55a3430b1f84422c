"""Patience: again after an infrastructure error, not for ever, and never after any other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from consumers.runtime.errors import FatalError, RetryableError
from consumers.runtime.patience import Patience
from schemas.errors import PupilstreamError
from schemas.process.lifecycle import StopRequest


def failing(times: int, error: PupilstreamError) -> Callable[[int], Awaitable[int]]:
    """Fails so many times; afterwards gives the number of the attempt."""

    async def attempt(number: int) -> int:
        if number < times:
            raise error
        return number

    return attempt


def insist(attempt: Callable[[int], Awaitable[int]], *, limit_s: float = 10, stop: StopRequest | None = None) -> int:
    """The outcome of patience with this attempt."""
    return asyncio.run(Patience(stop or StopRequest(), limit_s).insist(attempt))


def test_a_passing_error_is_borne() -> None:
    """What fails twice and then succeeds has succeeded."""
    assert insist(failing(2, RetryableError("not now"))) == 2


def test_patience_ends() -> None:
    """What goes on failing raises its own error in the end."""
    with pytest.raises(RetryableError, match="not now"):
        insist(failing(1_000, RetryableError("not now")), limit_s=0.2)


def test_a_request_to_stop_ends_it() -> None:
    """Who was asked to stop does not try again."""
    stop = StopRequest()
    stop.set()

    with pytest.raises(RetryableError):
        insist(failing(1, RetryableError("not now")), stop=stop)


def test_other_errors_pass_at_once() -> None:
    """Only infrastructure errors are worth another attempt."""
    with pytest.raises(FatalError):
        insist(failing(1, FatalError("never")))
