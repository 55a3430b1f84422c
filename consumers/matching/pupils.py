"""The nouns of matching: a pupil as a school shows it, a pupil as the council knows it, and what was decided.

Values only; the rules are in `crosscheck`, `details` and `deciding`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple

from schemas.events import Outcome

Path = Literal["upn", "old_upn", "former_upn", "admission_number", "details", "clerk", "sealed", "none"]
Reason = Literal[
    "UPN_SAME",
    "OLD_UPN_SENT",
    "UPN_CHANGED",
    "ADMISSION_NUMBER_SAME",
    "SURNAME_CHANGED",
    "FORENAME_VARIES",
    "NAMES_SWAPPED",
    "DOB_SWAPPED",
    "DOB_SLIP",
    "DOB_TWO_PARTS",
    "DOB_MISSING",
    "FORENAME_MISSING",
    "TWIN_OR_RENAMED",
    "TWIN_NEARER",
    "TWIN_OF_KNOWN",
    "UPN_DOB_DIFFERS",
    "UPN_CLASH",
    "UPN_HELD_TWICE",
    "UPN_CLAIMED_TWICE",
    "UPN_TAKEN",
    "UPN_UNCHECKED",
    "UPN_UNKNOWN",
    "UPN_MISSING",
    "TWO_UPNS",
    "ADMISSION_NUMBER_DIFFERS",
    "GENDER_DIFFERS",
    "DETAILS_AGREE",
    "DETAILS_SIMILAR",
    "MIXED_SCRIPT",
    "CLOSE_SECOND",
    "TOO_MANY",
    "CLAIMED_TWICE",
    "SEALED",
    "NO_CANDIDATE",
    "CLERK_SAME",
    "CLERK_DIFFERENT",
    "CLERK_CANNOT_TELL",
]
"""Why a decision is what it is; documented in docs/matching.md."""


class Seen(NamedTuple):
    """The identity that a school shows under one pupil key in one dataset, and the row from which it has stood so.

    `reported` is what the school has reported under the key: academic years of attendance; suspensions by start date
    and type. `doubled`: another row of the same file claims the key for another person. `question` is a keyed hash of
    who is shown: what a clerk has answered holds for it, until the school shows somebody else. A named tuple, like
    `CouncilPupil`: a county has a hundred thousand of each, and they come as tuples.
    """

    dfe_no: str
    dataset: str
    pupil_key: str
    delivery_seq: int
    row: int
    upn: str | None
    former_upn: str | None
    admission_number: str | None
    forename: str | None
    surname: str | None
    preferred_name: str | None
    dob: date | None
    gender: str | None
    reported: Sequence[str]
    doubled: bool
    question: str


class CouncilPupil(NamedTuple):
    """A child in the council's index."""

    pupil_id: str
    upn: str | None
    former_upn: str | None
    first_name: str | None
    surname: str | None
    preferred_name: str | None
    dob: date | None
    gender: str | None
    sealed: bool
    dfe_no: str | None
    admission_number: str | None
    current: bool


class Answers(NamedTuple):
    """What clerks have answered about one identity, the last word on each child: obeyed before any score."""

    same: str | None = None
    different: frozenset[str] = frozenset()
    cannot_tell: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one row is by itself, whatever other rows of the school claim.

    `candidates` are pupil ids: the one that a certain row is, those a person is asked about, none of a sealed child.
    `score` and `second` are hundredths of a bit, of the child that was chosen and of the next one; `evidence` tells
    what the first is made of. `touched` is the sealed child of a sealed row, for the restricted queue alone.
    """

    outcome: Outcome
    path: Path
    score: int | None
    reasons: tuple[Reason, ...]
    candidates: tuple[str, ...] = ()
    second: int | None = None
    evidence: str = ""
    by_clerk: bool = False
    touched: str | None = None

    @property
    def claims(self) -> str | None:
        """The child that the row is certain to be."""
        return self.candidates[0] if self.outcome == "certain" else None


@dataclass(frozen=True, slots=True)
class Match:
    """Who a (school, pupil key) is. Contested: another key of the school claims the same child at the same time."""

    seen: Seen
    decision: Decision
    contested: bool = False

    @property
    def outcome(self) -> Outcome:
        """The outcome after other claims."""
        return "possible" if self.contested else self.decision.outcome

    @property
    def pupil_id(self) -> str | None:
        """The child, where it is certain and nobody else claims it."""
        return None if self.contested else self.decision.claims

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons, that of another claim last."""
        return (*self.decision.reasons, "CLAIMED_TWICE") if self.contested else self.decision.reasons

    def judged(self, *, contested: bool) -> Match:
        """The same match with or without another claim on its child."""
        return self if contested == self.contested else replace(self, contested=contested)
