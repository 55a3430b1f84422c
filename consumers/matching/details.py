"""Who a row is by its details alone: names, date of birth, gender, school and admission number, weighed in bits.

Used where no UPN leads anywhere, and for whom else to show beside a UPN that is in doubt. A wrong link is worse than a
question, so a score is not enough: what each rule asks for has to agree as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from consumers.matching.crosscheck import DOB_REASONS
from consumers.matching.evidence import Evidence, Known, Person, compare, is_permanent
from consumers.matching.index import CouncilIndex
from consumers.matching.names import mixes_scripts
from consumers.matching.pupils import Decision, Path, Reason, Seen
from consumers.matching.rules import Rules

_FORENAME_HOLDS: Final = frozenset({"exact", "joined", "first", "preferred", "swapped", "crossed", "close", "near"})
"""What counts as the same forename without a UPN: never a blank, an initial or a short form alone."""
_SURNAME_HOLDS: Final = frozenset({"exact", "joined", "part", "swapped", "crossed", "close", "near"})
_DOB_HOLDS: Final = frozenset({"exact", "swapped", "slip"})
_TO_THE_LETTER: Final = frozenset({"exact", "swapped"})


class Candidate(NamedTuple):
    """A child and what speaks for it."""

    child: Known
    evidence: Evidence

    @property
    def pupil_id(self) -> str:
        """The child's id."""
        return self.child.pupil.pupil_id

    @property
    def score(self) -> int:
        """In hundredths of a bit."""
        return self.evidence.score


class Case(NamedTuple):
    """A row to decide, and all that its decision depends on. `ruled_out` are children that a clerk says it is not."""

    seen: Seen
    mine: Person
    council: CouncilIndex
    rules: Rules
    ruled_out: frozenset[str]

    def left(self, children: Sequence[Known]) -> Sequence[Known]:
        """Those of the children that no clerk has ruled out."""
        if not self.ruled_out:
            return children
        return [child for child in children if child.pupil.pupil_id not in self.ruled_out]

    def weighed(self, children: Iterable[Known]) -> list[Candidate]:
        """The children with their evidence, the best first; of equal ones the lower id."""
        candidates = [Candidate(child, compare(self.seen, self.mine, child, self.rules)) for child in children]
        return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.pupil_id))


def by_details(case: Case) -> Decision:
    """Who a row is whose UPN leads nowhere."""
    seen, rules = case.seen, case.rules
    missing: Reason = "UPN_MISSING" if seen.upn is None else "UPN_UNKNOWN"
    known = {
        child.pupil.pupil_id: child for child in (*case.council.by_admission(seen), *case.council.alike(case.mine))
    }
    children = case.left(list(known.values()))
    if len(children) > rules.too_many:
        return Decision("possible", "details", None, (missing, "TOO_MANY"))
    candidates = case.weighed(children)
    twins = [candidate for candidate in candidates if _is_twin(candidate.evidence)]
    others = [candidate for candidate in candidates if candidate not in twins] if twins else candidates
    likely = [candidate for candidate in others if candidate.score >= rules.possible]
    numbered = [candidate for candidate in others if candidate.evidence.school == "number"]
    if likely or numbered:
        mixed = mixes_scripts(seen.forename or "") or mixes_scripts(seen.surname or "")
        return _of_likely(_Found(missing, likely, numbered, twins, mixed), rules)
    if twins and not (is_permanent(seen.upn) and len(case.mine.forename) > 1):
        return asked("details", (missing, "TWIN_OR_RENAMED"), twins, rules)
    return Decision("new", "none", None, (missing, "TWIN_OF_KNOWN" if twins else "NO_CANDIDATE"))


def asked(path: Path, reasons: tuple[Reason, ...], candidates: Sequence[Candidate], rules: Rules) -> Decision:
    """A question to a person about these, the first being the best; a person is shown no more than a few."""
    shown = list(dict.fromkeys(candidate.pupil_id for candidate in candidates))[: rules.shown]
    best = candidates[0]
    second = next((candidate.score for candidate in candidates if candidate.pupil_id != best.pupil_id), None)
    return Decision("possible", path, best.score, reasons, tuple(shown), second, best.evidence.told())


class _Found(NamedTuple):
    missing: Reason
    likely: list[Candidate]
    numbered: list[Candidate]
    twins: list[Candidate]
    mixed: bool


def _of_likely(found: _Found, rules: Rules) -> Decision:
    ordered = [*found.likely, *(candidate for candidate in found.numbered if candidate not in found.likely)]
    best = ordered[0]
    rivals = [candidate.score for candidate in (*ordered[1:], *found.twins)]
    second = max(rivals, default=None)
    doubts = _doubts(best, second, found, rules)
    if doubts:
        return asked("details", (found.missing, *doubts), [*ordered, *found.twins], rules)
    path: Path = "admission_number" if found.numbered else "details"
    leading: Reason = "ADMISSION_NUMBER_SAME" if found.numbered else "DETAILS_AGREE"
    reasons = (found.missing, leading, *_variations(best.evidence))
    return Decision("certain", path, best.score, reasons, (best.pupil_id,), second, best.evidence.told())


def _doubts(best: Candidate, second: int | None, found: _Found, rules: Rules) -> tuple[Reason, ...]:
    """Everything that keeps the best candidate from being certain, in the order of the rules."""
    evidence, numbered = best.evidence, found.numbered
    doubts: list[Reason] = []
    if not _holds(evidence) or best.score < rules.certain:
        doubts.append("DETAILS_AGREE" if evidence.dob == "exact" and evidence.names_agree else "DETAILS_SIMILAR")
    if found.mixed and not {evidence.forename, evidence.surname} <= _TO_THE_LETTER:
        doubts.append("MIXED_SCRIPT")
    if second is not None and best.score - second < rules.clear:
        doubts.append("CLOSE_SECOND")
    if evidence.upn == "contradicts":
        doubts += ["DETAILS_AGREE", "TWO_UPNS"] if _to_the_letter(evidence) and not doubts else ["TWO_UPNS"]
    if evidence.gender == "different" and not _to_the_letter(evidence):
        doubts.append("GENDER_DIFFERS")
    if any(candidate.pupil_id != best.pupil_id for candidate in numbered) or (numbered and not _holds(evidence)):
        doubts.append("ADMISSION_NUMBER_DIFFERS")
    return tuple(doubts)


def _holds(evidence: Evidence) -> bool:
    """Whether the forename really agrees, and surname and date of birth do, or two of the three to the letter."""
    if evidence.forename not in _FORENAME_HOLDS:
        return False
    if evidence.dob == "exact" and evidence.surname in _SURNAME_HOLDS:
        return True
    letters = (evidence.dob == "exact") + (evidence.forename in _TO_THE_LETTER) + (evidence.surname in _TO_THE_LETTER)
    return letters >= 2 and evidence.dob in _DOB_HOLDS and evidence.surname != "unlike"


def _to_the_letter(evidence: Evidence) -> bool:
    return evidence.dob == "exact" and evidence.forename in _TO_THE_LETTER and evidence.surname in _TO_THE_LETTER


def _variations(evidence: Evidence) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    if evidence.dob in DOB_REASONS:
        reasons.append(DOB_REASONS[evidence.dob])
    if evidence.forename == "swapped":
        reasons.append("NAMES_SWAPPED")
    elif evidence.forename != "exact":
        reasons.append("FORENAME_VARIES")
    return tuple(reasons)


def _is_twin(evidence: Evidence) -> bool:
    """Born on the same day, of the same surname, at the same school under another number, and called something else."""
    return (
        evidence.dob == "exact" and evidence.surname_agrees and evidence.forename_unlike and evidence.school == "same"
    )
