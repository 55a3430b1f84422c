"""The named queries of a package's `sql/queries.sql`: no SQL stands in Python.

A query begins with `-- name: x` and a comment line that says what it does, and ends where the next begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from consumers.runtime.errors import FatalError

_NAMED: Final = re.compile(r"^-- name: (\w+)\n(-- .+\n)", re.MULTILINE)


@cache
def load(package: str) -> Mapping[str, str]:
    """The queries of a package by name.

    Raises:
        FatalError: two queries have one name, or one does not say what it does.

    """
    text = files(package).joinpath("sql", "queries.sql").read_text(encoding="utf-8")
    pieces = _NAMED.split(text)[1:]
    queries = {name: f"{comment}{body.strip()}" for name, comment, body in _threes(pieces)}
    if len(queries) != text.count("-- name:"):
        raise FatalError(f"{package}/sql/queries.sql: every query needs a name of its own and a line that describes it")
    return queries


def _threes(pieces: list[str]) -> list[tuple[str, str, str]]:
    return list(zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True))
