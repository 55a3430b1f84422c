"""The page that people read is the data that the tests run."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from producers.feeds.rules import RULES
from tests.bad_input.catalogue import CASES
from tests.bad_input.page import PAGE, page

_TESTS: Final = Path(__file__).parents[1]


def test_the_page_is_up_to_date() -> None:
    """If not: `python -m tests.bad_input.page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_rule_begins_with_the_number_of_a_case_or_is_one_of_the_contract() -> None:
    """So that a school finds it on the page."""
    of_the_contract = {
        "NOT_IN_AGREEMENT", "NO_VALID_ROWS", "TOO_MANY_REFUSED", "COUNT_CHANGED", "REQUIRED_CELL", "START_DAY",
    }  # fmt: skip
    ids = {case.id for case in CASES}

    assert {rule for rule in RULES if rule.partition("_")[0] not in ids} == of_the_contract


def test_every_test_that_a_case_names_exists() -> None:
    """A case that no example can show is shown by a test."""
    defined = {
        node.name
        for path in _TESTS.rglob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }

    assert {case.shown_by for case in CASES if case.shown_by} - defined == set()
