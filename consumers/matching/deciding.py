"""Who a row is, in the order of docs/matching.md: sealed, a clerk's answer, UPN, old and former UPN, details.

A decision depends on the row, the council's index, the clerks' answers and the rules alone: on no clock, no order of
arrival, and no other row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from consumers.matching.crosscheck import verdict
from consumers.matching.details import Candidate, Case, asked, by_details
from consumers.matching.evidence import Evidence, compare, person_of
from consumers.matching.index import CouncilIndex, Found
from consumers.matching.pupils import Answers, Decision, Path, Reason, Seen
from consumers.matching.rules import Rules

NO_ANSWERS: Final = Answers()


class _Lead(NamedTuple):
    """Where the UPNs of a row lead."""

    path: Path
    reason: Reason
    holders: Found


def decide(seen: Seen, index: CouncilIndex, rules: Rules, answers: Answers = NO_ANSWERS) -> Decision:
    """Who the row is."""
    sealed = index.sealed_by(seen)
    if sealed:
        return _sealed(sealed)
    if answers is NO_ANSWERS:
        return _by_rule(seen, index, rules, answers)
    return _by_clerk(seen, index, rules, answers)


def _sealed(pupil_id: str) -> Decision:
    return Decision("sealed", "sealed", None, ("SEALED",), touched=pupil_id)


def _by_clerk(seen: Seen, index: CouncilIndex, rules: Rules, answers: Answers) -> Decision:
    """An answer holds against any score; only sealing goes before it."""
    if answers.same and index.is_sealed(answers.same):
        return _sealed(answers.same)
    child = index.by_id(answers.same) if answers.same else None
    if child:
        evidence = compare(seen, person_of(seen), child, rules)
        reasons: tuple[Reason, ...] = ("CLERK_SAME",)
        return Decision(
            "certain", "clerk", evidence.score, reasons, (child.pupil.pupil_id,), None, evidence.told(), by_clerk=True
        )
    found = _by_rule(seen, index, rules, answers)
    said: tuple[Reason, ...] = (*(("CLERK_DIFFERENT",) if answers.different else ()),)
    if found.outcome == "possible" and not answers.cannot_tell.isdisjoint(found.candidates):
        said = (*said, "CLERK_CANNOT_TELL")
    return _told(found, said)


def _told(found: Decision, said: tuple[Reason, ...]) -> Decision:
    return replace(found, reasons=(*found.reasons, *said), by_clerk=bool(said))


def _by_rule(seen: Seen, index: CouncilIndex, rules: Rules, answers: Answers) -> Decision:
    case = Case(seen, person_of(seen), index, rules, answers.different)
    lead = _lead(case)
    if lead is None:
        return _doubled(by_details(case)) if seen.doubled else by_details(case)
    if len(lead.holders) > 1 or seen.doubled:
        reason: Reason = "UPN_CLAIMED_TWICE" if seen.doubled else "UPN_HELD_TWICE"
        return asked(lead.path, (lead.reason, reason), case.weighed(lead.holders), rules)
    return _by_holder(case, lead)


def _lead(case: Case) -> _Lead | None:
    """Former UPNs count only where the row's own UPN is nobody's."""
    seen, index = case.seen, case.council
    if holders := case.left(index.by_upn(seen.upn)):
        return _Lead("upn", "UPN_SAME", holders)
    if holders := case.left(index.by_former_upn(seen.upn)):
        return _Lead("old_upn", "OLD_UPN_SENT", holders)
    if holders := case.left(index.by_upn(seen.former_upn)):
        return _Lead("former_upn", "UPN_CHANGED", holders)
    return None


def _by_holder(case: Case, lead: _Lead) -> Decision:
    """The one child that a UPN leads to, as far as the rest agrees."""
    holder = Candidate(lead.holders[0], compare(case.seen, case.mine, lead.holders[0], case.rules))
    judged = verdict(holder.evidence)
    reasons: tuple[Reason, ...] = (lead.reason, *judged.reasons)
    if judged.outcome == "possible":
        return _doubtful(case, holder, lead.path, reasons)
    nearer = _nearer(case, holder) if judged.outcome == "unless_nearer" else []
    if nearer:
        return asked(lead.path, (lead.reason, "TWIN_NEARER"), [holder, *nearer], case.rules)
    evidence = holder.evidence
    return Decision("certain", lead.path, evidence.score, reasons, (holder.pupil_id,), None, evidence.told())


def _doubled(found: Decision) -> Decision:
    """Two people under one key of a file: whom the details mean is a question, whatever they say."""
    reasons: tuple[Reason, ...] = (*found.reasons, "UPN_CLAIMED_TWICE")
    return replace(found, outcome="possible", reasons=reasons)


def _doubtful(case: Case, holder: Candidate, path: Path, reasons: tuple[Reason, ...]) -> Decision:
    """The holder of a UPN that is in doubt, and whoever the details mean instead."""
    taken = [child for child in case.left(case.council.by_upn(case.seen.former_upn)) if child != holder.child]
    alike = [child for child in case.left(case.council.alike(case.mine)) if child != holder.child]
    likely = [other for other in case.weighed(alike) if _agrees(other.evidence)]
    taking: tuple[Reason, ...] = ("UPN_TAKEN",) if taken else ()
    return asked(path, (*reasons, *taking), [holder, *case.weighed(taken), *likely], case.rules)


def _agrees(evidence: Evidence) -> bool:
    """Whether a child is worth showing beside the holder of a UPN: its details are those of the row."""
    return evidence.dob == "exact" and evidence.surname_may_be and not evidence.forename_unlike


def _nearer(case: Case, holder: Candidate) -> list[Candidate]:
    """Children of the same day and surname whose forename is no less like the row's than the holder's is."""
    born = case.left(case.council.by_dob(case.mine.dob))
    surnames = {*case.mine.surname.split(), *holder.child.person.surname.split()}
    others = [
        child for child in born if child != holder.child and not surnames.isdisjoint(child.person.surname.split())
    ]
    rank = _nearness(holder.evidence)
    return [other for other in case.weighed(others) if _nearness(other.evidence) >= rank]


def _nearness(evidence: Evidence) -> int:
    """An order of forenames: to the letter, agreeing, close, near, perhaps."""
    if evidence.forename in {"exact", "swapped"}:
        return 4
    if evidence.forename_agrees:
        return 3
    return {"close": 2, "family": 2, "near": 1, "initial": 1}.get(evidence.forename, 0)
