"""Identifiers that are the same for the same thing, whenever and wherever they are made."""

from __future__ import annotations

import hashlib
import uuid


def stable_id(*parts: object, secret: bytes = b"") -> str:
    """A UUID of the parts; keyed with a secret, where it leaves the database: then no part can be guessed from it."""
    text = "\x1f".join(str(part) for part in parts)
    digest = hashlib.blake2b(text.encode(), key=secret[: hashlib.blake2b.MAX_KEY_SIZE], digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=5))
