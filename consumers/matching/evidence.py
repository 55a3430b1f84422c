"""How far a row and a child of the council's index agree, field by field, and what each field is worth.

A level says what is seen, in words; its worth in hundredths of a bit comes from the rules. Nothing is decided here.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, NamedTuple

from consumers.matching.names import likeness, normalised, preferred_names, soundex
from consumers.matching.pupils import CouncilPupil, Seen
from consumers.matching.rules import Rules

DobLevel = Literal["exact", "swapped", "slip", "two_parts", "missing", "unlike"]
ForenameLevel = Literal[
    "exact", "joined", "first", "preferred", "swapped", "crossed", "close", "family", "near", "initial", "similar",
    "sound", "missing", "unlike",
]  # fmt: skip
SurnameLevel = Literal[
    "exact", "joined", "part", "swapped", "crossed", "close", "near", "sound", "missing", "unlike"
]  # fmt: skip
"""`swapped`: the name stands in the other column; `crossed`: so it does, in another spelling."""
GenderLevel = Literal["same", "different", "missing"]
SchoolLevel = Literal["number", "same", "missing"]
UpnLevel = Literal["same", "contradicts", "missing"]

CLOSE_DOBS: Final = frozenset({"swapped", "slip", "two_parts"})
"""Dates of birth that may be one, wrongly written."""

UNLIKE_FORENAMES: Final = frozenset({"unlike", "sound", "similar"})
"""Another name: a brother's or a sister's as well as a stranger's."""

_FORENAME_AGREES: Final = frozenset({"exact", "joined", "first", "preferred", "swapped"})
_SURNAME_AGREES: Final = frozenset({"exact", "joined", "part", "swapped"})
_FORENAME_MAY_BE: Final = frozenset({"close", "near", "family", "initial", "crossed"})
_SURNAME_MAY_BE: Final = frozenset({"close", "near", "crossed"})
_SHORTEST_PART: Final = 3
_GENDERS: Final = {"f": "F", "F": "F", "g": "F", "G": "F", "m": "M", "M": "M", "b": "M", "B": "M"}
"""By first letter: F, female, girl; M, male, boy."""


class Person(NamedTuple):
    """Names as they are compared, and a date of birth: what a row and a child have in common."""

    forename: str
    surname: str
    known_as: tuple[str, ...]
    dob: date | None


class Known(NamedTuple):
    """A child of the index, ready to be compared."""

    pupil: CouncilPupil
    person: Person


class Evidence(NamedTuple):
    """What was seen of each field, and what it is worth."""

    dob: DobLevel
    forename: ForenameLevel
    surname: SurnameLevel
    gender: GenderLevel
    school: SchoolLevel
    upn: UpnLevel
    bits: tuple[int, ...]

    @property
    def score(self) -> int:
        """All of it, the rarity of any one child included."""
        return sum(self.bits)

    @property
    def forename_agrees(self) -> bool:
        """The forename, if not to the letter."""
        return self.forename in _FORENAME_AGREES

    @property
    def surname_agrees(self) -> bool:
        """The surname, if not to the letter."""
        return self.surname in _SURNAME_AGREES

    @property
    def names_agree(self) -> bool:
        """Both."""
        return self.forename in _FORENAME_AGREES and self.surname in _SURNAME_AGREES

    @property
    def forename_may_be(self) -> bool:
        """Another spelling, an initial or a short form: no more than a hint."""
        return self.forename in _FORENAME_MAY_BE

    @property
    def forename_unlike(self) -> bool:
        """Another name: a brother's or a sister's as well as a stranger's."""
        return self.forename in UNLIKE_FORENAMES

    @property
    def surname_unlike(self) -> bool:
        """Another name."""
        return self.surname in {"unlike", "sound"}

    @property
    def surname_may_be(self) -> bool:
        """Agreement or another spelling."""
        return self.surname in _SURNAME_AGREES or self.surname in _SURNAME_MAY_BE

    def told(self) -> str:
        """One text for a table: the levels and worth of all fields, in order."""
        start, dob, forename, surname, gender, school, upn = self.bits
        return (
            f"start={start} dob={self.dob}:{dob} forename={self.forename}:{forename} surname={self.surname}:{surname} "
            f"gender={self.gender}:{gender} school={self.school}:{school} upn={self.upn}:{upn}"
        )


def person_of(seen: Seen) -> Person:
    """The pupil that a school shows."""
    known_as = preferred_names(seen.preferred_name) if seen.preferred_name else ()
    return Person(normalised(seen.forename or ""), normalised(seen.surname or ""), known_as, seen.dob)


def known(pupil: CouncilPupil) -> Known:
    """The child that the council knows."""
    known_as = preferred_names(pupil.preferred_name) if pupil.preferred_name else ()
    forename, surname = normalised(pupil.first_name or ""), normalised(pupil.surname or "")
    return Known(pupil, Person(forename, surname, known_as, pupil.dob))


def compare(seen: Seen, mine: Person, child: Known, rules: Rules) -> Evidence:
    """The evidence for a row, of which `mine` is the person, and a child of the council's index."""
    pupil, theirs = child
    dob = compare_dob(mine.dob, theirs.dob)
    forename, surname = compare_forenames(mine, theirs, rules), compare_surnames(mine.surname, theirs.surname, rules)
    if forename not in _FORENAME_AGREES and surname not in _SURNAME_AGREES:
        forename, surname = _in_other_columns(mine, theirs, rules) or (forename, surname)
    gender = _gender(seen.gender, pupil.gender)
    school = _school(seen, pupil)
    upn = _upn(seen, pupil)
    bits = (
        rules.start,
        rules.dob_exact(theirs.dob) if dob == "exact" and theirs.dob else rules.dob.get(dob, 0),
        _forename_bits(forename, mine, theirs, rules),
        _surname_bits(surname, mine, theirs, rules),
        rules.gender.get(gender, 0),
        rules.school.get(school, 0),
        rules.upn.get(upn, 0),
    )
    return Evidence(dob, forename, surname, gender, school, upn, bits)


def compare_dob(one: date | None, other: date | None) -> DobLevel:
    """How alike two dates of birth are."""
    if one is None or other is None:
        return "missing"
    if one == other:
        return "exact"
    if one.year == other.year and (one.day, one.month) == (other.month, other.day):
        return "swapped"
    if _one_slip(f"{one:%Y%m%d}", f"{other:%Y%m%d}"):
        return "slip"
    parts = (one.day == other.day) + (one.month == other.month) + (one.year == other.year)
    return "two_parts" if parts == 2 else "unlike"


def compare_forenames(mine: Person, theirs: Person, rules: Rules) -> ForenameLevel:
    """How alike the forenames are, names the child is known by included."""
    one, other = mine.forename, theirs.forename
    if not one or not other:
        return "missing"
    if one == other:
        return "exact"
    if (mine.known_as or theirs.known_as) and _known_by(mine, theirs):
        return "preferred"
    return _first_or_joined(one, other) or _forename_spelt(one, other, rules)


def _first_or_joined(one: str, other: str) -> ForenameLevel | None:
    if " " not in one and " " not in other:
        return None
    if one.replace(" ", "") == other.replace(" ", ""):
        return "joined"
    return "first" if one.partition(" ")[0] == other.partition(" ")[0] else None


def _forename_spelt(one: str, other: str, rules: Rules) -> ForenameLevel:
    if ((one, other) if one < other else (other, one)) in rules.related:
        return "family"
    like = likeness(one, other)
    if like >= rules.near_likeness:
        if rules.is_known_forename(one) and rules.is_known_forename(other):
            return "similar"
        return "close" if like >= rules.close_likeness else "near"
    if one[0] == other[0] and (len(one) == 1 or len(other) == 1):
        return "initial"
    return "sound" if soundex(one) == soundex(other) != "" else "unlike"


def compare_surnames(one: str, other: str, rules: Rules) -> SurnameLevel:
    """How alike two surnames are; a part of a double name in common is agreement."""
    if not one or not other:
        return "missing"
    if one == other:
        return "exact"
    return _part_or_joined(one, other) or _surname_spelt(one, other, rules)


def _part_or_joined(one: str, other: str) -> SurnameLevel | None:
    if " " not in one and " " not in other:
        return None
    if one.replace(" ", "") == other.replace(" ", ""):
        return "joined"
    shared = {part for part in one.split() if len(part) >= _SHORTEST_PART} & set(other.split())
    return "part" if shared else None


def _surname_spelt(one: str, other: str, rules: Rules) -> SurnameLevel:
    like = likeness(one, other)
    if like >= rules.close_likeness:
        return "close"
    if like >= rules.near_likeness:
        return "near"
    return "sound" if soundex(one) == soundex(other) != "" else "unlike"


def is_permanent(upn: str | None) -> bool:
    """Whether a UPN is one for life: a temporary one ends in a letter."""
    return upn is not None and upn[-1].isdigit()


def _forename_bits(level: ForenameLevel, mine: Person, theirs: Person, rules: Rules) -> int:
    """Whatever is less than exact never outweighs it; only the school's own word for a nickname may."""
    if level in {"exact", "swapped"}:
        return rules.forename_exact(theirs.forename)
    worth = rules.forename.get(level, 0)
    if level == "preferred" or worth <= 0:
        return worth
    spelt = mine.surname if level == "crossed" else mine.forename
    exact = min(rules.forename_exact(spelt), rules.forename_exact(theirs.forename))
    return min(worth, exact - rules.below_exact)


def _surname_bits(level: SurnameLevel, mine: Person, theirs: Person, rules: Rules) -> int:
    if level == "exact":
        return rules.surname_exact(theirs.surname)
    if level == "swapped":
        return rules.surname_exact(theirs.surname) + rules.columns_swapped
    worth = rules.surname.get(level, 0)
    if worth <= 0:
        return worth
    spelt = mine.forename if level == "crossed" else mine.surname
    exact = min(rules.surname_exact(spelt), rules.surname_exact(theirs.surname))
    return min(worth, exact - rules.below_exact)


def _gender(one: str | None, other: str | None) -> GenderLevel:
    if not one or not other:
        return "missing"
    mine, theirs = _GENDERS.get(one[0]), _GENDERS.get(other[0])
    if mine is None or theirs is None:
        return "missing"
    return "same" if mine == theirs else "different"


def _school(seen: Seen, pupil: CouncilPupil) -> SchoolLevel:
    if seen.dfe_no != pupil.dfe_no:
        return "missing"
    return "number" if seen.admission_number and seen.admission_number == pupil.admission_number else "same"


def _upn(seen: Seen, pupil: CouncilPupil) -> UpnLevel:
    """Both have a UPN for life, and not the same: two children, or one whose UPN was given out twice."""
    upn, former, theirs, their_former = seen.upn, seen.former_upn, pupil.upn, pupil.former_upn
    if (upn and upn in {theirs, their_former}) or (former and former in {theirs, their_former}):
        return "same"
    return "contradicts" if is_permanent(upn) and is_permanent(theirs) else "missing"


def _one_slip(one: str, other: str) -> bool:
    """One digit wrong, or two neighbours exchanged."""
    wrong = [place for place in range(len(one)) if one[place] != other[place]]
    if len(wrong) == 1:
        return True
    return (
        len(wrong) == 2
        and wrong[1] == wrong[0] + 1
        and one[wrong[0]] == other[wrong[1]]
        and one[wrong[1]] == other[wrong[0]]
    )


def _known_by(mine: Person, theirs: Person) -> bool:
    """Whether one forename is what the other child is known by, or both are known by one name."""
    return (
        mine.forename in theirs.known_as
        or theirs.forename in mine.known_as
        or not set(mine.known_as).isdisjoint(theirs.known_as)
    )


def _in_other_columns(
    mine: Person, theirs: Person, rules: Rules
) -> tuple[Literal["swapped", "crossed"], Literal["swapped", "crossed"]] | None:
    """Levels where each name stands in the other's column, one of the two to the letter."""
    forename, surname = mine.surname, mine.forename
    if not forename or not surname:
        return None
    same = (forename == theirs.forename) + (surname == theirs.surname)
    if same == 2:
        return "swapped", "swapped"
    if same == 0:
        return None
    if forename == theirs.forename:
        return ("swapped", "crossed") if likeness(surname, theirs.surname) >= rules.near_likeness else None
    return ("crossed", "swapped") if likeness(forename, theirs.forename) >= rules.near_likeness else None
