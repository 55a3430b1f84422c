"""FEBRL4 as a floor: what the method reaches on a labelled set is not lost again."""

from __future__ import annotations

import pytest

from tests.benchmarks.matching_febrl import Identifier, figures, pupils, rows


@pytest.mark.parametrize("folded", [False, True])
def test_names_and_date_of_birth_alone(folded: bool) -> None:  # noqa: FBT001 - a parameter
    """No wrong link, and at least 70 in 100 certain, 93 with the first child shown in review."""
    found = figures(pupils(folded=folded), rows("none", folded=folded))

    assert found.wrong == 0
    assert (found.recall >= 0.70, found.recall_with_review >= 0.93) == (True, True)


@pytest.mark.parametrize(("identifier", "certain", "review"), [("rough", 0.70, 0.96), ("lettered", 0.77, 0.96)])
def test_with_a_rough_identifier(identifier: Identifier, certain: float, review: float) -> None:
    """A number that is often blank, mistyped or another's makes no wrong link, and with a check letter saves review."""
    found = figures(pupils(), rows(identifier))

    assert found.wrong == 0
    assert (found.recall >= certain, found.recall_with_review >= review) == (True, True)


@pytest.mark.parametrize("folded", [False, True])
def test_half_the_index_removed(folded: bool) -> None:  # noqa: FBT001 - a parameter
    """Nobody who is truly new is linked to anybody."""
    found = figures(pupils(half=True, folded=folded), rows("none", folded=folded))

    assert (found.linked_new, found.wrong) == (0, 0)
