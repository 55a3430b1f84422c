"""Names as they are compared: without case, accents, apostrophes and hyphens; how alike two are, and how they sound.

The original spelling is kept elsewhere. Nothing here knows a pupil.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import JaroWinkler

_WHOLE_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "\u0131": "i"}
)
_APOSTROPHES: Final = re.compile(r"['`\u00b4\u02b9\u02bb\u02bc\u2018\u2019\u201b\u2032]")
_NO_LETTER: Final = re.compile(r"[\W_]+")
_PREFERRED: Final = re.compile(r"[/,;()]")
_SOUNDS: Final = {
    letter: digit for digit, letters in enumerate(["bfpv", "cgjkqsxz", "dt", "l", "mn", "r"], 1) for letter in letters
}
_SILENT: Final = frozenset("hw")
_CODE_LENGTH: Final = 4
_START: Final = 4


@lru_cache(maxsize=131_072)
def normalised(name: str) -> str:
    """The form in which names are compared; empty where nothing of a name is left."""
    folded = name.casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
        folded = bare.casefold().translate(_WHOLE_LETTERS)
    return _NO_LETTER.sub(" ", _APOSTROPHES.sub("", folded)).strip()


def mixes_scripts(name: str) -> bool:
    """Whether letters of two scripts stand in a name: real names do, and so does one that imitates another."""
    if name.isascii():
        return False
    return len({unicodedata.name(letter, "").partition(" ")[0] for letter in name if letter.isalpha()}) > 1


@lru_cache(maxsize=16_384)
def preferred_names(preferred: str) -> tuple[str, ...]:
    """The names that a school or the council lists as those a child is known by, normalised."""
    names = (normalised(name) for name in _PREFERRED.split(preferred))
    return tuple(name for name in names if name)


def name_key(forename: str, surname: str) -> str | None:
    """The same for the same normalised names in any order; null unless there are both."""
    if not forename or not surname:
        return None
    if " " in forename or " " in surname:
        return " ".join(sorted(f"{forename} {surname}".split()))
    return f"{forename} {surname}" if forename < surname else f"{surname} {forename}"


def sound_key(forename: str, surname: str) -> str | None:
    """The same for normalised names that sound alike, in any order; null where one cannot be sounded."""
    first, last = soundex(forename.partition(" ")[0]), soundex(surname)
    if not first or not last:
        return None
    return f"{first}{last}" if first < last else f"{last}{first}"


def start_key(forename: str, surname: str) -> str | None:
    """The same for normalised names that begin alike, in any order; null unless there are both."""
    return name_key(forename[:_START], surname[:_START])


@lru_cache(maxsize=131_072)
def soundex(name: str) -> str:
    """The American Soundex code of a normalised name; empty without a letter from a to z."""
    letters = [letter for letter in name if "a" <= letter <= "z"]
    if not letters:
        return ""
    code, before = letters[0], _SOUNDS.get(letters[0], 0)
    for letter in letters[1:]:
        sound = _SOUNDS.get(letter, 0)
        if sound and sound != before:
            code += str(sound)
        if letter not in _SILENT:
            before = sound
    return code[:_CODE_LENGTH].ljust(_CODE_LENGTH, "0")


def likeness(one: str, other: str) -> float:
    """Jaro-Winkler: 1 for equal names, 0 for names without a letter in common."""
    return JaroWinkler.similarity(one, other)
