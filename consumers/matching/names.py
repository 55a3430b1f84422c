"""Names as they are compared: without case, accents, apostrophes and hyphens; and how alike two of them are.

The original spelling is kept elsewhere. Nothing here knows a pupil.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

NEAR: Final = 0.88
"""Jaro-Winkler likeness from which two names may be one name spelt in two ways."""

_WHOLE_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "\u0131": "i"}
)
_APOSTROPHES: Final = re.compile(r"['`\u00b4\u02b9\u02bb\u02bc\u2018\u2019\u201b\u2032]")
_NO_LETTER: Final = re.compile(r"[\W_]+")
_PREFERRED: Final = re.compile(r"[/,;()]")
_LONGEST_PREFIX: Final = 4
_PREFIX_WEIGHT: Final = 0.1


@lru_cache(maxsize=65_536)
def normalised(name: str) -> str:
    """The form in which names are compared; empty where nothing of a name is left."""
    folded = name.casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
        folded = bare.casefold().translate(_WHOLE_LETTERS)
    return _NO_LETTER.sub(" ", _APOSTROPHES.sub("", folded)).strip()


def preferred_names(preferred: str | None) -> tuple[str, ...]:
    """The names that a school or the council lists as those a child is known by, normalised."""
    names = (normalised(name) for name in _PREFERRED.split(preferred or ""))
    return tuple(name for name in names if name)


def name_key(forename: str | None, surname: str | None) -> str | None:
    """The same for the same names in any order; null unless there is a forename and a surname."""
    first, last = normalised(forename or ""), normalised(surname or "")
    return " ".join(sorted(f"{first} {last}".split())) if first and last else None


def likeness(one: str, other: str) -> float:
    """Jaro-Winkler: 1 for equal names, 0 for names without a letter in common."""
    jaro = _jaro(one, other)
    prefix = 0
    while prefix < min(len(one), len(other), _LONGEST_PREFIX) and one[prefix] == other[prefix]:
        prefix += 1
    return jaro + prefix * _PREFIX_WEIGHT * (1 - jaro)


def _jaro(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    mine, theirs = _letters_in_common(one, other), _letters_in_common(other, one)
    if not mine:
        return 0.0
    out_of_order = sum(a != b for a, b in zip(mine, theirs, strict=True)) / 2
    count = len(mine)
    return (count / len(one) + count / len(other) + (count - out_of_order) / count) / 3


def _letters_in_common(one: str, other: str) -> list[str]:
    """The letters of one that stand in the other too, not far from the same place, each letter used once."""
    reach = max(len(one), len(other)) // 2 - 1
    unused = list(other)
    found: list[str] = []
    for place, letter in enumerate(one):
        first = max(0, place - reach)
        window = unused[first : place + reach + 1]
        if letter in window:
            unused[first + window.index(letter)] = ""
            found.append(letter)
    return found
