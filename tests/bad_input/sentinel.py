"""Looks for what no log, receipt or event may say: any token of a draft, and any text that a case put into a cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from tests.bad_input.draft import BORN, TOKEN, UPN_AREA, Draft
from tests.support.csv_files import SCHOOL

_TOKENS: Final = re.compile(
    rf"{TOKEN}|[A-Z]{UPN_AREA}[0-9]{{6}}7|{BORN.isoformat()}|{BORN:%d/%m/%Y}|{BORN:%Y%m%d}"
    r"|(?:/\\\\?){3}".encode(),
    re.IGNORECASE,
)
"""Names and other texts, UPNs, dates of birth, and marks, as they stand or inside JSON."""
_SHORTEST: Final = 7
_OF_OUR_DAYS: Final = re.compile(r"20[2-9][0-9]-(0[1-9]|1[0-2])-[0-3][0-9]|[0-3][0-9]/(0[1-9]|1[0-2])/20[2-9][0-9]")
_YEAR: Final = re.compile(r"20[0-9]{2}/[0-9]{2}")


def cell_texts(drafts: Iterable[Draft]) -> frozenset[bytes]:
    """Every text of a cell that is no token, and long enough to be no accident.

    But for what sentences say anyway, senders' numbers, and days and years that a log may have of its own.
    """
    drafts = list(drafts)
    told = {"Bullying", "HOLIDAY", "Invented Primary", SCHOOL} | {draft.sender for draft in drafts}
    cells = {text.strip() for draft in drafts for row in draft.rows for text in row.values()} - told
    texts = (text.encode() for text in cells if len(text) >= _SHORTEST and not _says_little(text))
    return frozenset(text for text in texts if not _TOKENS.search(text))


def _says_little(text: str) -> bool:
    return _YEAR.fullmatch(text) is not None or (_OF_OUR_DAYS.fullmatch(text) is not None and _exists(text))


def _exists(day: str) -> bool:
    try:
        datetime.strptime(day, "%Y-%m-%d" if "-" in day else "%d/%m/%Y")  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return False
    return True


def leaks(place: str, content: bytes, texts: Iterable[bytes] = ()) -> Iterator[str]:
    """Where and what kind, never what: a leak in the output of a test would be one more."""
    yield from (f"{place}: a token at byte {found.start()}" for found in _TOKENS.finditer(content))
    yield from (f"{place}: a cell of {len(text)} bytes" for text in texts if text in content)


def leaks_below(folder: Path, texts: Iterable[bytes] = ()) -> Iterator[str]:
    """In every file of a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from leaks(str(path.relative_to(folder)), path.read_bytes(), texts)
