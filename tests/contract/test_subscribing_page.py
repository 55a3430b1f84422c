"""The page for other teams says what is, and all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.cli import cli
from schemas.alerts import alert_kinds
from schemas.asyncapi import HEADERS
from schemas.codec import newest
from schemas.topics import ALERTS, catalogue

CHECKOUT = Path(__file__).parents[2]
PAGE = (CHECKOUT / "docs" / "subscribing.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"[A-Za-z_][A-Za-z0-9_.]*", PAGE))
FIELDS = [field["name"] for field in newest("ExclusionAlert").definition["fields"]]


@pytest.mark.parametrize("word", [*FIELDS, *(one.kind for one in alert_kinds()), *HEADERS, ALERTS])
def test_every_field_kind_and_header_is_explained(word: str) -> None:
    """A reader finds each name of the contract on the page."""
    assert word in WORDS


@pytest.mark.parametrize("path", re.findall(r"\]\(\.\./([^)]+)\)", PAGE))
def test_every_file_it_names_is_there(path: str) -> None:
    """No link leads nowhere."""
    assert (CHECKOUT / path).exists()


def test_every_option_it_names_is_the_command_s() -> None:
    """And the other way round, but for those that say where the broker is."""
    options = {name for option in cli.commands["subscribe"].params for name in option.opts}
    named = set(re.findall(r"`(--[a-z]+)", PAGE)) | set(re.findall(r" (--[a-z]+) ", PAGE))

    assert {"--kinds", "--from", "--once", "--state", "--team"} <= named <= options


def test_the_schema_id_is_that_of_the_catalogue() -> None:
    """It stands in the first five bytes of every value."""
    assert f"schema id ({catalogue()['schemas']['ExclusionAlert.v1']['id']})" in PAGE


def test_the_messages_it_explains_are_those_that_are_said() -> None:
    """A person searches the page for what the terminal says."""
    quoted = re.findall(r"^\| `([A-Za-z ]+?)(?: \.\.\.)?` \|", PAGE.partition("## 5")[2], re.MULTILINE)
    said = (CHECKOUT / "deploy" / "subscribe" / "group.py").read_text(encoding="utf-8")

    assert len(quoted) == 4
    assert [message for message in quoted if message not in said] == []
