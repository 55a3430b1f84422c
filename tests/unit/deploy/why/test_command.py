"""The command `why`: which views it knows, and what it says to a wrong question."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from deploy.cli import cli
from deploy.why.command import EXPLANATIONS, checked
from schemas.errors import ConfigError


def test_the_help_lists_every_view_with_its_key() -> None:
    """And an example of each, so that a newcomer can type one."""
    told = " ".join(CliRunner().invoke(cli, ["why", "--help"]).output.split())

    missing = [
        one for view, one in EXPLANATIONS.items() if f"{view} {one.usage}" not in told or one.example not in told
    ]
    assert missing == []


def test_every_example_is_a_key() -> None:
    """As many words as the explanation takes."""
    assert [view for view, one in EXPLANATIONS.items() if not one.takes(len(one.example.split()))] == []


@pytest.mark.parametrize("words", [[], ["8309996"], ["8309996", "H830999624001", "2025", "more"]])
def test_a_key_has_as_many_words_as_its_view_states(words: list[str]) -> None:
    """The message shows the right ones."""
    with pytest.raises(ConfigError, match=r"DFE UPN \[YEAR\]"):
        checked("pupil_absence", words)


def test_an_unknown_view_is_wrong_use() -> None:
    """The message names those that are known; no server is asked."""
    with pytest.raises(ConfigError, match="pupil_absence"):
        checked("no_view", [])
