"""All 101 cases, in the order of the page."""

from __future__ import annotations

from typing import Final

from tests.bad_input import encodings, files, structure, values
from tests.bad_input.case import Case

CHAPTERS: Final[dict[str, tuple[Case, ...]]] = {
    "Files and names": files.CASES,
    "Encodings": encodings.CASES,
    "The structure of CSV": structure.CASES,
    "Values": values.CASES,
}
CASES: Final = tuple(case for chapter in CHAPTERS.values() for case in chapter)
