"""The driver's errors in our words, by SQLSTATE."""

from __future__ import annotations

import asyncpg
import pytest

from consumers.runtime.errors import FatalError, PoisonError, RetryableError
from consumers.runtime.postgres import translated, translating


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (asyncpg.ConnectionDoesNotExistError, RetryableError),
        (asyncpg.SerializationError, RetryableError),
        (asyncpg.DeadlockDetectedError, RetryableError),
        (asyncpg.DiskFullError, RetryableError),
        (asyncpg.TooManyConnectionsError, RetryableError),
        (asyncpg.LockNotAvailableError, RetryableError),
        (asyncpg.AdminShutdownError, RetryableError),
        (asyncpg.CannotConnectNowError, RetryableError),
        (asyncpg.QueryCanceledError, RetryableError),
        (asyncpg.ReadOnlySQLTransactionError, RetryableError),
        (asyncpg.InterfaceError, RetryableError),
        (ConnectionRefusedError, RetryableError),
        (TimeoutError, RetryableError),
        (asyncpg.CheckViolationError, PoisonError),
        (asyncpg.NumericValueOutOfRangeError, PoisonError),
        (asyncpg.UndefinedTableError, FatalError),
        (asyncpg.InvalidPasswordError, FatalError),
        (asyncpg.PostgresSyntaxError, FatalError),
    ],
)
def test_errors_by_sqlstate(error: type[Exception], expected: type[Exception]) -> None:
    """The code alone says whether to try again, to park or to stop."""
    assert type(translated(error("8309996"))) is expected


@pytest.mark.parametrize("error", [asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError])
def test_whatever_a_lost_connection_raises_is_tried_again(error: type[Exception]) -> None:
    """A connection that the server ended while nobody listened answers with an error that has no SQLSTATE."""
    with pytest.raises(RetryableError), translating():
        raise error("8309996")


def test_the_drivers_text_goes_nowhere() -> None:
    """It may quote a row: our message has the code and the constraint at most."""
    refused = translated(asyncpg.CheckViolationError("Failing row contains (Amara, Okafor)"))

    assert "Amara" not in str(refused)
    assert "23514" in str(refused)


def test_the_reason_is_a_word() -> None:
    """What is parked names the kind of refusal."""
    refused = translated(asyncpg.NotNullViolationError("row"))

    assert isinstance(refused, PoisonError)
    assert refused.reason == "not_null_violation"
