"""From text to lines: one kind of line end, and none too long or too many. Looks at a text in stretches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from producers.feeds.findings import FileRefusedError, Finding
from producers.feeds.reading import MAX_LINE_BYTES, Text

MAX_LINES: Final = 1_000_000
STRETCH_BYTES: Final = 1_000_000
"""How much of a text is looked at together: what is found out about each byte takes several bytes."""

_LF, _CR, _QUOTE = b"\n", b"\r", b'"'


@dataclass(frozen=True, slots=True)
class Lines:
    """A text with LF alone at the ends of its lines, the last one included, and what was found there instead."""

    data: bytes
    ascii: bool
    warnings: tuple[Finding, ...]
    bare_cr: bool
    unfinished: bool


def lines_of(text: Text) -> Lines:
    """The lines of a text.

    Raises:
        FileRefusedError: there are too many, or too long ones.

    """
    data, bare_cr, mixed = _one_line_end(text.data)
    unfinished = not data.endswith(_LF)
    data = data if not unfinished else data + _LF
    if data.count(_LF) > MAX_LINES:
        raise FileRefusedError("F13_TOO_MANY_ROWS")
    _refuse_long_lines(line_ends(data))
    warnings = (Finding(None, None, "E09_LINE_ENDS"),) if bare_cr or mixed else ()
    return Lines(data, text.ascii, (*text.warnings, *warnings), bare_cr, unfinished)


def _one_line_end(data: bytes) -> tuple[bytes, bool, bool]:
    """The text with LF alone at line ends, whether a bare CR was one of them, and whether CRLF and LF were mixed."""
    carriage_returns = data.count(_CR)
    if not carriage_returns:
        return data, False, False
    if carriage_returns > MAX_LINES:
        raise FileRefusedError("F13_TOO_MANY_ROWS")
    pairs = data.count(b"\r\n")
    if pairs == carriage_returns:
        mixed = pairs < data.count(_LF) and _QUOTE not in data
        return data.replace(b"\r\n", _LF), False, mixed
    if _QUOTE not in data:
        return data.replace(b"\r\n", _LF).replace(_CR, _LF), True, False
    return _one_line_end_around_quotes(data)


def _one_line_end_around_quotes(data: bytes) -> tuple[bytes, bool, bool]:
    """As `_one_line_end`, but line ends between two quotation marks are left as they are."""
    letters, last = np.frombuffer(data, np.uint8), data.rfind(_QUOTE)
    parts: list[bytes] = []
    bare, marks_before = False, 0
    for start in range(0, len(data), STRETCH_BYTES):
        part = letters[start : start + STRETCH_BYTES].copy()
        marks = np.cumsum(part == _QUOTE[0], dtype=np.int32) + marks_before
        marks_before = int(marks[-1])
        returns = (part == _CR[0]) & ((marks % 2 == 0) | (np.arange(start, start + len(part)) > last))
        following = np.append(letters[start + 1 : start + len(part) + 1], _LF[0] - 1)[: len(part)]
        paired = returns & (following == _LF[0])
        bare = bare or bool((returns & ~paired).any())
        part[returns] = _LF[0]
        parts.append(part[~paired].tobytes())
    return b"".join(parts), bare, False


def line_ends(data: bytes) -> NDArray[np.intp]:
    """Where the lines of a text end."""
    letters = np.frombuffer(data, np.uint8)
    parts = [
        np.flatnonzero(letters[start : start + STRETCH_BYTES] == _LF[0]) + start
        for start in range(0, len(data), STRETCH_BYTES)
    ]
    return np.concatenate(parts)


def _refuse_long_lines(ends: NDArray[np.intp]) -> None:
    if int(np.diff(ends, prepend=-1).max()) > MAX_LINE_BYTES + len(_LF):
        raise FileRefusedError("F12_LONG_LINE")
