"""How far two pupils agree, field by field, and what that means where a UPN says that they are one.

An identifier alone is never believed: twins are entered under each other's UPN, and old UPNs are given out again. The
verdicts are those of the table of conflict rules in docs/matching.md.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, NamedTuple

from consumers.matching.names import NEAR, likeness, normalised, preferred_names
from consumers.matching.pupils import CouncilPupil, Reason, Seen

DobLevel = Literal["exact", "swapped", "slip", "two_parts", "missing", "unlike"]
NameLevel = Literal["exact", "agrees", "near", "missing", "unlike"]

AGREEING: Final = frozenset({"exact", "agrees"})
CLOSE_DOB: Final[dict[DobLevel, Reason]] = {"swapped": "DOB_SWAPPED", "slip": "DOB_SLIP", "two_parts": "DOB_TWO_PARTS"}
"""Dates of birth that may be one, wrongly written, and the reason that says so."""

_SHORTEST_PART: Final = 3
_IDENTIFIER_POINTS: Final = 25
_DOB_POINTS: Final[dict[DobLevel, int]] = {
    "exact": 30, "swapped": 20, "slip": 20, "two_parts": 20, "missing": 10, "unlike": 0,
}  # fmt: skip
_FORENAME_POINTS: Final[dict[NameLevel, int]] = {"exact": 25, "agrees": 20, "near": 15, "missing": 8, "unlike": 0}
_SURNAME_POINTS: Final[dict[NameLevel, int]] = {"exact": 20, "agrees": 16, "near": 12, "missing": 6, "unlike": 0}


class Evidence(NamedTuple):
    """How far a row and a child agree."""

    dob: DobLevel
    forename: NameLevel
    surname: NameLevel
    swapped: bool = False

    @property
    def names_agree(self) -> bool:
        """Both names, if not to the letter."""
        return self.forename in AGREEING and self.surname in AGREEING

    def score(self, *, identified: bool) -> int:
        """Points of 100 for what agrees, an identifier included: an order of candidates, no probability."""
        points = _DOB_POINTS[self.dob] + _FORENAME_POINTS[self.forename] + _SURNAME_POINTS[self.surname]
        return points + (_IDENTIFIER_POINTS if identified else 0)


_ALIKE: Final = Evidence("exact", "exact", "exact")


class Verdict(NamedTuple):
    """What evidence makes of a UPN that agrees. `unless_nearer`: certain, unless another child is as near."""

    outcome: Literal["certain", "unless_nearer", "possible"]
    reasons: tuple[Reason, ...] = ()


def compare(seen: Seen, pupil: CouncilPupil) -> Evidence:
    """The evidence for a row and a child of the council's index."""
    told = (seen.dob, seen.forename, seen.surname)
    if all(told) and told == (pupil.dob, pupil.first_name, pupil.surname):
        return _ALIKE
    dob = compare_dob(seen.dob, pupil.dob)
    forename, surname = compare_forenames(seen, pupil), compare_surnames(seen.surname, pupil.surname)
    if not (forename in AGREEING or surname in AGREEING) and _names_swapped(seen, pupil):
        return Evidence(dob, "exact", "exact", swapped=True)
    return Evidence(dob, forename, surname)


def verdict(evidence: Evidence) -> Verdict:
    """Whether a UPN that agrees may be believed."""
    if evidence.dob == "exact":
        return _on_exact_dob(evidence)
    swapped: tuple[Reason, ...] = ("NAMES_SWAPPED",) if evidence.swapped else ()
    if evidence.dob in CLOSE_DOB:
        if evidence.names_agree:
            return Verdict("certain", (CLOSE_DOB[evidence.dob], *swapped))
        return Verdict("possible", (_doubt(evidence),))
    if evidence.dob == "missing":
        if evidence.names_agree:
            return Verdict("certain", ("DOB_MISSING", *swapped))
        return Verdict(
            "possible", ("UPN_CLASH" if evidence.forename == evidence.surname == "unlike" else "UPN_UNCHECKED",)
        )
    return Verdict("possible", (_doubt(evidence),))


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


def compare_forenames(seen: Seen, pupil: CouncilPupil) -> NameLevel:
    """How alike the forenames are, names the child is known by included."""
    if seen.forename and seen.forename == pupil.first_name:
        return "exact"
    one, other = normalised(seen.forename or ""), normalised(pupil.first_name or "")
    if not one or not other:
        return "missing"
    if one == other:
        return "exact"
    if _forename_varies(one, other) or _known_by(one, other, seen.preferred_name, pupil.preferred_name):
        return "agrees"
    initial = one[0] == other[0] and min(len(one), len(other)) == 1
    return "near" if initial or likeness(one, other) >= NEAR else "unlike"


def compare_surnames(one: str | None, other: str | None) -> NameLevel:
    """How alike two surnames are; a part of a double name in common is agreement."""
    if one and one == other:
        return "exact"
    mine, theirs = normalised(one or ""), normalised(other or "")
    if not mine or not theirs:
        return "missing"
    if mine == theirs:
        return "exact"
    shared = {part for part in mine.split() if len(part) >= _SHORTEST_PART} & set(theirs.split())
    if shared or mine.replace(" ", "") == theirs.replace(" ", ""):
        return "agrees"
    return "near" if likeness(mine, theirs) >= NEAR else "unlike"


def _on_exact_dob(evidence: Evidence) -> Verdict:
    if evidence.swapped:
        return Verdict("certain", ("NAMES_SWAPPED",))
    if evidence.forename == "exact":
        changed = evidence.surname in {"near", "unlike"}
        return Verdict("certain", ("SURNAME_CHANGED",) if changed else ())
    if evidence.forename == "missing":
        agrees = evidence.surname in AGREEING
        return Verdict("certain", ("FORENAME_MISSING",)) if agrees else Verdict("possible", ("UPN_UNCHECKED",))
    if evidence.forename == "agrees" or (evidence.forename == "near" and evidence.surname in AGREEING):
        return Verdict("unless_nearer", ("FORENAME_VARIES",))
    return Verdict("possible", ("TWIN_OR_RENAMED",))


def _doubt(evidence: Evidence) -> Reason:
    return "UPN_DOB_DIFFERS" if evidence.names_agree or evidence.dob in CLOSE_DOB else "UPN_CLASH"


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


def _forename_varies(one: str, other: str) -> bool:
    return one.partition(" ")[0] == other.partition(" ")[0] or one.replace(" ", "") == other.replace(" ", "")


def _known_by(one: str, other: str, *preferred: str | None) -> bool:
    """Whether one forename is what the other child is known by, or both are known by one name."""
    mine, theirs = (preferred_names(listed) for listed in preferred)
    return one in theirs or other in mine or not set(mine).isdisjoint(theirs)


def _names_swapped(seen: Seen, pupil: CouncilPupil) -> bool:
    forename, surname = normalised(seen.forename or ""), normalised(seen.surname or "")
    if not forename or not surname:
        return False
    return forename == normalised(pupil.surname or "") and surname == normalised(pupil.first_name or "")
