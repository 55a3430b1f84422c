"""Invented DfE numbers and UPNs with right check letters.

Every number is issued by an establishment in the 9xxx block of authority 830, where no school exists: no real child's
UPN can appear. Nothing here reads a number back.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

AUTHORITY: Final = "830"
MOST_SCHOOLS: Final = 460  # as many places as have a name; a county has 417
_LETTERS: Final = np.frombuffer(b"ABCDEFGHJKLMNPQRTUVWXYZ", dtype=np.uint8)
_TOP: Final = 9999
_OUTSIDE: Final = 9001
_OUTSIDE_COUNT: Final = 20
_FEEDERS: Final = 3
_WEIGHTS: Final = np.arange(2, 14)

Ints = NDArray[np.int64]


def establishments(schools: Ints) -> Ints:
    return _TOP - schools


def dfe_no(school: int) -> str:
    return f"{AUTHORITY}{_TOP - school}"


def outside_establishments(persons: Ints) -> Ints:
    """Establishments that are in nobody's register: former schools, and schools beyond the county."""
    return _OUTSIDE + persons % _OUTSIDE_COUNT


def feeder_establishments(schools: int, secondary: Ints, *, persons: Ints) -> Ints:
    """The primaries, closed since, that gave the pupils of a secondary (counted from 0) their UPNs."""
    return _TOP - schools - _FEEDERS * secondary - persons % _FEEDERS


def upns(establishments: Ints, years: Ints, *, serials: Ints) -> NDArray[np.str_]:
    """Permanent UPNs: check letter, authority, establishment, two digits of a year, a serial from 0 to 999."""
    return _lettered(np.concatenate([_stem(establishments, years), _digits(serials, 3)], axis=1))


def temporary_upns(establishments: Ints, years: Ints, *, serials: Ints) -> NDArray[np.str_]:
    """Temporary UPNs: the last place is a letter, which weighs as much as it does as a check letter."""
    tail = np.concatenate([_digits(serials % 100, 2), (serials // 100 % len(_LETTERS))[:, None]], axis=1)
    return _lettered(np.concatenate([_stem(establishments, years), tail], axis=1), temporary=True)


def _stem(establishments: Ints, years: Ints) -> Ints:
    authority = np.full(len(years), int(AUTHORITY))
    return np.concatenate([_digits(authority, 3), _digits(establishments, 4), _digits(years % 100, 2)], axis=1)


def _digits(numbers: Ints, width: int) -> Ints:
    return numbers[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10


def _lettered(values: Ints, *, temporary: bool = False) -> NDArray[np.str_]:
    text = np.empty((len(values), 13), dtype=np.uint8)
    text[:, 0] = _LETTERS[(values * _WEIGHTS).sum(axis=1) % len(_LETTERS)]
    text[:, 1:] = values + ord("0")
    if temporary:
        text[:, 12] = _LETTERS[values[:, 11]]
    return text.view("S13")[:, 0].astype("U13")
