"""Two cases in one file, at two rows: neither hides, softens or sharpens the other."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

import pytest

from schemas.events import Dataset
from tests.bad_input.case import Example
from tests.bad_input.catalogue import CASES
from tests.bad_input.draft import good
from tests.bad_input.judging import assert_answered, judge
from tests.bad_input.spoils import EVERY_DATASET

_PAIRS: Final = 100
_SEED: Final = 6


@pytest.mark.parametrize("dataset", EVERY_DATASET)
def test_two_cases_in_one_file_are_both_answered(tmp_path: Path, dataset: Dataset) -> None:
    """The findings of both, and the reason of the one that stops the file, or of either where both do."""
    chance = random.Random(_SEED)
    together = [(c, example) for c in CASES for example in c.examples if example.dataset == dataset and _mixes(example)]
    for number in range(_PAIRS):
        (first_case, first), (second_case, second) = chance.sample(together, 2)
        if first.profile and second.profile:
            continue
        name = f"pair {number}: {first_case.id} and {second_case.id}"
        _assert_both_answered(tmp_path, name, chance, (first, second))


def _mixes(example: Example) -> bool:
    return not example.alone and not example.before and example.arrive is None


def _assert_both_answered(tmp_path: Path, name: str, chance: random.Random, pair: tuple[Example, Example]) -> None:
    first, second = pair
    draft = good(first.dataset, first.sender)
    at, then_at = chance.sample(range(len(draft.rows)), 2)
    draft = second.spoil(first.spoil(draft, at), then_at)

    receipt = judge(tmp_path, [], draft.with_profile(first.profile or second.profile))

    assert_answered(name, draft, receipt, (first, at), (second, then_at))
