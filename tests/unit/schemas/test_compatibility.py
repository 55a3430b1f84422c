"""The judge of compatibility: what Avro's resolution allows, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.compatibility import Definition, unreadable


def record(*fields: dict[str, Any]) -> dict[str, Any]:
    """A record with the given fields."""
    return {"type": "record", "name": "R", "fields": list(fields)}


def field(name: str, kind: Definition, **more: Any) -> dict[str, Any]:
    """A field of a record."""
    return {"name": name, "type": kind, **more}


DATE = {"type": "int", "logicalType": "date"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("int", "long"),
        ("int", ["null", "long"]),
        (record(field("a", "int"), field("b", "string")), record(field("a", "int"))),
        (record(field("a", "int")), record(field("a", "int"), field("b", ["null", "string"], default=None))),
        ({"type": "array", "items": "int"}, {"type": "array", "items": "long"}),
        (DATE, ["null", DATE]),
    ],
)
def test_what_a_newer_reader_may_change(written: Definition, read: Definition) -> None:
    """Promotion, a new branch, a field left out, and a field with a default are readable."""
    assert unreadable(written, read) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("long", "int"),
        ("string", "bytes"),
        (["null", "int"], "int"),
        (record(field("a", "int")), record(field("a", "int"), field("b", "string"))),
        (record(field("a", "int")), record(field("a", "string"))),
        ({"type": "array", "items": "string"}, {"type": "array", "items": "int"}),
        (DATE, "int"),
        (DATE, {"type": "int", "logicalType": "time-millis"}),
    ],
)
def test_what_would_lose_or_misread_data(written: Definition, read: Definition) -> None:
    """Narrowing, a null nobody expects, a field without default, another type or meaning are not."""
    assert len(unreadable(written, read)) == 1
