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

_IDENTITY: Final = {
    "attendance": (
        "row", "upn", "former_upn", "admission_number", "first_name", "surname", "preferred_name", "dob", "gender",
    ),
    "exclusions": ("row", "upn", "forename", "surname", "dob", "id_key"),
}  # fmt: skip
"""Who a row is, and what links it to rows of another key."""

_FORENAME: Final = {"attendance": "first_name", "exclusions": "forename"}
_SEEN: Final = ("upn", "former_upn", "admission_number", "forename", "surname", "preferred_name", "dob", "gender")
_REPORTED: Final = {"attendance": ("academic_year",), "exclusions": ("start_date", "type")}
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
    doubled: frozenset[str]
    secret_key: bytes

    def at(self, places: Sequence[int]) -> list[Shown]:
        """The pupils at some places."""
        return [self._shown(place, *self.pupils.row(place)) for place in places]

    def _shown(self, place: int, *fields: Any) -> Shown:
        sent = dict(zip(self.pupils.columns, fields, strict=True))
        key, identity = self.keys[place], (sent.get(name) for name in _SEEN)
        source = (self.sender, self.dataset, key, self.delivery_seq, sent["row"])
        reported = tuple(self.reported[place].split(BETWEEN))
        forename = sent[_FORENAME[self.dataset]]
        unasked = Seen._make((*source, *identity, reported, key in self.doubled, ""))._replace(forename=forename)
        seen = unasked._replace(question=question(unasked, self.secret_key))
        return Shown(seen, sent.get("id_key"), self.fingerprints[place])


def shown(delivery: Delivery, secret_key: bytes) -> Page:
    """The pupils of a school's delivery, each with the identity of its latest start date, the last row of those."""
    begun, rows = delivery.begun, delivery.rows
    if not rows["start_date"].is_sorted():
        rows = rows.sort("start_date", "row")
    all_keys = rows["pupil_key"].to_list()
    last = dict(zip(all_keys, range(len(all_keys)), strict=True))
    pupils = rows[list(_IDENTITY[begun.dataset])]
    if len(last) < len(all_keys):
        pupils = pupils[list(last.values())]
    doubled = _doubled(rows, all_keys, list(last.values()), _FORENAME[begun.dataset])
    return Page(
        begun.sender,
        begun.dataset,
        begun.delivery_seq,
        pupils,
        list(last),
        _fingerprints(pupils, [key in doubled for key in last], secret_key[:_LONGEST_KEY]),
        _reported(rows, all_keys, _REPORTED[begun.dataset]),
        doubled,
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


def _fingerprints(pupils: pl.DataFrame, doubled: list[bool], key: bytes) -> list[str]:
    """A keyed hash of all that a row says of who it is; the row's number is no part of it."""
    fields = [pl.col(name).cast(pl.String).fill_null("") for name in pupils.columns[1:]]
    told = pupils.select(told=pl.concat_str(fields, separator=BETWEEN))["told"].to_list()
    return [
        blake2b(text.encode(), digest_size=16, key=key, person=b"doubled" if twice else b"").hexdigest()
        for text, twice in zip(told, doubled, strict=True)
    ]


def _reported(rows: pl.DataFrame, all_keys: list[str], columns: tuple[str, ...]) -> list[str]:
    """What is reported under each key, in the order in which the keys first appear."""
    told_of = [rows[column].to_list() for column in columns]
    alike = set(zip(*told_of, strict=True))
    if len(alike) == 1:
        return ["/".join(map(str, *alike))] * len(set(all_keys))
    reported: dict[str, set[str]] = {key: set() for key in all_keys}
    for key, *told in set(zip(all_keys, *told_of, strict=True)):
        reported[key].add("/".join(map(str, told)))
    return [BETWEEN.join(sorted(told)) for told in reported.values()]


def _doubled(rows: pl.DataFrame, all_keys: list[str], latest: list[int], forename: str) -> frozenset[str]:
    """The keys under which the file has rows of two people: another forename altogether, or another date of birth."""
    people = list(zip(all_keys, rows[forename].to_list(), rows["dob"].to_list(), strict=True))
    different = set(people)
    if len(different) == len(latest):
        return frozenset()
    heads = {people[place][0]: _person(*people[place][1:]) for place in latest}
    rules = current()
    return frozenset(key for key, *fields in different if _another(heads[key], _person(*fields), rules))


def _person(forename: str | None, dob: date | None) -> Person:
    return Person(normalised(forename or ""), "", (), dob)


def _another(one: Person, other: Person, rules: Rules) -> bool:
    if compare_dob(one.dob, other.dob) == "unlike":
        return True
    return compare_forenames(one, other, rules) in UNLIKE_FORENAMES
