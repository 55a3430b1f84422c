"""Structured logs: one JSON object a line on standard error, and no field that is not on the list.

An event is a snake_case verb phrase. A field that is not allowed is dropped and its name reported, so that no name,
UPN or mark can slip into a log by being bound. Exceptions are logged as their class and our own message alone.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

from schemas.errors import PupilstreamError

FIELDS: Final = frozenset(
    {
        "event", "level", "timestamp", "process", "pid",
        "topic", "partition", "offset", "position", "end_offset", "lag_rows",
        "sender", "dataset", "delivery_seq", "state", "reason", "rule", "rows", "rows_accepted", "rows_rejected",
        "row", "column", "count", "seconds", "attempt", "limit", "code", "sqlstate", "constraint", "error", "message",
        "name", "instance", "shard", "address", "schema", "migration", "version", "signal", "exit_code", "file_count",
        "alert_count", "dropped_fields", "stage",
    }
)  # fmt: skip
"""Every field a log line may have. None of them can hold a value of a child."""


def configure(process: str, output: TextIO | None = None) -> None:
    """Send every log of this process, other libraries' included, through the allow-list to standard error.

    A command that a person reads gives another `output`.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _name_the_error,
            _drop_unlisted,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(output or sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(handlers=[_Quiet()], level=logging.WARNING, force=True)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """A logger; bind what belongs to every line."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


class _Quiet(logging.Handler):
    """Other libraries' messages may quote data: only who spoke, and how loud, is kept."""

    def emit(self, record: logging.LogRecord) -> None:
        get_logger().warning("library_warned", name=record.name, code=record.levelname)


def _name_the_error(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = line.pop("exc_info", None)
    error = sys.exc_info()[1] if error is True else error
    if isinstance(error, BaseException):
        line["error"] = type(error).__name__
        if isinstance(error, PupilstreamError):
            line["message"] = str(error)
    return line


def _drop_unlisted(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    dropped = sorted(set(line) - FIELDS)
    kept = {name: value for name, value in line.items() if name in FIELDS}
    return {**kept, "dropped_fields": dropped} if dropped else kept
