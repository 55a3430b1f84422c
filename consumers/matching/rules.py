"""The weights, thresholds and frozen name frequencies by which details are judged: one versioned file, read once.

Whole hundredths of a bit throughout: 100 means that what is seen is twice as likely of one child as of two. Nothing
is ever worked out from the living index, or the same row would be judged differently next week.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Any, Final

VERSION: Final = "w3"
"""The file in force. Thresholds and weights move only with a new file, and with a report of what it changes."""

_AGREES_IN_TRUTH: Final = {"forename": 0.80, "surname": 0.85, "dob": 0.975}
"""How often the field of one child is the same to the letter in two systems (m); from reference pairs."""
_MOST: Final = {"forename": 1100, "surname": 1200}
"""No name counts for more, however rare."""
_COMMON_DAY: Final = 3
"""A date of birth that many times as frequent as the average is kept with a weight of its own."""


@dataclass(frozen=True, slots=True)
class Frequencies:
    """What agreement to the letter is worth: less for a common name. `days` are months and days, `dobs` whole dates."""

    forenames: Mapping[str, int]
    surnames: Mapping[str, int]
    days: Mapping[tuple[int, int], int]
    dobs: Mapping[date, int]
    forename_other: int
    surname_other: int
    dob_other: int


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the file. Levels are those of `evidence`; `related` are pairs of spellings of one forename."""

    version: str
    start: int
    forename: Mapping[str, int]
    surname: Mapping[str, int]
    dob: Mapping[str, int]
    gender: Mapping[str, int]
    school: Mapping[str, int]
    upn: Mapping[str, int]
    below_exact: int
    columns_swapped: int
    certain: int
    clear: int
    possible: int
    too_many: int
    shown: int
    close_likeness: float
    near_likeness: float
    related: frozenset[tuple[str, str]]
    frequencies: Frequencies

    def forename_exact(self, name: str) -> int:
        """What it is worth that two children have this forename."""
        return self.frequencies.forenames.get(name, self.frequencies.forename_other)

    def surname_exact(self, name: str) -> int:
        """What it is worth that two children have this surname."""
        return self.frequencies.surnames.get(name, self.frequencies.surname_other)

    def dob_exact(self, dob: date) -> int:
        """What it is worth that two children have this date of birth: people write 1 January for want of one."""
        known = self.frequencies
        return known.dobs.get(dob, known.days.get((dob.month, dob.day), known.dob_other))

    def is_known_forename(self, name: str) -> bool:
        """Whether it is a name of its own, and not only a slip in writing another."""
        return name in self.frequencies.forenames


@cache
def current() -> Rules:
    """The rules in force."""
    text = files("consumers.matching").joinpath("rules", f"{VERSION}.json").read_text(encoding="utf-8")
    return parsed(json.loads(text))


def parsed(document: Mapping[str, Any]) -> Rules:
    """The rules that a file states."""
    stated = dict(document)
    known = dict(stated.pop("frequencies"))
    days = {(int(day[:2]), int(day[2:])): bits for day, bits in known.pop("days").items()}
    dobs = {date.fromisoformat(dob): bits for dob, bits in known.pop("dobs").items()}
    families: Sequence[str] = stated.pop("families")
    related = {pair for family in families for pair in combinations(sorted(set(family.split())), 2)}
    return Rules(**stated, related=frozenset(related), frequencies=Frequencies(**known, days=days, dobs=dobs))


def frozen(
    rules: Rules, *, forenames: Iterable[str], surnames: Iterable[str], dobs: Sequence[date], least: int = 5
) -> Rules:
    """The rules with the frequencies of one population: what a council freezes into a new version of the file.

    Names are normalised. A name that fewer than `least` children have is not kept: it would point at them, and it
    counts as one that just misses being kept.
    """
    children = len(dobs)
    counted = Counter(dobs)
    average = children / max(1, (max(dobs) - min(dobs)).days)
    frequencies = Frequencies(
        forenames=_weights("forename", Counter(forenames), children, least),
        surnames=_weights("surname", Counter(surnames), children, least),
        days={},
        dobs={
            dob: _bits(_AGREES_IN_TRUTH["dob"] * children / count)
            for dob, count in counted.items()
            if count > _COMMON_DAY * max(1.0, average)
        },
        forename_other=_weight("forename", max(1, least - 1), children),
        surname_other=_weight("surname", max(1, least - 1), children),
        dob_other=_bits(_AGREES_IN_TRUTH["dob"] * children / max(1.0, average)),
    )
    return replace(rules, version=f"{rules.version}-frozen", start=-_bits(children), frequencies=frequencies)


def _weights(field: str, counted: Counter[str], children: int, least: int) -> dict[str, int]:
    return {name: _weight(field, count, children) for name, count in counted.items() if name and count >= least}


def _weight(field: str, count: int, children: int) -> int:
    return min(_MOST[field], _bits(_AGREES_IN_TRUTH[field] * children / count))


def _bits(ratio: float) -> int:
    return round(100 * math.log2(ratio))
