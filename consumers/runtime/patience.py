"""How long an infrastructure error is borne: again with a growing, uneven pause, and after a while not any more."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from consumers.runtime.errors import RetryableError
from schemas.process import metrics
from schemas.process.lifecycle import StopRequest
from schemas.process.log import get_logger

GIVE_UP_AFTER_S: Final = 120.0
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Patience:
    """Repeats what fails with `RetryableError`, for `limit_s` from its first failure on; a request to stop ends it."""

    stop: StopRequest
    limit_s: float = GIVE_UP_AFTER_S

    async def insist(self, attempt: Callable[[int], Awaitable[Result]]) -> Result:
        """The result of the first attempt that succeeds; each is told its number, from 0.

        Raises:
            RetryableError: the last one's, when patience has ended.

        """
        number, deadline = 0, math.inf
        while True:
            try:
                return await attempt(number)
            except RetryableError as error:
                deadline = min(deadline, time.monotonic() + self.limit_s)
                if self.stop or time.monotonic() >= deadline:
                    raise
                metrics.ATTEMPTS_FAILED.inc()
                get_logger().warning("attempt_failed", attempt=number, message=str(error))
            await asyncio.sleep(_pause(number))
            number += 1


def _pause(number: int) -> float:
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(number, 10))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - uneven, not secret
