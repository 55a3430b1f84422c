"""What other teams may subscribe to, as an AsyncAPI 3 document: made from the schemas, the catalogue and the examples.

`python -m schemas.asyncapi` writes `schemas/asyncapi.yaml`; a test holds the file to what it would write. Public is a
topic whose records promise compatibility both ways; the others are the installation's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from schemas.alerts import alert_kinds
from schemas.codec import Schema, newest
from schemas.topics import Topic, catalogue, topics

FILE: Final = Path(__file__).with_name("asyncapi.yaml")
BINDING: Final = "0.5.0"
HEADER: Final = (
    "# Made by `python -m schemas.asyncapi` from the schemas and the catalogue: change those, and make it anew.\n"
)
ABOUT: Final = """\
What other teams of the council are told about suspended children, once, and at once. No names and no UPN: the council's
own pupil id, the school, dates and counts. Read at isolation level `read_committed`. The newest alert counts: an alert
takes the place of those whose ids are in its `supersedes`, and the current ones are those that no other supersedes.
New kinds may come, and new fields behind the last one: a subscriber passes over what it does not know.
How to subscribe: docs/subscribing.md."""
HEADERS: Final = {
    "ce_id": "The alert's `alert_id`: two records with one id are the same alert.",
    "ce_type": "Its `kind`.",
    "ce_source": "Which part of the installation raised it.",
    "ce_time": "When it was raised, ISO 8601.",
    "ce_specversion": "Version of CloudEvents, whose attributes these are.",
}
_PLAIN: Final = re.compile(r"[A-Za-z#][A-Za-z0-9_./-]*")
_NOT_PLAIN: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})

Node = dict[str, Any]


def document() -> Node:
    """The whole document as plain values."""
    public = [topic for topic in topics().values() if all(map(_is_public, topic.records))]
    records = sorted({record for topic in public for record in topic.records})
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "pupilstream", "version": "1.0.0", "description": ABOUT, "license": {"name": "MIT"}},
        "defaultContentType": "application/vnd.apache.avro",
        "servers": {
            "installation": {
                "host": "{address}",
                "protocol": "kafka",
                "description": "The council's broker; `pupilstream env` prints its address.",
                "variables": {"address": {"description": "HOST:PORT", "examples": ["kafka.example:9092"]}},
            }
        },
        "channels": {topic.name: _channel(topic) for topic in public},
        "operations": {f"tell.{topic.name}": _operation(topic) for topic in public},
        "components": {"messages": {record: _message(newest(record)) for record in records}},
    }


def as_yaml(value: Node) -> str:
    """The document as YAML."""
    return HEADER + "\n".join(_lines(value)) + "\n"


def _is_public(record: str) -> bool:
    return bool(catalogue()["schemas"][newest(record).name]["compatibility"] == "FULL_TRANSITIVE")


def _channel(topic: Topic) -> Node:
    config = dict(topic.config)
    return {
        "address": topic.name,
        "description": f"{topic.doc} Its name begins with the installation's topic prefix, where it has one.",
        "messages": {record: {"$ref": f"#/components/messages/{record}"} for record in topic.records},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [config["cleanup.policy"]],
                    "retention.ms": int(config["retention.ms"]),
                },
                "bindingVersion": BINDING,
            }
        },
    }


def _operation(topic: Topic) -> Node:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": "The relay publishes; teams receive, each with a consumer group of its own.",
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{record}"} for record in topic.records],
    }


def _message(schema: Schema) -> Node:
    return {
        "name": schema.record,
        "title": schema.name,
        "summary": schema.definition["doc"],
        "contentType": "application/vnd.apache.avro",
        "headers": {
            "type": "object",
            "required": list(HEADERS),
            "properties": {name: {"type": "string", "description": text} for name, text in HEADERS.items()},
        },
        "payload": {"schemaFormat": "application/vnd.apache.avro;version=1.9.0", "schema": schema.definition},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": _key_of(schema.record)},
                "schemaIdLocation": "payload",
                "schemaIdPayloadEncoding": "confluent",
                "bindingVersion": BINDING,
            }
        },
        "examples": [
            {"name": name, "payload": payload} for name, payload in sorted(_examples(schema.name), key=lambda e: e[0])
        ],
        "x-schema-id": catalogue()["schemas"][schema.name]["id"],
        "x-kinds": [
            {"kind": one.kind, "once-for": one.once_for, "due-date": one.due_date or None, "says": one.label}
            for one in alert_kinds()
        ],
    }


def _key_of(record: str) -> str:
    return next(topic.key for topic in topics().values() if record in topic.records)


def _examples(schema: str) -> Iterator[tuple[str, Node]]:
    for file in files("schemas").joinpath("examples", schema).iterdir():
        yield file.name.removesuffix(".json"), json.loads(file.read_text(encoding="utf-8"))


def _lines(value: Node | list[Any]) -> Iterator[str]:
    pairs = [(f"{_scalar(name)}:", item) for name, item in value.items()] if isinstance(value, dict) else []
    for mark, item in pairs or [("-", item) for item in value]:
        if isinstance(item, str) and "\n" in item:
            yield f"{mark} |-"
            yield from (f"  {line}" for line in item.splitlines())
        elif isinstance(item, dict | list) and item:
            nested = [f"  {line}" for line in _lines(item)]
            yield from [f"- {nested[0].lstrip()}", *nested[1:]] if mark == "-" else [mark, *nested]
        else:
            yield f"{mark} {_scalar(item)}"


def _scalar(value: Any) -> str:
    """A word as it is, everything else as JSON, which YAML reads too."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and "#" not in value and value.lower() not in _NOT_PLAIN:
        return value
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    FILE.write_text(as_yaml(document()), encoding="utf-8")
