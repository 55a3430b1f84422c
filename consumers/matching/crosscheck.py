"""What evidence makes of a UPN that agrees: the table of conflict rules in docs/matching.md, line by line.

An identifier alone is never believed: twins are entered under each other's UPN, and old UPNs are given out again.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from consumers.matching.evidence import CLOSE_DOBS, DobLevel, Evidence
from consumers.matching.pupils import Reason

DOB_REASONS: Final[dict[DobLevel, Reason]] = {
    "swapped": "DOB_SWAPPED",
    "slip": "DOB_SLIP",
    "two_parts": "DOB_TWO_PARTS",
    "missing": "DOB_MISSING",
}
"""Dates of birth that do not agree to the letter, and the reason that says so."""


class Verdict(NamedTuple):
    """What evidence makes of a UPN that agrees. `unless_nearer`: certain, unless another child is as near."""

    outcome: Literal["certain", "unless_nearer", "possible"]
    reasons: tuple[Reason, ...] = ()


_CERTAIN: Final = Verdict("certain")


def verdict(evidence: Evidence) -> Verdict:
    """Whether a UPN that agrees may be believed."""
    if evidence.dob == "exact":
        return _on_exact_dob(evidence)
    swapped: tuple[Reason, ...] = ("NAMES_SWAPPED",) if evidence.forename == "swapped" else ()
    if evidence.dob == "unlike":
        return Verdict("possible", ("UPN_DOB_DIFFERS" if evidence.names_agree else "UPN_CLASH",))
    if evidence.names_agree or _one_misspelt(evidence):
        return Verdict("certain", (DOB_REASONS[evidence.dob], *swapped))
    if evidence.dob in CLOSE_DOBS:
        return Verdict("possible", ("UPN_DOB_DIFFERS",))
    unlike = evidence.forename_unlike and evidence.surname_unlike
    return Verdict("possible", ("UPN_CLASH" if unlike else "UPN_UNCHECKED",))


def _on_exact_dob(evidence: Evidence) -> Verdict:
    if evidence.forename == "exact":
        return _CERTAIN if evidence.surname == "exact" else _surname_moved(evidence)
    if evidence.forename == "swapped":
        return Verdict("certain", ("NAMES_SWAPPED",))
    if evidence.forename == "missing":
        agrees = evidence.surname_may_be
        return Verdict("certain", ("FORENAME_MISSING",)) if agrees else Verdict("possible", ("UPN_UNCHECKED",))
    if evidence.forename_agrees or evidence.forename == "close":
        return Verdict("unless_nearer", ("FORENAME_VARIES",))
    if evidence.forename_may_be and not evidence.surname_unlike:
        return Verdict("unless_nearer", ("FORENAME_VARIES",))
    return Verdict("possible", ("TWIN_OR_RENAMED",))


def _one_misspelt(evidence: Evidence) -> bool:
    """One name to the letter and a slip in the other: more than a brother or a sister would agree."""
    return (evidence.forename == "exact" and evidence.surname == "close") or (
        evidence.forename == "close" and evidence.surname == "exact"
    )


def _surname_moved(evidence: Evidence) -> Verdict:
    agrees = evidence.surname_agrees or evidence.surname == "missing"
    return _CERTAIN if agrees else Verdict("certain", ("SURNAME_CHANGED",))
