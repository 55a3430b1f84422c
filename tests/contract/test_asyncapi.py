"""The AsyncAPI document that subscribers are given."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml

from consumers.exclusions.facts import Kind
from schemas.alerts import alert_kinds
from schemas.asyncapi import FILE, as_yaml, document
from schemas.topics import ALERTS

SPECIFICATION = Path(__file__).with_name("asyncapi-3.0.0.json")


@pytest.fixture(scope="module", name="published")
def _published() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


def faults(found: object) -> list[str]:
    """What the specification's own JSON schema has against a document."""
    validator = jsonschema.Draft7Validator(json.loads(SPECIFICATION.read_text(encoding="utf-8")))
    return [f"{'/'.join(map(str, fault.path))}: {fault.message[:200]}" for fault in validator.iter_errors(found)]


def test_the_document_is_up_to_date(published: dict[str, Any]) -> None:
    """It is what the command writes, and another YAML reader reads what was meant."""
    assert FILE.read_text(encoding="utf-8") == as_yaml(document()), "run `python -m schemas.asyncapi`"
    assert published == document()


def test_the_document_is_valid(published: dict[str, Any]) -> None:
    """By the specification's schema, which finds a fault where one is put."""
    assert faults(published) == []
    assert faults({**published, "channels": {ALERTS: {"adress": ALERTS}}}) != []
    assert faults({**published, "operations": {"tell": {"action": "publish"}}}) != []


def test_every_reference_leads_somewhere(published: dict[str, Any]) -> None:
    """The specification's schema does not follow them."""

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for item in node.values() for found in references(item)]
        return [found for item in node for found in references(item)] if isinstance(node, list) else []

    for reference in references(published):
        target: Any = published
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        assert isinstance(target, dict)


def test_only_what_promises_compatibility_both_ways_is_offered(published: dict[str, Any]) -> None:
    """The alerts, with the released schema word for word."""
    message = published["components"]["messages"]["ExclusionAlert"]
    released = files("schemas").joinpath("avro", "ExclusionAlert.v1.avsc").read_text(encoding="utf-8")

    assert list(published["channels"]) == [ALERTS]
    assert message["payload"]["schema"] == json.loads(released)


def test_the_kinds_are_those_that_are_raised() -> None:
    """Each that the consumer knows is explained, and no other."""
    assert sorted(one.kind for one in alert_kinds()) == sorted(get_args(Kind))
