"""What a piece of work changes, worked out without a database.

Which identities a file shows, which pupil keys have given way to others, which claims contend, and what the council's
snapshot says of each child.
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import polars as pl

from consumers.matching.deciding import decide
from consumers.matching.index import CouncilIndex
from consumers.matching.names import name_key
from consumers.matching.pupils import Match, Seen
from consumers.runtime.work import Delivery

_LATEST: Final = (pl.col("start_date").cast(pl.Int64) * 2**32 + pl.col("row")).max() % 2**32
"""The row with the latest start date of all, the last of those with the same."""

_NOT_SENT: Final = pl.lit(None, dtype=pl.String)
_IDENTITY: Final[dict[str, tuple[pl.Expr | str, ...]]] = {
    "attendance": (
        "upn", "former_upn", "admission_number", "first_name", "surname", "preferred_name", "dob", "gender",
        _NOT_SENT.alias("id_key"),
    ),
    "exclusions": (
        "upn", _NOT_SENT.alias("former_upn"), _NOT_SENT.alias("admission_number"), "forename", "surname",
        _NOT_SENT.alias("preferred_name"), "dob", _NOT_SENT.alias("gender"), "id_key",
    ),
}  # fmt: skip
"""Who a row is, in the order of `Seen`, and what links it to rows of another key."""

_REPORTED: Final[dict[str, pl.Expr]] = {
    "attendance": pl.col("academic_year").cast(pl.String),
    "exclusions": pl.col("start_date").dt.to_string("iso") + "/" + pl.col("type"),
}

_CHILD_FIELDS: Final = (
    "upn", "former_upn", "first_name", "surname", "preferred_name", "dob", "gender", "social_worker", "dfe_no",
    "admission_number",
)  # fmt: skip


class Shown(NamedTuple):
    """One pupil of a file: its identity, a keyed hash of it, and what links it to another key of the same child."""

    seen: Seen
    id_key: str | None
    fingerprint: str


class Changes(NamedTuple):
    """New identities, and more that has been reported under keys whose identity stays."""

    identities: list[Shown]
    reported: list[Seen]

    @property
    def keys(self) -> set[str]:
        """The keys to judge."""
        return {pupil.seen.pupil_key for pupil in self.identities} | {seen.pupil_key for seen in self.reported}


class Remembered(NamedTuple):
    """What is held of a pupil key."""

    fingerprint: str
    reported: Sequence[str]


@dataclass(frozen=True, slots=True)
class Roll:
    """The newest delivery of a school and dataset, and for every key it ever carried the last delivery that did."""

    delivery_seq: int = 0
    last_seqs: Mapping[str, int] = field(default_factory=dict)

    def after(self, delivery_seq: int, keys: Iterable[str]) -> Roll:
        """The roll with one more delivery, in whatever order deliveries come."""
        carried = {key: max(delivery_seq, self.last_seqs.get(key, 0)) for key in keys}
        return Roll(max(self.delivery_seq, delivery_seq), {**self.last_seqs, **carried})

    @property
    def carried(self) -> frozenset[str]:
        """The keys of the newest delivery."""
        return frozenset(key for key, seq in self.last_seqs.items() if seq == self.delivery_seq)


class Link(NamedTuple):
    """What may tie a pupil key to a later one of the same child."""

    pupil_key: str
    former_upn: str | None
    admission_number: str | None
    id_key: str | None
    reported: tuple[str, ...]
    superseded: bool


def shown(delivery: Delivery, secret_key: bytes) -> list[Shown]:
    """The pupils of a school's delivery, each with the identity of its latest start date, the last row of those."""
    begun, rows = delivery.begun, delivery.rows
    reported = _REPORTED[begun.dataset].unique().sort().alias("reported")
    heads = rows.group_by("pupil_key").agg(reported, row=_LATEST.cast(pl.Int32))
    latest = rows.select("row", "delivery_seq", *_IDENTITY[begun.dataset]).join(heads, on="row").sort("row")
    return [
        Shown(
            Seen._make((begun.sender, begun.dataset, key, seq, row, *fields, tuple(told))),
            id_key,
            _fingerprint(secret_key, fields, id_key),
        )
        for row, seq, *fields, id_key, key, told in latest.iter_rows()
    ]


def changes(pupils: Iterable[Shown], held: Mapping[str, Remembered], roll: Roll) -> Changes:
    """What has to be written.

    `roll` is that before the delivery: an identity gives way only to one of a later delivery.
    """
    identities: list[Shown] = []
    reported: list[Seen] = []
    for pupil in pupils:
        key, before = pupil.seen.pupil_key, held.get(pupil.seen.pupil_key)
        if before is None:
            identities.append(pupil)
            continue
        seen = pupil.seen._replace(reported=tuple(sorted({*before.reported, *pupil.seen.reported})))
        if pupil.fingerprint != before.fingerprint and seen.delivery_seq > roll.last_seqs.get(key, 0):
            identities.append(pupil._replace(seen=seen))
        elif len(seen.reported) > len(before.reported):
            reported.append(seen)
    return Changes(identities, reported)


def given_way(links: Sequence[Link], roll: Roll) -> set[str]:
    """The keys that have given way to a later key of the same child.

    A key has, when a later delivery without it carries its UPN as somebody's Former UPN, its admission number, or its
    surname, forename and date of birth, and everything reported under it is reported there: what still stands under
    the old key in a view must still be matched.
    """
    followers: defaultdict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in links:
        for kind, value in zip(("upn", "admission", "id"), link[1:4], strict=True):
            if value is not None:
                followers[kind, value].append(link)
    return {link.pupil_key for link in links if _has_given_way(link, followers, roll.last_seqs)}


def decided(rows: Iterable[Seen], index: CouncilIndex) -> list[Match]:
    """Who each row is by itself."""
    return [Match(seen, decide(seen, index)) for seen in rows]


def judged(matches: Sequence[Match]) -> list[Match]:
    """The same matches, contested where two keys of a school claim one child for the same year or suspension."""
    claims: defaultdict[tuple[str, str, str], list[Match]] = defaultdict(list)
    for match in matches:
        if (claimed := match.decision.claims) is not None:
            claims[match.seen.dfe_no, match.seen.dataset, claimed].append(match)
    contested = {
        (match.seen.dfe_no, match.seen.pupil_key)
        for rivals in claims.values()
        if len(rivals) > 1
        for match in rivals
        if _contends(match, rivals)
    }
    return [match.judged(contested=(match.seen.dfe_no, match.seen.pupil_key) in contested) for match in matches]


def children(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per child of the council's snapshot: of each field the first value sent; sealed where any row says so."""
    children = (
        rows.sort("row")
        .group_by("pupil_id", maintain_order=True)
        .agg(
            *(pl.col(name).drop_nulls().first() for name in _CHILD_FIELDS),
            pl.col("sealed").any(),
            pl.col("delivery_seq", "row").first(),
        )
    )
    keys = [name_key(*names) for names in children.select("first_name", "surname").iter_rows()]
    return children.with_columns(name_key=pl.Series(keys, dtype=pl.String))


def periods(rows: pl.DataFrame) -> pl.DataFrame:
    """The looked-after periods of each child; of two with one first day the longer."""
    return (
        rows.filter(pl.col("looked_after_from").is_not_null())
        .sort("looked_after_to", nulls_last=True)
        .group_by("pupil_id", first_day="looked_after_from", maintain_order=True)
        .agg(last_day=pl.col("looked_after_to").last())
    )


def _fingerprint(secret_key: bytes, fields: Sequence[object], id_key: str | None) -> str:
    told = "\x1f".join("" if value is None else str(value) for value in (*fields, id_key))
    return hmac.digest(secret_key, told.encode(), "sha256").hex()[:32]


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
