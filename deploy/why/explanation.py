"""What an explanation of one view is, and what it may look at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import asyncpg

from schemas.process.settings import Settings


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers come from: the database (`reporting` is the search path), and the topics, read-only."""

    connection: asyncpg.Connection
    settings: Settings


Explain = Callable[[Sources, Sequence[str]], Awaitable[list[str]]]
"""From the words of a key to the lines to print, in plain words; no line: nothing is known of the key.

Called inside one read-only transaction, with as many words as the explanation states, as typed. The driver's errors
are translated by the caller. Raises `ConfigError` for a word that cannot be one of the key, naming the word's place.
"""


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one view is explained.

    Attributes:
        shows: one line for `--help`: what is told.
        key: the words that name a row of the view, as `--help` shows them.
        optional: words that may follow.
        example: a whole key, invented.
        explain: tells it.

    """

    shows: str
    key: tuple[str, ...]
    example: str
    explain: Explain
    optional: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """The words of the key, optional ones in brackets."""
        return " ".join([*self.key, *(f"[{word}]" for word in self.optional)])

    def takes(self, words: int) -> bool:
        """Whether a key may have so many words."""
        return len(self.key) <= words <= len(self.key) + len(self.optional)
