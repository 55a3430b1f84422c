"""A simulated county: nobody is taken for another, few are asked about, and the same feed decides alike everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from functools import cache
from hashlib import sha256
from random import Random

import pytest

from consumers.matching.deciding import decide
from consumers.matching.index import CouncilIndex
from consumers.matching.pupils import Decision
from consumers.matching.rules import current
from tests.support.matching_county import SHARES, County, Shown, county

PUPILS = 12_000
SEEDS = (1, 2)


@cache
def judged(seed: int) -> list[tuple[Shown, Decision]]:
    """Every row of a county's weekly feed with what is decided of it."""
    made = county(PUPILS, seed)
    index = CouncilIndex(made.index)
    return [(shown, decide(shown.seen, index, current())) for shown in made.feed]


def digest(made: County, shuffle: int | None = None) -> str:
    """One hash of all decisions, in the order of the feed, though rows and index may have come in another."""
    feed, index = list(enumerate(made.feed)), list(made.index)
    if shuffle is not None:
        Random(shuffle).shuffle(feed)
        Random(shuffle + 1).shuffle(index)
    known = CouncilIndex(index)
    decided = {place: decide(shown.seen, known, current()) for place, shown in feed}
    return sha256(repr([decided[place] for place in sorted(decided)]).encode()).hexdigest()


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_taken_for_another(seed: int) -> None:
    """Not one certain row is wrong: no twin, no sibling, no namesake, no newcomer."""
    wrong = [shown.kind for shown, found in judged(seed) if found.claims not in {None, shown.truth}]

    assert wrong == []


@pytest.mark.parametrize("seed", SEEDS)
def test_few_rows_are_questions(seed: int) -> None:
    """Less than 1.5 rows in a hundred go to a person."""
    asked = [found for _, found in judged(seed) if found.outcome == "possible"]

    assert len(asked) < 0.015 * len(judged(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_adopted_child_is_shown_beside_its_old_record(seed: int) -> None:
    """Sealed records are no candidates, whatever still agrees."""
    adopted = [(shown, found) for shown, found in judged(seed) if shown.old_record]

    assert len(adopted) > 10
    assert [shown.kind for shown, found in adopted if shown.old_record in found.candidates] == []


def test_most_of_what_happens_to_children_is_settled_without_a_person() -> None:
    """Moves, marriages, nicknames, slips and changed UPNs are certain, nearly always; exchanged UPNs never."""
    certain = Counter(shown.kind for shown, found in judged(1) if found.outcome == "certain")
    every = Counter(shown.kind for shown, _ in judged(1))
    shares = {kind: certain[kind] / every[kind] for kind, _ in SHARES if every[kind]}

    settled = {"same", "surname_changed", "moved", "known_as", "misspelt", "dob_swapped", "upn_changed", "old_upn"}
    assert {kind: share for kind, share in shares.items() if kind in settled and share < 0.95} == {}
    assert (shares["upn_exchanged"], shares["new_child"], shares["adopted"]) == (0, 0, 0)


def test_decisions_do_not_depend_on_any_order() -> None:
    """Rows shuffled and index shuffled: the same digest."""
    made = county(2_000, seed=3)

    assert {digest(made), digest(made, shuffle=1), digest(made, shuffle=2)} == {digest(made)}


def test_decisions_do_not_depend_on_the_hash_seed() -> None:
    """Three interpreters with hash seeds of their own come to one digest."""
    program = f"from {__name__} import digest, county; print(digest(county(2_000, seed=3)))"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }

    assert digests == {digest(county(2_000, seed=3)) + "\n"}
