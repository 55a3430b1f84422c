"""A new kind, or a new field, reaches subscribers that have never heard of it, and breaks none of them."""

from __future__ import annotations

import io
import struct
from copy import deepcopy
from typing import Any

import fastavro
import pytest

from schemas.alerts import read_alert
from schemas.compatibility import definition, displaced, unreadable
from schemas.errors import ContractError
from tests.support.examples import example

OLD = definition("ExclusionAlert.v1")
SENT = example("ExclusionAlert.v1/started")
NEW_FIELD = {"name": "provider", "type": ["null", "string"], "default": None, "doc": "Who provides from day six on."}


def newer(*, place: int | None = None) -> dict[str, Any]:
    """The schema with one more field: behind the others, or at a place among them."""
    changed = deepcopy(OLD)
    changed["fields"].insert(len(changed["fields"]) if place is None else place, NEW_FIELD)
    return changed


def written(schema: dict[str, Any], schema_id: int = 1_000) -> bytes:
    """An alert of a new kind, by a schema and under an id that nobody here knows."""
    buffer = io.BytesIO(struct.pack(">bI", 0, schema_id))
    buffer.seek(0, io.SEEK_END)
    told = {**SENT, "kind": "PROVISION_ARRANGED", "provider": "Invented Tutors"}
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(deepcopy(schema)), told)
    return buffer.getvalue()


def test_an_old_subscriber_reads_a_new_alert_without_its_schema() -> None:
    """It sees the fields that it knows, the new kind among them."""
    assert read_alert(written(newer())) == {**SENT, "kind": "PROVISION_ARRANGED"}


def test_an_old_subscriber_with_a_schema_registry_reads_it_too() -> None:
    """Avro's own resolution, from the writer's schema to the reader's."""
    buffer = io.BytesIO(written(newer())[5:])
    found = fastavro.schemaless_reader(buffer, fastavro.parse_schema(newer()), fastavro.parse_schema(deepcopy(OLD)))

    assert found == {**SENT, "kind": "PROVISION_ARRANGED"}


def test_such_a_schema_would_be_released() -> None:
    """Readable both ways, and nothing stands elsewhere than before."""
    assert unreadable(OLD, newer()) + unreadable(newer(), OLD) + displaced(OLD, newer()) == []


@pytest.mark.parametrize("place", [0, 3, len(OLD["fields"]) - 1])
def test_a_field_among_the_others_would_not_be_released(place: int) -> None:
    """Avro's resolution allows it; a subscriber without the new schema would read other values."""
    assert unreadable(OLD, newer(place=place)) + unreadable(newer(place=place), OLD) == []
    assert displaced(OLD, newer(place=place)) != []


def test_a_field_of_another_type_would_not_be_released() -> None:
    """Not even where Avro could lift one type to the other."""
    widened = deepcopy(OLD)
    widened["fields"][-1]["type"] = ["null", "long"]

    assert unreadable(OLD, widened) == []
    assert displaced(OLD, widened) == ["row: not where it was, or not as it was"]


@pytest.mark.parametrize(
    "payload", [b"", b"\x00\x00\x00\x00", b"\x01" + bytes(40), written(OLD)[:-3], bytes(5) + b"\xff" * 40]
)
def test_bytes_that_are_no_alert_are_refused(payload: bytes) -> None:
    """Without a word of what they say."""
    with pytest.raises(ContractError):
        read_alert(payload)
