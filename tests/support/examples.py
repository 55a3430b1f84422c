"""The committed examples as values: JSON made into what a record of that schema holds."""

from __future__ import annotations

import json
from datetime import date, datetime
from importlib.resources import files
from typing import Any

import polars as pl

from schemas import codec
from schemas.codec import newest
from schemas.events import SINGLE_RECORDS, Event, LookedAfterPeriod, RefusedRow

_NESTED: dict[str, Any] = {"refused": RefusedRow, "looked_after": LookedAfterPeriod}


def example_names() -> list[str]:
    """`LedgerEntry.v1/published`, and so on."""
    folders = sorted(files("schemas").joinpath("examples").iterdir(), key=lambda folder: folder.name)
    return [
        f"{folder.name}/{example.name.removesuffix('.json')}"
        for folder in folders
        for example in sorted(folder.iterdir(), key=lambda file: file.name)
    ]


def example(name: str) -> dict[str, Any]:
    """One example with dates and times as Python has them."""
    folder, _, file = name.partition("/")
    text = files("schemas").joinpath("examples", folder, f"{file}.json").read_text(encoding="utf-8")
    record = folder.partition(".")[0]
    return _record(newest(record).definition, json.loads(text))


def event(name: str) -> Event:
    """One example of a single record as its class."""
    values = {key: _tuple(key, value) for key, value in example(name).items()}
    return SINGLE_RECORDS[name.partition(".")[0]](**values)


def frame(record: str) -> pl.DataFrame:
    """All examples of a row record as columns, in the order of their `row`."""
    rows = [example(name) for name in example_names() if name.partition(".")[0] == record]
    return pl.DataFrame(rows, schema=codec.columns(record)).sort("row")


def _tuple(key: str, value: object) -> Any:
    if not isinstance(value, list):
        return value
    nested = _NESTED.get(key)
    return tuple(value) if nested is None else tuple(nested(**item) for item in value)


def _record(schema: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    kinds = {field["name"]: field["type"] for field in schema["fields"]}
    return {name: _value(kinds[name], item) for name, item in value.items()}


def _value(kind: Any, value: Any) -> Any:
    if isinstance(kind, list):
        return None if value is None else _value(kind[-1], value)
    if not isinstance(kind, dict):
        return value
    if kind["type"] == "array":
        return [_value(kind["items"], item) for item in value]
    if kind["type"] == "record":
        return _record(kind, value)
    return date.fromisoformat(value) if kind.get("logicalType") == "date" else datetime.fromisoformat(value)
