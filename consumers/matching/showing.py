"""Whom a school's file shows, in columns; and what of it is not as it was last time.

A weekly file repeats the whole school: nearly every pupil is as before, and nothing is made of those but a keyed hash.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import polars as pl

from consumers.matching.evidence import UNLIKE_FORENAMES, Person, compare_dob, compare_forenames
from consumers.matching.names import normalised
from consumers.matching.pupils import Seen
from consumers.matching.rules import Rules, current
from consumers.runtime.work import Delivery

BETWEEN: Final = "\x1f"
"""Stands between the fields of an identity, and between what has been reported; in no field of a file."""

_LATEST: Final = (pl.col("start_date").cast(pl.Int64) * 2**32 + pl.col("row")).max() % 2**32
"""The row with the latest start date of all, the last of those with the same."""

_NOT_SENT: Final = pl.lit(None, dtype=pl.String)
_FORENAME: Final = {"attendance": "first_name", "exclusions": "forename"}
_IDENTITY: Final[dict[str, tuple[pl.Expr | str, ...]]] = {
    "attendance": (
        "upn", "former_upn", "admission_number", pl.col("first_name").alias("forename"), "surname", "preferred_name",
        "dob", "gender", _NOT_SENT.alias("id_key"),
    ),
    "exclusions": (
        "upn", _NOT_SENT.alias("former_upn"), _NOT_SENT.alias("admission_number"), "forename", "surname",
        _NOT_SENT.alias("preferred_name"), "dob", _NOT_SENT.alias("gender"), "id_key",
    ),
}  # fmt: skip
"""Who a row is, and what links it to rows of another key."""
_FIELDS: Final = (
    "upn", "former_upn", "admission_number", "forename", "surname", "preferred_name", "dob", "gender", "id_key",
    "doubled",
)  # fmt: skip

_REPORTED: Final[dict[str, pl.Expr]] = {
    "attendance": pl.col("academic_year").cast(pl.String),
    "exclusions": pl.col("start_date").dt.to_string("iso") + "/" + pl.col("type"),
}
_LONGEST_KEY: Final = 64
_QUESTION_DIGITS: Final = 16


class Shown(NamedTuple):
    """One pupil of a file: its identity, what links it to another key of the same child, and a keyed hash of both."""

    seen: Seen
    id_key: str | None
    fingerprint: str


class Remembered(NamedTuple):
    """What is held of a pupil key; `reported` as a `Page` has it."""

    fingerprint: str
    reported: str


class Changes(NamedTuple):
    """New identities, and more that has been reported under keys whose identity stays."""

    identities: list[Shown]
    reported: dict[str, tuple[str, ...]]

    @property
    def keys(self) -> set[str]:
        """The keys to judge."""
        return {pupil.seen.pupil_key for pupil in self.identities} | self.reported.keys()


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


@dataclass(frozen=True, slots=True)
class Page:
    """The pupils of a file: columns with one row a pupil key, and in the same order what tells a change."""

    sender: str
    dataset: str
    delivery_seq: int
    pupils: pl.DataFrame
    keys: list[str]
    fingerprints: list[str]
    reported: list[str]
    secret_key: bytes

    def at(self, places: Sequence[int]) -> list[Shown]:
        """The pupils at some places."""
        return [self._shown(place, *row) for place, row in zip(places, self.pupils[places].iter_rows(), strict=True)]

    def _shown(self, place: int, row: int, *fields: Any) -> Shown:
        *identity, id_key, doubled = fields
        reported = tuple(self.reported[place].split(BETWEEN))
        source = (self.sender, self.dataset, self.keys[place], self.delivery_seq, row)
        unasked = Seen._make((*source, *identity, reported, doubled, ""))
        seen = unasked._replace(question=question(unasked, self.secret_key))
        return Shown(seen, id_key, self.fingerprints[place])


def shown(delivery: Delivery, secret_key: bytes) -> Page:
    """The pupils of a school's delivery, each with the identity of its latest start date, the last row of those."""
    begun, rows = delivery.begun, delivery.rows
    person = pl.col(_FORENAME[begun.dataset]).hash() ^ pl.col("dob").hash(1)
    heads = rows.group_by("pupil_key").agg(
        _REPORTED[begun.dataset].unique().sort().str.join(BETWEEN).alias("reported"),
        row=_LATEST.cast(pl.Int32),
        varied=person.min() != person.max(),
    )
    latest = rows.select("row", *_IDENTITY[begun.dataset]).join(heads, on="row").sort("row")
    doubled = pl.col("pupil_key").is_in(_doubled(rows, latest, _FORENAME[begun.dataset]))
    pupils = latest.with_columns(doubled=doubled).select("row", *_FIELDS)
    told = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in _FIELDS], separator=BETWEEN)
    key = secret_key[:_LONGEST_KEY]
    return Page(
        begun.sender,
        begun.dataset,
        begun.delivery_seq,
        pupils,
        latest["pupil_key"].to_list(),
        [blake2b(text.encode(), digest_size=16, key=key).hexdigest() for text in pupils.select(told)["upn"].to_list()],
        latest["reported"].to_list(),
        secret_key,
    )


def question(seen: Seen, secret_key: bytes) -> str:
    """A keyed hash of who is shown: what a clerk is asked about, and what an answer holds for."""
    who = (
        seen.dfe_no, seen.pupil_key, seen.upn, seen.former_upn, normalised(seen.forename or ""),
        normalised(seen.surname or ""), seen.dob, seen.doubled,
    )  # fmt: skip
    told = BETWEEN.join("" if value is None else str(value) for value in who)
    return hmac.digest(secret_key, told.encode(), "sha256").hex()[:_QUESTION_DIGITS]


def changes(page: Page, held: Mapping[str, Remembered], roll: Roll) -> Changes:
    """What has to be written.

    `roll` is that before the delivery: an identity gives way only to one of a later delivery.
    """
    places = {
        place: held.get(key)
        for place, (key, *now) in enumerate(zip(page.keys, page.fingerprints, page.reported, strict=True))
        if held.get(key) != tuple(now)
    }
    reported = {place: _united(page.reported[place], before) for place, before in places.items()}
    turned = [
        place
        for place, before in places.items()
        if before is None
        or (
            page.fingerprints[place] != before.fingerprint
            and page.delivery_seq > roll.last_seqs.get(page.keys[place], 0)
        )
    ]
    identities = [
        pupil._replace(seen=pupil.seen._replace(reported=reported[place]))
        for place, pupil in zip(turned, page.at(turned), strict=True)
    ]
    more = {
        page.keys[place]: reported[place]
        for place, before in places.items()
        if before is not None and BETWEEN.join(reported[place]) != before.reported
    }
    return Changes(identities, {key: told for key, told in more.items() if key not in {page.keys[p] for p in turned}})


def _united(reported: str, before: Remembered | None) -> tuple[str, ...]:
    told = set(reported.split(BETWEEN))
    return tuple(sorted(told if before is None else told.union(before.reported.split(BETWEEN))))


def _doubled(rows: pl.DataFrame, latest: pl.DataFrame, forename: str) -> list[str]:
    """The keys under which the file has rows of two people: another forename altogether, or another date of birth."""
    varied = latest.filter("varied")
    if varied.is_empty():
        return []
    heads = {
        key: _person(*fields) for key, *fields in varied.select("pupil_key", "forename", "surname", "dob").iter_rows()
    }
    theirs = (
        rows.filter(pl.col("pupil_key").is_in(list(heads))).select("pupil_key", forename, "surname", "dob").unique()
    )
    rules = current()
    return sorted({key for key, *fields in theirs.iter_rows() if _another(heads[key], _person(*fields), rules)})


def _person(forename: str | None, surname: str | None, dob: date | None) -> Person:
    return Person(normalised(forename or ""), normalised(surname or ""), (), dob)


def _another(one: Person, other: Person, rules: Rules) -> bool:
    if compare_dob(one.dob, other.dob) == "unlike":
        return True
    return compare_forenames(one, other, rules) in UNLIKE_FORENAMES
