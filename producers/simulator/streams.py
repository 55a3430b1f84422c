"""Seeded randomness: a stream for each purpose and school, so that one more draw somewhere moves nothing elsewhere."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, purpose: str, *keys: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *keys])
