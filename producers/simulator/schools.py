"""The schools of the county: numbers, names, phases, sizes, and the habits of whoever exports their files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import numpy as np

from producers.simulator import numbers
from producers.simulator.streams import stream


class Phase(StrEnum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    SPECIAL = "special"


@dataclass(frozen=True, slots=True)
class Habits:
    """How a school writes what another writes differently."""

    days: Literal[5, 7]
    bom: bool
    aliases: bool  # other header names for the same columns
    number: Literal["plain", "slash", "split"]
    year: Literal["2025", "2025/26", ""]
    words: bool  # "Suspension" instead of SUSP, reasons in words
    full: bool  # the profile says exclusions=full


@dataclass(frozen=True, slots=True)
class School:
    index: int
    dfe_no: str
    name: str
    phase: Phase
    size: int
    habits: Habits

    @property
    def contact(self) -> str:
        return f"office@school{self.dfe_no}.example"


_MEAN_SIZE: Final = {Phase.PRIMARY: 175.0, Phase.SECONDARY: 870.0, Phase.SPECIAL: 1460 / 12}
_SPREAD: Final = {Phase.PRIMARY: 0.45, Phase.SECONDARY: 0.28, Phase.SPECIAL: 0.3}
_LARGEST: Final = {Phase.PRIMARY: 520.0, Phase.SECONDARY: 1600.0, Phase.SPECIAL: 260.0}
_FIRST: Final = (
    *("Ash", "Bram", "Brock", "Carl", "Dove", "Elm", "Fern", "Gor", "Hather", "Ilke", "Kirk"),
    *("Lang", "Mor", "Nether", "Oak", "Pike", "Rams", "Stan", "Thorn", "Upper", "Wals", "Yar"),
)
_LAST: Final = (
    *("beck", "by", "cliffe", "combe", "dale", "don", "ersfield", "field", "ford", "hope", "ley"),
    *("low", "moor", "over", "stead", "stone", "ton", "well", "wick", "worth", "thorpe"),
)
_KINDS: Final = {
    Phase.PRIMARY: (
        "{place} Primary School",
        "{place} Infant and Nursery School",
        "{place} C of E (Aided) Primary School",
        "St Mary's Catholic Primary School, {place}",
        "{place} Junior School",
        "All Saints', {place}",
    ),
    Phase.SECONDARY: (
        "{place} School",
        "The {place} Academy",
        "{place} Community School",
        "St Thomas More, {place}: A Catholic Academy",
    ),
    Phase.SPECIAL: ("{place} Special School", "{place} Support Centre"),
}


def phase_of(index: int) -> Phase:
    """47 secondary and 12 special schools in 417, spread so that a handful of schools has some of each."""
    if (index + 7) * 47 // 417 > (index + 6) * 47 // 417:
        return Phase.SECONDARY
    if (index + 28) * 12 // 417 > (index + 27) * 12 // 417:
        return Phase.SPECIAL
    return Phase.PRIMARY


def found_schools(seed: int, count: int) -> tuple[School, ...]:
    phases = [phase_of(index) for index in range(count)]
    sizes = _sizes(stream(seed, "sizes"), phases)
    names = _names(stream(seed, "school names"), phases)
    return tuple(
        School(index, numbers.dfe_no(index), names[index], phase, sizes[index], _habits(stream(seed, "habits", index)))
        for index, phase in enumerate(phases)
    )


def _sizes(rng: np.random.Generator, phases: list[Phase]) -> list[int]:
    """Skewed sizes that add up to what the mix of phases makes likely: 105,000 for 417 schools."""
    mean = np.array([_MEAN_SIZE[phase] for phase in phases])
    factor = np.exp(rng.normal(0, [_SPREAD[phase] for phase in phases]))
    raw = np.clip(mean * factor, mean / 4, [_LARGEST[phase] for phase in phases])
    whole = np.floor(np.cumsum(raw) * round(float(mean.sum())) / raw.sum() + 1e-6).astype(int)
    return [int(size) for size in np.diff(whole, prepend=0)]


def _names(rng: np.random.Generator, phases: list[Phase]) -> list[str]:
    """A village has at most one school of each phase, so no two schools share a name."""
    places = [first + last for first in _FIRST for last in _LAST]
    order = {phase: list(rng.permutation(places)) for phase in Phase}
    return [
        str(rng.choice(_KINDS[phase])).format(place=order[phase][index % len(places)])
        for index, phase in enumerate(phases)
    ]


def _habits(rng: np.random.Generator) -> Habits:
    number: Literal["plain", "slash", "split"] = (
        "plain" if (u := rng.random()) < 0.8 else "slash" if u < 0.9 else "split"
    )
    year: Literal["2025", "2025/26", ""] = "2025" if (u := rng.random()) < 0.6 else "2025/26" if u < 0.9 else ""
    return Habits(
        days=7 if rng.random() < 0.15 else 5,
        bom=bool(rng.random() < 0.1),
        aliases=bool(rng.random() < 0.2),
        number=number,
        year=year,
        words=bool(rng.random() < 0.5),
        full=bool(rng.random() < 0.5),
    )
