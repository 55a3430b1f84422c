"""What a piece of work changes, worked out without a database.

Which pupil keys have given way to others, who each row is, which claims contend, what clerks have answered, and what
the council's snapshot says of each child. Whom a file shows is in `showing`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import polars as pl

from consumers.matching.deciding import NO_ANSWERS, decide
from consumers.matching.index import CouncilIndex
from consumers.matching.pupils import Answers, Match, Seen
from consumers.matching.rules import Rules
from consumers.matching.showing import Roll

_CHILD_FIELDS: Final = (
    "upn", "former_upn", "first_name", "surname", "preferred_name", "dob", "gender", "social_worker", "dfe_no",
    "admission_number",
)  # fmt: skip


class Link(NamedTuple):
    """What may tie a pupil key to a later one of the same child."""

    pupil_key: str
    former_upn: str | None
    admission_number: str | None
    id_key: str | None
    reported: tuple[str, ...]
    superseded: bool


def given_way(links: Sequence[Link], roll: Roll) -> set[str]:
    """The keys that have given way to a later key of the same child.

    A key has, when a later delivery without it carries its UPN as somebody's Former UPN, its admission number, or its
    surname, forename and date of birth, and everything reported under it is reported there: what still stands under
    the old key in a view must still be matched.
    """
    missing = [link for link in links if roll.last_seqs[link.pupil_key] < roll.delivery_seq]
    if not missing:
        return set()
    followers: defaultdict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in links:
        for kind, value in zip(("upn", "admission", "id"), link[1:4], strict=True):
            if value is not None:
                followers[kind, value].append(link)
    return {link.pupil_key for link in missing if _has_given_way(link, followers, roll.last_seqs)}


def decided(
    rows: Iterable[Seen], index: CouncilIndex, rules: Rules, answers: Mapping[str, Answers] = MappingProxyType({})
) -> list[Match]:
    """Who each row is by itself; what clerks answered by question."""
    return [Match(seen, decide(seen, index, rules, answers.get(seen.question, NO_ANSWERS))) for seen in rows]


def judged(matches: Sequence[Match]) -> list[Match]:
    """The same matches, contested where two keys of a school claim one child for the same year or suspension.

    A clerk's word is never contested: then it is the other key that is a question.
    """
    claims: defaultdict[tuple[str, str, str], list[Match]] = defaultdict(list)
    for match in matches:
        if (claimed := match.decision.claims) is not None:
            claims[match.seen.dfe_no, match.seen.dataset, claimed].append(match)
    contested = {
        (match.seen.dfe_no, match.seen.pupil_key)
        for rivals in claims.values()
        if len(rivals) > 1
        for match in rivals
        if match.decision.path != "clerk" and _contends(match, rivals)
    }
    return [match.judged(contested=(match.seen.dfe_no, match.seen.pupil_key) in contested) for match in matches]


class Answer(NamedTuple):
    """The last word of a clerk on one child and one question."""

    question: str
    pupil_id: str | None
    answer: str


def answered(last_words: Iterable[Answer]) -> dict[str, Answers]:
    """What clerks have answered, by question. The last words come oldest first: of two children the later is it."""
    by_question: defaultdict[str, Answers] = defaultdict(Answers)
    for asked, pupil_id, answer in last_words:
        before = by_question[asked]
        if answer == "same":
            by_question[asked] = before._replace(same=pupil_id)
        elif answer == "different" and pupil_id:
            by_question[asked] = before._replace(different=before.different | {pupil_id})
        elif answer == "cannot_tell":
            by_question[asked] = before._replace(cannot_tell=before.cannot_tell | {pupil_id or ""})
    return dict(by_question)


def children(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per child of the council's snapshot: of each field the first value sent; sealed where any row says so."""
    return (
        rows.sort("row")
        .group_by("pupil_id", maintain_order=True)
        .agg(
            *(pl.col(name).drop_nulls().first() for name in _CHILD_FIELDS),
            pl.col("sealed").any(),
            pl.col("delivery_seq", "row").first(),
        )
    )


def periods(rows: pl.DataFrame) -> pl.DataFrame:
    """The looked-after periods of each child; of two with one first day the longer."""
    return (
        rows.filter(pl.col("looked_after_from").is_not_null())
        .sort("looked_after_to", nulls_last=True)
        .group_by("pupil_id", first_day="looked_after_from", maintain_order=True)
        .agg(last_day=pl.col("looked_after_to").last())
    )


def _has_given_way(
    link: Link, followers: Mapping[tuple[str, str], Sequence[Link]], last_seqs: Mapping[str, int]
) -> bool:
    named = (("upn", link.pupil_key), ("admission", link.admission_number), ("id", link.id_key))
    later = [
        follower
        for kind, value in named
        for follower in (followers.get((kind, value), ()) if value is not None else ())
        if last_seqs[follower.pupil_key] > last_seqs[link.pupil_key]
    ]
    reported = {item for follower in later for item in follower.reported}
    return bool(later) and reported.issuperset(link.reported)


def _contends(match: Match, rivals: Sequence[Match]) -> bool:
    mine = set(match.seen.reported)
    return any(rival is not match and not mine.isdisjoint(rival.seen.reported) for rival in rivals)
