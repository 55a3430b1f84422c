"""Whether what one schema wrote can be read by another: the rules of Avro's schema resolution that our schemas use.

A replay meets every old version, so a newer schema must read all older ones (BACKWARD_TRANSITIVE); subscribers to
alerts upgrade on their own clock, so there older ones must read newer ones too (FULL_TRANSITIVE), and without having
seen them: what is new stands behind what was there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib.resources import files
from itertools import combinations
from typing import Any, Final

from schemas.topics import catalogue

Definition = dict[str, Any] | list[Any] | str

_PROMOTIONS: Final = {
    ("int", "long"), ("int", "float"), ("int", "double"), ("long", "float"), ("long", "double"), ("float", "double"),
}  # fmt: skip
"""(written, read) pairs that Avro allows besides equal types. string and bytes are left out: text must stay text."""


def definition(name: str) -> dict[str, Any]:
    """A released schema (`LedgerEntry.v1`) as its committed JSON."""
    loaded: dict[str, Any] = json.loads(_released(name))
    return loaded


def fingerprint(name: str) -> str:
    """SHA-256 of a released schema file: a released file is never edited."""
    return hashlib.sha256(_released(name)).hexdigest()


def faults() -> list[str]:
    """Every broken promise among the released schemas, in words; empty when all is well."""
    entries: dict[str, dict[str, str]] = catalogue()["schemas"]
    edited = [f"{name}: released, then edited" for name in entries if fingerprint(name) != entries[name]["sha256"]]
    return edited + list(_broken_pairs(entries))


def unreadable(written: Definition, read: Definition, where: str = "") -> list[str]:
    """Why data written with one schema cannot be read with the other; empty when it can."""
    if isinstance(written, list):
        return [fault for branch in written for fault in unreadable(branch, read, where)]
    if isinstance(read, list):
        tries = [unreadable(written, branch, where) for branch in read]
        return [] if [] in tries else [f"{where or 'value'}: no branch for {_kind(written)}"]
    if _meaning(written) != _meaning(read):
        return [f"{where or 'value'}: another logical type"]
    if _kind(written) != _kind(read):
        allowed = (_kind(written), _kind(read)) in _PROMOTIONS
        return [] if allowed else [f"{where or 'value'}: {_kind(written)} cannot be read as {_kind(read)}"]
    if isinstance(written, dict) and isinstance(read, dict):
        return _unreadable_parts(written, read, where)
    return []


def displaced(older: dict[str, Any], newer: dict[str, Any]) -> list[str]:
    """Fields of the older record with which the newer does not begin, unchanged: read by the older, it is misread."""
    kept = [(field["name"], field["type"]) for field in newer["fields"]]
    return [
        f"{field['name']}: not where it was, or not as it was"
        for place, field in enumerate(older["fields"])
        if kept[place : place + 1] != [(field["name"], field["type"])]
    ]


def _unreadable_parts(written: dict[str, Any], read: dict[str, Any], where: str) -> list[str]:
    if written["type"] == "array":
        return unreadable(written["items"], read["items"], f"{where}[]")
    if written["type"] != "record":
        return []
    sent = {field["name"]: field["type"] for field in written["fields"]}
    found: list[str] = []
    for field in read["fields"]:
        place = f"{where}.{field['name']}".lstrip(".")
        if field["name"] in sent:
            found += unreadable(sent[field["name"]], field["type"], place)
        elif "default" not in field:
            found.append(f"{place}: added without a default")
    return found


def _broken_pairs(entries: dict[str, dict[str, str]]) -> Iterator[str]:
    ordered = sorted(entries, key=lambda name: int(name.rpartition(".v")[2]))
    for older, newer in combinations(ordered, 2):
        if older.partition(".")[0] != newer.partition(".")[0]:
            continue
        directions = [(older, newer)]
        if entries[newer]["compatibility"] == "FULL_TRANSITIVE":
            directions.append((newer, older))
            for fault in displaced(definition(older), definition(newer)):
                yield f"{newer} cannot be read as {older}: {fault}"
        for written, read in directions:
            for fault in unreadable(definition(written), definition(read)):
                yield f"{read} cannot read {written}: {fault}"


def _kind(part: dict[str, Any] | str) -> str:
    return str(part["type"]) if isinstance(part, dict) else part


def _meaning(part: dict[str, Any] | str) -> str | None:
    return part.get("logicalType") if isinstance(part, dict) else None


def _released(name: str) -> bytes:
    return files("schemas").joinpath("avro", f"{name}.avsc").read_bytes()
