"""What was agreed with one school about the form of its files, from the `Profile` cell of the agreement register."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from producers.feeds import upn
from schemas.errors import ConfigError

Dates = Literal["iso", "dmy"]
SessionsForm = Literal["plain", "separated", "fixed2", "collapsed"]
ExclusionsExtent = Literal["full", "latest"]

_ENCODINGS: Final = {"utf-8": "utf-8", "cp1252": "windows-1252"}
_DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_SUBSTITUTE: Final = re.compile(r"(.):([A-Z][0-9]{0,2})")


@dataclass(frozen=True, slots=True)
class Profile:
    """The agreed form; a blank profile is the rule of the house."""

    encoding: str = "utf-8"
    delimiter: str = ","
    dates: Dates | None = None
    sessions: SessionsForm | None = None
    days: Literal[5, 7] | None = None
    marks: tuple[tuple[str, str], ...] = ()
    exclusions: ExclusionsExtent | None = None
    test: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Profile:
        """The profile that `key=value;key=value` states.

        Raises:
            ConfigError: an unknown or repeated key, or a value that its key does not have; names keys only.

        """
        given: dict[str, Any] = {}
        for part in filter(None, (part.strip() for part in text.split(";"))):
            key, _, value = part.partition("=")
            _add(given, key.strip().lower(), value.strip())
        return cls(**given)


def _add(given: dict[str, Any], key: str, value: str) -> None:
    if key not in _READERS:
        raise ConfigError(f"Profile: one key is unknown; the keys are {', '.join(_READERS)}.")
    if key in given:
        raise ConfigError(f"Profile: {key} is stated twice; keep one.")
    try:
        given[key] = _READERS[key](value)
    except (KeyError, LookupError, ValueError):
        raise ConfigError(f"Profile: {key} has a value it cannot have; see the agreement register's manual.") from None


def _encoding(value: str) -> str:
    return _ENCODINGS[codecs.lookup(value).name]


def _marks(value: str) -> tuple[tuple[str, str], ...]:
    matches = [_SUBSTITUTE.fullmatch(item) for item in value.split(",")]
    pairs = tuple((match[1], match[2]) for match in matches if match)
    if len(pairs) != len(matches) or len(dict(pairs)) != len(pairs):
        raise ValueError
    return pairs


def _test(value: str) -> frozenset[str]:
    return frozenset(filter(None, (upn.normalise(item) for item in value.split(","))))


_DATES: Final[dict[str, Dates]] = {"iso": "iso", "dmy": "dmy"}
_SESSIONS: Final[dict[str, SessionsForm]] = {
    "plain": "plain",
    "separated": "separated",
    "fixed2": "fixed2",
    "collapsed": "collapsed",
}
_DAYS: Final[dict[str, Literal[5, 7]]] = {"5": 5, "7": 7}
_EXCLUSIONS: Final[dict[str, ExclusionsExtent]] = {"full": "full", "latest": "latest"}
_READERS: Final[dict[str, Callable[[str], object]]] = {
    "encoding": _encoding,
    "delimiter": _DELIMITERS.__getitem__,
    "dates": _DATES.__getitem__,
    "sessions": _SESSIONS.__getitem__,
    "days": _DAYS.__getitem__,
    "marks": _marks,
    "exclusions": _EXCLUSIONS.__getitem__,
    "test": _test,
}
