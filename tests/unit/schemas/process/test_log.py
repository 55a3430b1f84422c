"""Logs: nothing but the allowed fields reaches a line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from schemas.errors import ConfigError
from schemas.process.log import configure, get_logger


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """What these tests configure ends with them, else later logs would go to a terminal that is gone."""
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The last line written, as JSON."""
    line: dict[str, object] = json.loads(capsys.readouterr().err.splitlines()[-1])
    return line


def test_an_allowed_field_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """The line has the event, the process and the field."""
    configure("testing")
    get_logger().info("file_claimed", sender="8309996")

    line = last_line(capsys)

    assert (line["event"], line["process"], line["sender"]) == ("file_claimed", "testing", "8309996")


def test_a_field_that_is_not_listed_is_dropped_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A surname bound by mistake does not reach the log; that it was tried does."""
    configure("testing")
    get_logger().info("row_read", surname="Sentinel")

    line = last_line(capsys)

    assert line["dropped_fields"] == ["surname"]
    assert "Sentinel" not in json.dumps(line)


def test_a_foreign_exception_shows_its_class_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """A driver's message may quote a row."""
    configure("testing")
    try:
        int("Sentinel")
    except ValueError:
        get_logger().exception("reading_failed")

    line = last_line(capsys)

    assert line["error"] == "ValueError"
    assert "Sentinel" not in json.dumps(line)


def test_our_own_exception_shows_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    """Our messages hold no value and tell the remedy."""
    configure("testing")
    get_logger().error("starting_failed", exc_info=ConfigError("Set PUPILSTREAM_HOME."))

    assert last_line(capsys)["message"] == "Set PUPILSTREAM_HOME."


def test_another_library_s_message_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    """Who spoke, and how loud; not what."""
    configure("testing")
    logging.getLogger("somebody.else").warning("row Sentinel is bad")

    line = last_line(capsys)

    assert (line["name"], line["code"]) == ("somebody.else", "WARNING")
    assert "Sentinel" not in json.dumps(line)
