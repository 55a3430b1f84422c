"""A job of the engine at work on a thread of its own, as it would be in its process, and what a test asks of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Self

import asyncpg

from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings

END_TIMEOUT_S: Final = 40.0


class Running:
    """Runs a job until the block ends, or until it fails."""

    def __init__(self, job: Callable[[StopRequest], Coroutine[Any, Any, None]]) -> None:
        self._stop = StopRequest()
        self._job = job
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        if self._error is not None and error is None:
            raise self._error

    def end(self) -> None:
        """Ask the job to end, and wait until it has."""
        self._stop.set()
        self._thread.join(END_TIMEOUT_S)
        assert not self._thread.is_alive(), "the job did not end when it was asked to"

    def failure(self) -> BaseException | None:
        """Wait until the job has ended by itself: why. It is not raised again."""
        self._thread.join(END_TIMEOUT_S)
        assert not self._thread.is_alive(), "the job goes on where it should have failed"
        error, self._error = self._error, None
        return error

    def _run(self) -> None:
        try:
            asyncio.run(self._job(self._stop))
        except BaseException as error:  # noqa: BLE001 - given to the test that waits for it
            self._error = error


def ask(settings: Settings, schema: str, query: str, *arguments: object) -> list[tuple[Any, ...]]:
    """What one query answers, unqualified names meaning that schema; nothing while its tables are not there."""

    async def answer() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(settings.postgres, server_settings={"search_path": schema})
        try:
            return [tuple(row) for row in await connection.fetch(query, *arguments)]
        except asyncpg.UndefinedTableError:
            return []
        finally:
            await connection.close()

    return asyncio.run(answer())
