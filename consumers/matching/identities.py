"""What is published of a match: who (school, pupil key) is, as the other consumers need it.

No more often than it changes. A key that has given way to another is said to be nobody.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from consumers.matching.pupils import Care, Match
from consumers.runtime.outbox import Outgoing
from schemas import codec
from schemas.events import PupilIdentity
from schemas.topics import IDENTITIES, partition_of, topics

Key = tuple[str, str]
_NOTHING: Final = Care()


class Published(NamedTuple):
    """How often something has been said of a key, and a keyed hash of what was said last."""

    version: int = 0
    content: str = ""


class Said(NamedTuple):
    """One new statement."""

    identity: PupilIdentity
    published: Published

    @property
    def key(self) -> Key:
        """School and pupil key."""
        return self.identity.dfe_no, self.identity.pupil_key


def identity_of(match: Match, care: Mapping[str, Care]) -> PupilIdentity:
    """What others learn: only of a child that is certain, whether it is in care."""
    pupil_id = match.pupil_id
    known = _NOTHING if pupil_id is None else care.get(pupil_id, _NOTHING)
    return PupilIdentity(match.seen.dfe_no, match.seen.pupil_key, pupil_id, match.outcome, *known)


def nobody(key: Key) -> PupilIdentity:
    """What others learn of a key that has given way."""
    return PupilIdentity(*key, pupil_id=None, outcome="new")


def news(identities: Iterable[PupilIdentity], held: Mapping[Key, Published], secret_key: bytes) -> list[Said]:
    """The statements that differ from what was said last, each with its version."""
    said = []
    for identity in identities:
        before = held.get((identity.dfe_no, identity.pupil_key), Published())
        content = _content(identity, secret_key)
        if content != before.content:
            said.append(Said(identity, Published(before.version + 1, content)))
    return said


def outgoing(said: Said, secret_key: bytes) -> Outgoing:
    """The record to publish, on the school's partition; its key tells nobody the pupil key."""
    dfe_no, pupil_key = said.key
    key = f"{dfe_no}/{_keyed_hash(secret_key, pupil_key)[:16]}"
    return Outgoing(
        topic=IDENTITIES,
        partition=partition_of(dfe_no, topics()[IDENTITIES].partitions),
        key=key,
        value=codec.encode(said.identity),
        outbox_key=f"identity/{key}/{said.published.version}",
    )


def _content(identity: PupilIdentity, secret_key: bytes) -> str:
    periods = ";".join(f"{period.first_day}/{period.last_day}" for period in identity.looked_after)
    told = f"{identity.outcome}|{identity.social_worker}|{periods}|{identity.pupil_id}"
    return _keyed_hash(secret_key, told)[:32]


def _keyed_hash(secret_key: bytes, text: str) -> str:
    return hmac.digest(secret_key, text.encode(), "sha256").hex()
