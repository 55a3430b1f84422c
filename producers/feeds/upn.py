"""The Unique Pupil Number: its form, its check letter, and what a temporary one looks like.

Only the letter and the form are judged. The digits say who first issued the number, never where the child is now.
"""

from __future__ import annotations

import re
from typing import Final

from schemas.codes import upn_authorities

_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_VALUES: Final = {**{str(digit): digit for digit in range(10)}, **{letter: i for i, letter in enumerate(_LETTERS)}}
_WEIGHTS: Final = range(2, 14)
_FORM: Final = re.compile(r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]")


def normalise(text: str) -> str:
    """A UPN as it is compared: upper case, without spaces."""
    return "".join(text.split()).upper()


def has_form(upn: str) -> bool:
    """Whether a normalised text is built like a UPN."""
    return _FORM.fullmatch(upn) is not None


def check_letter(rest: str) -> str:
    """The check letter that belongs before the twelve other characters."""
    return _LETTERS[sum(weight * _VALUES[c] for weight, c in zip(_WEIGHTS, rest, strict=True)) % len(_LETTERS)]


def is_valid(upn: str) -> bool:
    """Whether form and check letter hold."""
    return has_form(upn) and check_letter(upn[1:]) == upn[0]


def is_temporary(upn: str) -> bool:
    """Whether a school made it up until the real one arrives: its last character is a letter."""
    return upn[-1:].isalpha()


def has_known_authority(upn: str) -> bool:
    """Whether an authority, present or past, has the number inside."""
    return upn[1:4] in upn_authorities()
