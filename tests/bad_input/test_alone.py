"""Each case by itself: at the first, a middle and the last row, where a row is what is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.events import Dataset
from tests.bad_input.case import COUNCIL, Case, Example
from tests.bad_input.catalogue import CASES
from tests.bad_input.draft import good
from tests.bad_input.judging import assert_answered, judge
from tests.bad_input.spoils import EVERY_DATASET

_ENOUGH_TO_TELL_APART = 100_000


def places(example: Example) -> list[int]:
    """First, middle and last; the first alone where it makes no difference."""
    rows = len(good(example.dataset, example.sender).rows)
    first, last = _written(example, 0), _written(example, rows - 1)
    return [0] if first == last else [0, rows // 2, rows - 1]


def _written(example: Example, place: int) -> list[bytes]:
    drafts = [*example.earlier(example.sender, place), example.draft(example.sender, place)]
    return [draft.content()[:_ENOUGH_TO_TELL_APART] for draft in drafts]


@pytest.mark.parametrize("dataset", EVERY_DATASET)
def test_the_good_file_is_good(tmp_path: Path, dataset: Dataset) -> None:
    """Nothing is found in it, so that what is found in the others was put there."""
    draft = good(dataset, "council" if dataset in COUNCIL else "8309996")

    receipt = judge(tmp_path, [], draft)

    assert receipt is not None
    assert (receipt.state, receipt.rejected, receipt.warnings) == ("accepted", (), ())


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES if case.examples])
def test_a_bad_file_gets_its_answer(tmp_path: Path, case: Case) -> None:
    """State, reason, counts, and every refused row and warning, neither more nor less."""
    for number, example in enumerate(case.examples, 1):
        for place in places(example):
            draft = example.draft(example.sender, place)

            receipt = judge(tmp_path, example.earlier(example.sender, place), draft, example)

            assert_answered(f"{case.id}, example {number}, row {place + 1}", draft, receipt, (example, place))


def test_there_are_101_cases() -> None:
    """Each has its number once, and an example or a test that shows it."""
    ids = [case.id for case in CASES]

    assert len(ids) == len(set(ids)) == 101
    assert [case.id for case in CASES if not case.examples and not case.shown_by] == []
