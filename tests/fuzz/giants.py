"""Files that are large on purpose: each must be answered in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.bad_input.draft import good
from tests.fuzz.harness import SENDER

_LARGEST: Final = 49_900_000
_WIDE: Final = 30_000_000  # all of whose rows are good: what they are worth is kept as well


def _header() -> bytes:
    return good("attendance", SENDER).content().partition(b"\n")[0] + b"\n"


def _rows(row: bytes) -> bytes:
    return _header() + row * ((_LARGEST - 1_000) // len(row))


def _row() -> bytes:
    return good("attendance", SENDER).content().splitlines(keepends=True)[1]


def _many_columns() -> bytes:
    line = _row().rstrip(b"\r\n") + b",x" * 180 + b"\r\n"
    names = b"".join(b",Column %d" % number for number in range(180))
    return _header().rstrip(b"\r\n") + names + b"\r\n" + line * (_WIDE // len(line))


GIANTS: Final[dict[str, Callable[[], bytes]]] = {
    "one line": lambda: _rows(b"x"),
    "line ends": lambda: _rows(b"\n"),
    "quotation marks": lambda: _rows(b'"'),
    "an open quotation mark and line ends": lambda: _header() + b'"' + b"\n" * (_LARGEST - 1_000),
    "a quotation of one cell": lambda: _header() + b'"' + b"x\r" * (_LARGEST // 2 - 1_000),
    "delimiters": lambda: _rows(b"," * 60_000 + b"\n"),
    "quoted cells": lambda: _rows(b'"",' * 20_000 + b"\n"),
    "marks": lambda: _rows(_row().replace(b"/\\" * 5, b"/\\" * 360)),
    "a row of marks": lambda: _rows(_row().replace(b"/\\" * 5, b"/\\" * 4_000)),
    "short rows": lambda: _rows(b"a,b\n"),
    "columns": _many_columns,
    "nothing": lambda: b"\x00" * _LARGEST,
    "UTF-16": lambda: b"\xff\xfe" + b"x\x00" * (_LARGEST // 2),
}


def sparse_line(path: Path, size: int = 10**9) -> None:
    """A file of one endless line that takes no room on the disk."""
    path.write_bytes(_header())
    os.truncate(path, size)
