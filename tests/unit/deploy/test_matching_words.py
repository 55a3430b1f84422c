"""Matching in words: nothing that can be decided or seen is left without a sentence."""

from __future__ import annotations

from typing import get_args

import pytest

from consumers.matching import evidence as levels
from consumers.matching.pupils import Reason
from deploy.review import words
from tests.support.pupil_rows import child, evidence, seen


def test_every_reason_has_a_sentence() -> None:
    """A new reason cannot be forgotten."""
    assert set(get_args(Reason)) == set(words.REASONS)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("dob", levels.DobLevel),
        ("forename", levels.ForenameLevel),
        ("surname", levels.SurnameLevel),
        ("gender", levels.GenderLevel),
        ("school", levels.SchoolLevel),
        ("upn", levels.UpnLevel),
    ],
)
def test_every_level_has_a_sentence(field: str, kind: object) -> None:
    """Whatever a comparison finds can be told."""
    told = [words.evidence(f"{field}={level}:100") for level in get_args(kind)]

    assert all(piece.sentence for [piece] in told)


def test_evidence_is_told_with_its_weight() -> None:
    """The sentences carry the bits of the score, and mark what differs."""
    found = evidence(seen(forename="Amarra"), child())
    told = words.evidence(found.told())

    assert sum(piece.bits for piece in told) == found.score
    assert [piece.field for piece in told if piece.differs] == ["forename"]
    assert told[1].bar.startswith("+12.48 ██████")
