"""Every rule has a sentence for people, and no sentence is idle."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import producers.feeds
from producers.feeds.findings import RULES, FileRefusedError

SOURCES = Path(next(iter(producers.feeds.__path__))).glob("*.py")
CODE = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES if path.name != "rules.py")
USED = set(re.findall(r'"([A-Z][0-9]{2}_[A-Z0-9_]+|NO_VALID_ROWS|REQUIRED_CELL|START_DAY)"', CODE))
OF_THE_WATCHER = {
    "F02_HEADER_ONLY",
    "F10_OLDER_EXPORT",
    "F21_NAME",
    "NOT_IN_AGREEMENT",
    "TOO_MANY_REFUSED",
    "COUNT_CHANGED",
    "V40_ONE_CODE",
}


def test_every_rule_in_the_code_has_its_sentence() -> None:
    """A school is never told a bare code."""
    assert set() == USED - set(RULES)


def test_no_sentence_is_left_without_a_rule() -> None:
    """What is no longer found is no longer explained."""
    assert set() == set(RULES) - USED - OF_THE_WATCHER


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_sentence_is_a_sentence(rule: str) -> None:
    """Each begins like one, ends like one, and fits a line of a receipt."""
    assert re.fullmatch(r"[A-Z][^\n]{20,108}\.", RULES[rule])


def test_a_refusal_says_what_to_do() -> None:
    """The error's text is the rule's sentence."""
    refusal = FileRefusedError("F01_EMPTY")

    assert str(refusal) == RULES["F01_EMPTY"]
    assert (refusal.dataset, refusal.findings) == (None, ())
