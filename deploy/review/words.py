"""Matching in plain sentences: its reasons, and the evidence for a child field by field. No value of any child."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

REASONS: Final = {
    "UPN_SAME": "The UPN is a child's.",
    "OLD_UPN_SENT": "The UPN is a child's former one.",
    "UPN_CHANGED": "The former UPN that the school gives is a child's present one.",
    "ADMISSION_NUMBER_SAME": "The school and the admission number are the child's.",
    "SURNAME_CHANGED": "The surname is another; date of birth and forename agree.",
    "FORENAME_VARIES": "The forename agrees, if not to the letter.",
    "NAMES_SWAPPED": "Forename and surname stand in each other's column.",
    "DOB_SWAPPED": "Day and month of birth are swapped.",
    "DOB_SLIP": "One digit of the date of birth differs.",
    "DOB_TWO_PARTS": "Two of day, month and year of birth agree.",
    "DOB_MISSING": "There is no date of birth to compare: ask the school for it.",
    "FORENAME_MISSING": "There is no forename to compare: ask the school for it.",
    "TWIN_OR_RENAMED": "The forename is another: a twin, or a child renamed.",
    "TWIN_NEARER": "Another child of the same day and surname is as near.",
    "TWIN_OF_KNOWN": "A child of the same day, surname and school is known under another forename: a twin of it.",
    "UPN_DOB_DIFFERS": "The names agree with the UPN's holder, the date of birth does not.",
    "UPN_CLASH": "The UPN's holder is somebody else by name and date of birth.",
    "UPN_HELD_TWICE": "The council's index gives this UPN to two children.",
    "UPN_CLAIMED_TWICE": "Rows of one file give this key to two people.",
    "UPN_TAKEN": "The new UPN is another child's already.",
    "UPN_UNCHECKED": "Too little is sent to check that the UPN's holder is meant.",
    "UPN_UNKNOWN": "The UPN is no child's.",
    "UPN_MISSING": "There is no UPN, or it fails its check letter.",
    "TWO_UPNS": "Both have a permanent UPN, and not the same: issued twice, or two children.",
    "ADMISSION_NUMBER_DIFFERS": "The admission number speaks against it.",
    "GENDER_DIFFERS": "The gender differs.",
    "DETAILS_AGREE": "Names and date of birth agree.",
    "DETAILS_SIMILAR": "The details are like a child's, not enough to be sure.",
    "MIXED_SCRIPT": "A name mixes letters of two scripts: it may only look like the child's.",
    "CLOSE_SECOND": "A second child is nearly as likely.",
    "TOO_MANY": "More children are like it than can be compared.",
    "CLAIMED_TWICE": "Another pupil of the school claims the same child.",
    "SEALED": "It touches a sealed record.",
    "NO_CANDIDATE": "No child of the index is like it.",
    "CLERK_SAME": "A clerk has said that it is this child.",
    "CLERK_DIFFERENT": "A clerk has said of a child that it is another.",
    "CLERK_CANNOT_TELL": "A clerk could not tell.",
}
"""Every reason of a decision as a sentence."""

_LEVELS: Final = {
    "dob": {
        "exact": "Date of birth agrees",
        "swapped": "Date of birth: day and month swapped",
        "slip": "Date of birth: one digit differs, or two are exchanged",
        "two_parts": "Date of birth: two of day, month and year agree",
        "unlike": "Date of birth differs",
        "missing": "Date of birth: not on both sides",
    },
    "forename": {
        "exact": "Forename agrees",
        "joined": "Forename agrees but for a space or hyphen",
        "first": "Forename: the first part agrees",
        "preferred": "Forename: a name the child is known by",
        "swapped": "Forename stands as the surname",
        "crossed": "Forename stands as the surname, spelt otherwise",
        "close": "Forename spelt nearly alike",
        "family": "Forename: another spelling or short form of it",
        "near": "Forename spelt somewhat alike",
        "initial": "Forename: the initial agrees",
        "similar": "Forename: alike, but both are names of their own",
        "sound": "Forename sounds alike",
        "unlike": "Forename differs",
        "missing": "Forename: not on both sides",
    },
    "surname": {
        "exact": "Surname agrees",
        "joined": "Surname agrees but for a space or hyphen",
        "part": "Surname: one part shared",
        "swapped": "Surname stands as the forename",
        "crossed": "Surname stands as the forename, spelt otherwise",
        "close": "Surname spelt nearly alike",
        "near": "Surname spelt somewhat alike",
        "sound": "Surname sounds alike",
        "unlike": "Surname differs",
        "missing": "Surname: not on both sides",
    },
    "gender": {"same": "Gender agrees", "different": "Gender differs", "missing": "Gender: not on both sides"},
    "school": {
        "number": "School and admission number agree",
        "same": "School agrees",
        "missing": "School: another, or not known",
    },
    "upn": {
        "same": "UPN agrees",
        "contradicts": "UPN: two permanent ones that differ",
        "missing": "UPN: not on both sides",
    },
}
_BITS_A_BLOCK: Final = 200
_START: Final = "Before anything is compared: one child of the whole index"


class Told(NamedTuple):
    """One piece of evidence: the field, a sentence, and its weight in hundredths of a bit."""

    field: str
    level: str
    sentence: str
    bits: int

    @property
    def differs(self) -> bool:
        """Whether the two sides are not the same here."""
        return self.level not in {"exact", "same", "number", "missing", ""}

    @property
    def bar(self) -> str:
        """The weight, and a bar of a block for every two bits: full for, hollow against."""
        block = "█" if self.bits > 0 else "░"
        return f"{self.bits / 100:+6.2f} {block * round(abs(self.bits) / _BITS_A_BLOCK)}"


def reasons(codes: Iterable[str]) -> list[str]:
    """The reasons of a decision as sentences."""
    return [REASONS[code] for code in codes]


def evidence(told: str) -> list[Told]:
    """What a decision keeps of its evidence, field by field."""
    pieces = [part.partition("=") for part in told.split()]
    return [_told(field, stated) for field, _, stated in pieces]


def _told(field: str, stated: str) -> Told:
    level, _, bits = stated.rpartition(":")
    return Told(field, level, _LEVELS[field][level] if level else _START, int(bits))
