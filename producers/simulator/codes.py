"""The simulator's marks, by number, and how each counts: its own table, so that no truth rests on the product's."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.uint8]

_ATTENDED: Final = ["/", "\\", *"LBKPVWJ"]
_AUTHORISED: Final = ["C1", "C2", "J1", *"CEIMRSTH"]
_UNAUTHORISED: Final = [*"GNOU"]
_NOT_POSSIBLE: Final = [*"DQXZ#-%", *(f"Y{cause}" for cause in range(1, 8))]
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
REVISED_LATER: Final = _table([*"CGIMO"])
