"""The marks of the simulator, by number, and how each counts: its own table, so that a truth never rests on the product's."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.uint8]

_ATTENDED: Final = "/ \\ L B K P V W J".split()
_AUTHORISED: Final = "C C1 C2 E I J1 M R S T H".split()
_UNAUTHORISED: Final = "G N O U".split()
_NOT_POSSIBLE: Final = "D Q X Y1 Y2 Y3 Y4 Y5 Y6 Y7 Z # - %".split()
CODES: Final = (*_ATTENDED, *_AUTHORISED, *_UNAUTHORISED, *_NOT_POSSIBLE)
NUMBER: Final = {code: number for number, code in enumerate(CODES)}
FIRST: Final = np.array([ord(code[0]) for code in CODES], dtype=np.uint8)
SECOND: Final = np.array([ord(code[1]) if len(code) == 2 else 0 for code in CODES], dtype=np.uint8)
UNCOVERED: Final = 255  # no row covers the session


def _table(codes: list[str]) -> NDArray[np.bool_]:
    table = np.zeros(UNCOVERED + 1, dtype=np.bool_)
    table[[NUMBER[code] for code in codes]] = True
    return table


ATTENDED: Final = _table(_ATTENDED)
AUTHORISED: Final = _table(_AUTHORISED)
UNAUTHORISED: Final = _table(_UNAUTHORISED)
POSSIBLE: Final = ATTENDED | AUTHORISED | UNAUTHORISED
REVISED_LATER: Final = _table("C G I M O".split())
