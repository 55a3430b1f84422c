"""The record that tells the other consumers who a (school, pupil key) is. What is told, and when, is the store's."""

from __future__ import annotations

import hmac
from typing import Final, NamedTuple

from consumers.runtime.outbox import Outgoing
from schemas import codec
from schemas.events import PupilIdentity
from schemas.topics import IDENTITIES, partition_of, topics

_KEY_DIGITS: Final = 16


class Statement(NamedTuple):
    """Something new about a pupil key, numbered from 1."""

    version: int
    identity: PupilIdentity


def outgoing(statement: Statement, secret_key: bytes) -> Outgoing:
    """The record, on the school's partition; its key tells nobody the pupil key."""
    identity = statement.identity
    digest = hmac.digest(secret_key, identity.pupil_key.encode(), "sha256")
    key = f"{identity.dfe_no}/{digest.hex()[:_KEY_DIGITS]}"
    return Outgoing(
        topic=IDENTITIES,
        partition=partition_of(identity.dfe_no, topics()[IDENTITIES].partitions),
        key=key,
        value=codec.encode(identity),
        outbox_key=f"identity/{key}/{statement.version}",
    )
