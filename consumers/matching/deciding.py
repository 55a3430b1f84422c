"""Who a row is, in the order of docs/matching.md: sealed, UPN, old and former UPN, admission number, details.

In two steps, so that a file is settled without most of the index: identifiers first, and only for rows that they
leave open the children with the same date of birth or names. A decision depends on the row and the index alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from consumers.matching.crosscheck import AGREEING, CLOSE_DOB, Evidence, compare, compare_forenames, verdict
from consumers.matching.index import CouncilIndex, Found
from consumers.matching.names import likeness, name_key, normalised
from consumers.matching.pupils import MOST_SHOWN, CouncilPupil, Decision, Path, Reason, Seen

TOO_MANY: Final = 300
"""More candidates than that are never cut short: a person is asked."""

_NEARNESS: Final = {"exact": 3, "agrees": 2, "near": 1, "missing": 0, "unlike": 0}
_SEALED: Final = Decision("sealed", "sealed", None, ("SEALED",))


class Lead(NamedTuple):
    """Where the UPNs of a row lead."""

    path: Path
    reason: Reason
    holders: Found


def decide(seen: Seen, index: CouncilIndex) -> Decision:
    """Who the row is, from an index that holds every candidate."""
    return by_identifier(seen, index) or by_details(seen, index)


def by_identifier(seen: Seen, index: CouncilIndex) -> Decision | None:
    """Who the row is, where its identifiers settle it. Asks the index for no date of birth and no names."""
    if index.seals(seen):
        return _SEALED
    lead = _lead(seen, index)
    if lead is None:
        return _by_admission(seen, index)
    if len(lead.holders) > 1:
        return Decision("possible", lead.path, None, (lead.reason, "UPN_HELD_TWICE"), _shown(lead.holders))
    holder = lead.holders[0]
    evidence = compare(seen, holder)
    judged = verdict(evidence)
    if judged.outcome == "certain":
        score = evidence.score(identified=True)
        return Decision("certain", lead.path, score, (lead.reason, *judged.reasons), (holder.pupil_id,))
    return None


def by_details(seen: Seen, index: CouncilIndex) -> Decision:
    """Who the row is, where `by_identifier` left it open; the index must know those born on its day and its names."""
    lead = _lead(seen, index)
    if lead is not None:
        return _doubtful_upn(seen, lead, index)
    missing: Reason = "UPN_MISSING" if seen.upn is None else "UPN_UNKNOWN"
    local = index.by_admission(seen)
    known = {pupil.pupil_id: pupil for pupil in (*local, *_neighbours(seen, index))}
    if len(known) > TOO_MANY:
        return Decision("possible", "details", None, (missing, "TOO_MANY"))
    return _from_candidates(seen, [known[pupil_id] for pupil_id in sorted(known)], local, missing)


def is_permanent(upn: str | None) -> bool:
    """Whether a UPN is one for life: a temporary one ends in a letter."""
    return upn is not None and upn[-1].isdigit()


def _lead(seen: Seen, index: CouncilIndex) -> Lead | None:
    """Former UPNs count only where the row's own UPN is nobody's."""
    if holders := index.by_upn(seen.upn):
        return Lead("upn", "UPN_SAME", holders)
    if holders := index.by_former_upn(seen.upn):
        return Lead("old_upn", "OLD_UPN_SENT", holders)
    if holders := index.by_upn(seen.former_upn):
        return Lead("former_upn", "UPN_CHANGED", holders)
    return None


def _by_admission(seen: Seen, index: CouncilIndex) -> Decision | None:
    """Numbers begin anew when a school changes its system, so everything else has to agree."""
    local = index.by_admission(seen)
    if len(local) != 1 or _two_upns(seen, local[0]):
        return None
    evidence = compare(seen, local[0])
    if evidence.dob != "exact" or not evidence.names_agree:
        return None
    score = evidence.score(identified=True)
    return Decision("certain", "admission_number", score, ("ADMISSION_NUMBER_SAME",), (local[0].pupil_id,))


def _doubtful_upn(seen: Seen, lead: Lead, index: CouncilIndex) -> Decision:
    holder = lead.holders[0]
    evidence = compare(seen, holder)
    judged = verdict(evidence)
    score = evidence.score(identified=True)
    if judged.outcome == "unless_nearer":
        nearer = [other for other in index.by_dob(seen.dob) if other != holder and _as_near(seen, other, holder)]
        if not nearer:
            return Decision("certain", lead.path, score, (lead.reason, *judged.reasons), (holder.pupil_id,))
        return Decision("possible", lead.path, score, (lead.reason, "TWIN_NEARER"), _shown([holder, *nearer]))
    taken = [other for other in index.by_upn(seen.former_upn) if other != holder]
    reasons: tuple[Reason, ...] = (lead.reason, *judged.reasons, *(("UPN_TAKEN",) if taken else ()))
    others = [other for other in _neighbours(seen, index) if _agrees(compare(seen, other))]
    return Decision("possible", lead.path, score, reasons, _shown([holder, *taken, *_best_first(seen, others)]))


def _as_near(seen: Seen, other: CouncilPupil, holder: CouncilPupil) -> bool:
    """Whether a child of the same day and surname has a forename no less like the row's than the holder's is."""
    if compare(seen, other).surname not in AGREEING:
        return False
    theirs, held = compare_forenames(seen, other), compare_forenames(seen, holder)
    if theirs == held == "near":
        forename = normalised(seen.forename or "")
        near, held_near = (likeness(forename, normalised(p.first_name or "")) for p in (other, holder))
        return near >= held_near
    return _NEARNESS[theirs] >= _NEARNESS[held]


def _neighbours(seen: Seen, index: CouncilIndex) -> Found:
    return (*index.by_dob(seen.dob), *index.by_names(name_key(seen.forename, seen.surname)))


def _from_candidates(seen: Seen, candidates: list[CouncilPupil], local: Found, missing: Reason) -> Decision:
    """Without an identifier that holds nothing is certain: common names and dates of birth do repeat."""
    evidence = {pupil.pupil_id: compare(seen, pupil) for pupil in candidates}
    agreeing = [pupil for pupil in candidates if _agrees(evidence[pupil.pupil_id])]
    strangers = [pupil for pupil in candidates if pupil not in agreeing and not _two_upns(seen, pupil)]
    similar = [pupil for pupil in strangers if _is_similar(evidence[pupil.pupil_id])]
    twins = [pupil for pupil in candidates if _is_twin(evidence[pupil.pupil_id])]
    numbered = [pupil for pupil in local if pupil in strangers]
    if agreeing:
        return _asked(seen, agreeing, (missing, *_agreement(seen, agreeing)))
    if numbered:
        return _asked(seen, [*numbered, *similar], (missing, "ADMISSION_NUMBER_DIFFERS"))
    if similar:
        return _asked(seen, similar, (missing, "DETAILS_SIMILAR"))
    if twins and not (is_permanent(seen.upn) and len(normalised(seen.forename or "")) > 1):
        return _asked(seen, twins, (missing, "TWIN_OR_RENAMED"))
    return Decision("new", "none", None, (missing, "TWIN_OF_KNOWN" if twins else "NO_CANDIDATE"))


def _agreement(seen: Seen, agreeing: list[CouncilPupil]) -> tuple[Reason, ...]:
    several: Reason = "DETAILS_AMBIGUOUS" if len(agreeing) > 1 else "DETAILS_AGREE"
    return (several, "TWO_UPNS") if all(_two_upns(seen, pupil) for pupil in agreeing) else (several,)


def _asked(seen: Seen, pupils: list[CouncilPupil], reasons: tuple[Reason, ...]) -> Decision:
    best = _best_first(seen, pupils)
    return Decision("possible", "details", compare(seen, best[0]).score(identified=False), reasons, _shown(best))


def _best_first(seen: Seen, pupils: Iterable[CouncilPupil]) -> list[CouncilPupil]:
    return sorted(pupils, key=lambda pupil: (-compare(seen, pupil).score(identified=False), pupil.pupil_id))


def _shown(pupils: Iterable[CouncilPupil]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pupil.pupil_id for pupil in pupils))[:MOST_SHOWN]


def _agrees(evidence: Evidence) -> bool:
    return evidence.dob == "exact" and evidence.names_agree


def _is_similar(evidence: Evidence) -> bool:
    """The same day and surname with a forename that may be the same, or the same names and a date that may be."""
    if evidence.dob == "exact":
        return evidence.surname in {*AGREEING, "near"} and evidence.forename != "unlike"
    return evidence.names_agree and (evidence.dob in CLOSE_DOB or evidence.dob == "missing")


def _is_twin(evidence: Evidence) -> bool:
    return evidence.dob == "exact" and evidence.surname in AGREEING and evidence.forename == "unlike"


def _two_upns(seen: Seen, pupil: CouncilPupil) -> bool:
    """Both have a UPN for life, and not the same: two children, or one whose UPN was given out twice."""
    known = {upn for upn in (pupil.upn, pupil.former_upn) if upn}
    return is_permanent(seen.upn) and is_permanent(pupil.upn) and seen.upn not in known and seen.former_upn not in known
