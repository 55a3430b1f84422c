"""The way to Postgres: connections, locks by name, bulk loading, and the driver's errors turned into ours by SQLSTATE.

Holds no SQL of a consumer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import asyncpg

from consumers.runtime import queries
from consumers.runtime.errors import FatalError, PoisonError, RetryableError
from schemas.errors import PupilstreamError
from schemas.process.settings import Settings

CONNECT_TIMEOUT_S: Final = 10.0
COMMAND_TIMEOUT_S: Final = 120.0
LOCK_TIMEOUT_MS: Final = 30_000
IDLE_IN_TRANSACTION_TIMEOUT_MS: Final = 300_000

_RETRYABLE: Final = ("08", "40", "53", "55P03", "57", "58", "25006", "25P03")
"""Connection, conflict, resources, lock, operator, system, a standby, a transaction left idle: the work may be good."""
_POISON: Final = ("22", "23")
"""Data that a type or a constraint refuses: it will be refused again."""
DRIVER_ERRORS: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # so a connection answers that the server ended while nobody listened
    OSError,
    TimeoutError,
)
"""All that a call of the driver may raise."""
_WORDS: Final = re.compile(r"(?<!^)(?=[A-Z])")


async def connect(settings: Settings, schema: str) -> asyncpg.Connection:
    """A connection whose unqualified names mean one schema. The caller closes it; after a doubt, `terminate` it.

    Raises:
        RetryableError: the server does not answer, or not yet.
        FatalError: it refuses us.

    """
    with translating():
        return await asyncpg.connect(
            settings.postgres,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=COMMAND_TIMEOUT_S,
            server_settings={
                "search_path": f'"{schema}"',
                "application_name": f"pupilstream {schema}",
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
                "tcp_keepalives_idle": "30",
                "jit": "off",
            },
        )


@contextmanager
def translating() -> Iterator[None]:
    """Turn what the driver raises into our errors."""
    try:
        yield
    except DRIVER_ERRORS as error:
        raise translated(error) from None


def translated(error: BaseException) -> PupilstreamError:
    """Our error for one of the driver's, by SQLSTATE; the driver's text may quote values and goes nowhere."""
    state = getattr(error, "sqlstate", None)
    if not isinstance(error, asyncpg.PostgresError) or state is None:
        return RetryableError(f"Postgres cannot be reached or does not answer ({type(error).__name__}): see if it runs")
    named = f"{type(error).__name__}, SQLSTATE {state}"
    if state.startswith(_RETRYABLE):
        return RetryableError(f"Postgres could not do it now ({named}): its log says why")
    if state.startswith(_POISON):
        constraint = f", constraint {error.constraint_name}" if error.constraint_name else ""
        return PoisonError(_reason(error), f"Postgres refuses the data ({named}{constraint})")
    return FatalError(
        f"Postgres refuses the request ({named}): see that the database is this installation's own, "
        "and start with `pupilstream up`, which brings its tables to this version"
    )


async def lock(connection: asyncpg.Connection, *names: str) -> None:
    """Hold names of this schema alone until the transaction ends; waits at most `LOCK_TIMEOUT_MS`."""
    await connection.execute(own_queries()["lock"], names)


async def lock_shared(connection: asyncpg.Connection, *names: str) -> None:
    """Hold names of this schema together with others who share them, until the transaction ends."""
    await connection.execute(own_queries()["lock_shared"], names)


async def stage(
    connection: asyncpg.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Fill a temporary table `staged_<table>`, with these columns of `<table>`, by COPY; it goes with the transaction.

    A table that is staged again in the same transaction is made anew.

    Raises:
        PoisonError: a value does not fit its column's type.

    """
    await connection.execute(await connection.fetchval(own_queries()["staging_statement"], table, columns))
    try:
        await connection.copy_records_to_table(f"staged_{table}", records=rows, columns=columns)
    except (TypeError, ValueError, OverflowError):  # of the driver's encoders; their texts quote the value
        raise PoisonError("value_refused", f"A value does not fit a column of {table}") from None


def own_queries() -> Mapping[str, str]:
    """The engine's own SQL."""
    return queries.load("consumers.runtime")


def _reason(error: asyncpg.PostgresError) -> str:
    return _WORDS.sub("_", type(error).__name__.removesuffix("Error")).lower()
