"""Seeded randomness: one independent stream for each purpose and school, so that adding a draw in one place moves nothing elsewhere."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, purpose: str, *keys: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *keys])
