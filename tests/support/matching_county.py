"""A county that never was, for matching: families, twins, moves, marriages, slips and adoptions, with the truth.

Every row knows the child it is, or that it is nobody's. Names come from the rules' own table and, for the rarer half,
from syllables; no list of real people was used.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from consumers.matching.pupils import CouncilPupil, Seen
from consumers.matching.rules import current

SYLLABLES: Final = tuple(onset + rhyme for onset in "bcdfghlmnprstvwz" for rhyme in ("a", "el", "en", "o", "or", "ul"))
FIRST_BIRTH: Final = date(2008, 9, 1)
BIRTH_DAYS: Final = 16 * 365
PUPILS_A_SCHOOL: Final = 250
SHARES: Final = (
    ("same", 9240), ("surname_changed", 60), ("moved", 90), ("known_as", 80), ("misspelt", 50), ("dob_swapped", 30),
    ("temporary_upn", 30), ("no_upn", 60), ("no_upn_misspelt", 15), ("upn_changed", 30), ("old_upn", 20),
    ("upn_exchanged", 5), ("new_child", 200), ("new_twin", 5), ("adopted", 25),
)  # fmt: skip
"""Of ten thousand rows of a weekly feed, by what has happened to the child since the council last heard of it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the feed: what has happened, and which child it is; `old_record` is that of an adopted child."""

    kind: str
    seen: Seen
    truth: str | None
    old_record: str | None = None


@dataclass(slots=True)
class County:
    """The council's index, and one weekly feed of all schools."""

    index: list[CouncilPupil] = field(default_factory=list)
    feed: list[Shown] = field(default_factory=list)


def county(pupils: int, seed: int) -> County:
    """A county of about that many children; the same seed gives the same one."""
    return _Making(random.Random(seed), pupils).done()


def upn(number: int) -> str:
    """A permanent UPN in form; its check letter is not computed, since matching is given UPNs that were checked."""
    return f"A83{number:010}"


class _Making:
    def __init__(self, rng: random.Random, pupils: int) -> None:
        self._rng = rng
        self._pupils = pupils
        self._numbers = iter(range(1, 10**9))
        known = current().frequencies
        self._forenames = _weighted(rng, known.forenames, rare=pupils // 40, syllables=2)
        self._surnames = _weighted(rng, known.surnames, rare=pupils // 12, syllables=3)

    def done(self) -> County:
        made = County()
        while len(made.index) < self._pupils:
            self._family(made)
        kinds, weights = zip(*SHARES, strict=True)
        for child in list(made.index):
            kind = self._rng.choices(kinds, weights)[0]
            made.feed.append(self._row(kind, child, made))
        return made

    def _family(self, made: County) -> None:
        surname, school = self._surname(), self._school()
        born = FIRST_BIRTH + timedelta(days=self._rng.randrange(BIRTH_DAYS))
        for _ in range(self._rng.choices([1, 2, 3], [60, 30, 10])[0]):
            made.index.append(self._child(surname, school, born))
            if self._rng.random() < 0.015:
                made.index.append(self._child(surname, school, born, unlike=made.index[-1].first_name))
            born += timedelta(days=self._rng.randrange(330, 1500))

    def _child(self, surname: str, school: str, born: date, unlike: str | None = None) -> CouncilPupil:
        number = next(self._numbers)
        forename = self._forename(unlike)
        gender = "FM"[sum(map(ord, forename)) % 2]
        preferred = forename[:3] if self._rng.random() < 0.05 else None
        return CouncilPupil(
            f"P{number:07}", upn(number), None, forename, surname, preferred, born, gender, False, school,
            str(number), True,
        )  # fmt: skip

    def _row(self, kind: str, child: CouncilPupil, made: County) -> Shown:
        change: Callable[[CouncilPupil, County], Shown] = getattr(self, f"_{kind}")
        return change(child, made)

    def _same(self, child: CouncilPupil, _: County) -> Shown:
        return Shown("same", _seen(child), child.pupil_id)

    def _surname_changed(self, child: CouncilPupil, _: County) -> Shown:
        married = self._rng.choice([self._surname(), f"{child.surname}-{self._surname()}"])
        return Shown("surname_changed", _seen(child)._replace(surname=married), child.pupil_id)

    def _moved(self, child: CouncilPupil, _: County) -> Shown:
        moved = _seen(child)._replace(dfe_no=self._school(), admission_number=f"M{next(self._numbers)}")
        return Shown("moved", moved, child.pupil_id)

    def _known_as(self, child: CouncilPupil, _: County) -> Shown:
        nickname = (child.first_name or "")[:3] + "y"
        return Shown("known_as", _seen(child)._replace(preferred_name=nickname), child.pupil_id)

    def _misspelt(self, child: CouncilPupil, _: County) -> Shown:
        return Shown("misspelt", _seen(child)._replace(forename=self._slip(child.first_name or "")), child.pupil_id)

    def _dob_swapped(self, child: CouncilPupil, _: County) -> Shown:
        dob = child.dob
        swapped = dob.replace(day=dob.month, month=dob.day) if dob and dob.day <= 12 else dob
        return Shown("dob_swapped", _seen(child)._replace(dob=swapped), child.pupil_id)

    def _temporary_upn(self, child: CouncilPupil, _: County) -> Shown:
        sent = upn(10**8 + next(self._numbers))[:-1] + "A"
        return Shown("temporary_upn", _seen(child)._replace(upn=sent), child.pupil_id)

    def _no_upn(self, child: CouncilPupil, _: County) -> Shown:
        return Shown("no_upn", _seen(child)._replace(upn=None), child.pupil_id)

    def _no_upn_misspelt(self, child: CouncilPupil, _: County) -> Shown:
        sent = _seen(child)._replace(upn=None, admission_number=None, forename=self._slip(child.first_name or ""))
        return Shown("no_upn_misspelt", sent, child.pupil_id)

    def _upn_changed(self, child: CouncilPupil, _: County) -> Shown:
        sent = _seen(child)._replace(upn=upn(2 * 10**8 + next(self._numbers)), former_upn=child.upn)
        return Shown("upn_changed", sent, child.pupil_id)

    def _old_upn(self, child: CouncilPupil, made: County) -> Shown:
        old = upn(3 * 10**8 + next(self._numbers))
        made.index[made.index.index(child)] = child._replace(former_upn=old)
        return Shown("old_upn", _seen(child)._replace(upn=old), child.pupil_id)

    def _upn_exchanged(self, child: CouncilPupil, made: County) -> Shown:
        """A child under the UPN of another, as twins are entered."""
        other = self._rng.choice(made.index)
        return Shown("upn_exchanged", _seen(child)._replace(upn=other.upn), child.pupil_id)

    def _new_child(self, child: CouncilPupil, _: County) -> Shown:
        born = FIRST_BIRTH + timedelta(days=self._rng.randrange(BIRTH_DAYS))
        new = self._child(self._surname(), child.dfe_no or "", born)
        return Shown("new_child", _seen(new), None)

    def _new_twin(self, child: CouncilPupil, _: County) -> Shown:
        twin = self._child(child.surname or "", child.dfe_no or "", child.dob or FIRST_BIRTH, unlike=child.first_name)
        return Shown("new_twin", _seen(twin), None)

    def _adopted(self, child: CouncilPupil, made: County) -> Shown:
        """A new surname and UPN; forename and school may stay. The old record is sealed; the new one may be known."""
        made.index[made.index.index(child)] = child._replace(sealed=True)
        number = next(self._numbers)
        forename = child.first_name if self._rng.random() < 0.7 else self._forename()
        school = child.dfe_no if self._rng.random() < 0.5 else self._school()
        new = child._replace(
            pupil_id=f"P{number:07}", upn=upn(number), first_name=forename, surname=self._surname(),
            preferred_name=None, dfe_no=school, admission_number=str(number), sealed=True,
        )  # fmt: skip
        if self._rng.random() < 0.5:
            made.index.append(new)
        return Shown("adopted", _seen(new), None, old_record=child.pupil_id)

    def _forename(self, unlike: str | None = None) -> str:
        forename = unlike
        while forename == unlike:
            forename = self._rng.choices(*self._forenames)[0]
        return forename or ""

    def _surname(self) -> str:
        return self._rng.choices(*self._surnames)[0]

    def _school(self) -> str:
        return f"830{2000 + self._rng.randrange(1 + self._pupils // PUPILS_A_SCHOOL)}"

    def _slip(self, name: str) -> str:
        """A letter too many after the second."""
        place = self._rng.randrange(2, max(3, len(name)))
        return f"{name[:place]}{name[place - 1 : place]}{name[place:]}"


def _weighted(
    rng: random.Random, common: Mapping[str, int], *, rare: int, syllables: int
) -> tuple[list[str], list[float]]:
    """Names with their weights: those of the table by their frequency, and rare ones, which are half of all."""
    weights = {name.title(): 2 ** (-bits / 100) for name, bits in common.items()}
    rarer = {"".join(rng.choices(SYLLABLES, k=syllables)).title() for _ in range(max(50, rare))} - weights.keys()
    each = sum(weights.values()) / len(rarer)
    names = {**weights, **dict.fromkeys(sorted(rarer), each)}
    return list(names), list(names.values())


def _seen(child: CouncilPupil) -> Seen:
    """The child as its school shows it, where the two agree in everything."""
    return Seen(
        child.dfe_no or "", "attendance", child.upn or "", 1, 1, child.upn, None, child.admission_number,
        child.first_name, child.surname, None, child.dob, child.gender, ("2026",), False, "",
    )  # fmt: skip
