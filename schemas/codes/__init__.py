"""The code lists as data: attendance codes, reasons and types of exclusion, cancellations, authorities inside a UPN.

Codes change with the law, so each has the dates between which it is in force. This module only reads the tables beside
it; what a code does to a count is decided by whoever counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, Literal

Category = Literal["P", "AEA", "AA", "UA", "NP", "NM"]
"""Present, approved educational activity, authorised, unauthorised, not possible, no mark."""

ExclusionType = Literal["SUSP", "PERM", "LNCH"]

_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class AttendanceCode:
    """One code of the register.

    Attributes:
        possible: its session counts as one the child could have attended.
        attended: its session counts as attended.
        late: B before the register closed, A after; else None.

    """

    code: str
    valid_from: date
    valid_to: date | None
    label: str
    category: Category
    possible: bool
    attended: bool
    late: Literal["A", "B"] | None

    def in_force(self, day: date) -> bool:
        """Whether the code may be used on that day."""
        return _between(self.valid_from, day, self.valid_to)


@dataclass(frozen=True, slots=True)
class ExclusionReason:
    """One reason of an exclusion, and the normalised words that schools write for it."""

    code: str
    valid_from: date
    valid_to: date | None
    label: str
    words: frozenset[str]

    def in_force(self, day: date) -> bool:
        """Whether the reason may be given for an exclusion that starts on that day."""
        return _between(self.valid_from, day, self.valid_to)


@dataclass(frozen=True, slots=True)
class ExclusionKind:
    """One type of exclusion, and the normalised words for it, its own and older codes included."""

    code: ExclusionType
    label: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Cancellations:
    """The normalised action codes and descriptions that say a suspension was cancelled."""

    action_codes: frozenset[str]
    descriptions: frozenset[str]


def normalised(text: str) -> str:
    """Words as the tables hold them: lower case, one space between, no punctuation."""
    return _BETWEEN_WORDS.sub(" ", text.casefold()).strip()


@cache
def attendance_codes() -> tuple[AttendanceCode, ...]:
    """Every attendance code of the table, retired ones included."""
    return tuple(
        AttendanceCode(
            code=row["code"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
            label=row["label"],
            category=_CATEGORIES[row["category"]],
            possible=row["possible"] == "1",
            attended=row["attended"] == "1",
            late=_LATE[row["late"]],
        )
        for row in _table("attendance_codes")
    )


@cache
def exclusion_reasons() -> tuple[ExclusionReason, ...]:
    """Every reason: the twelve to August 2020, the set of September 2020, and the set of July 2026."""
    return tuple(
        ExclusionReason(
            code=row["code"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
            label=row["label"],
            words=_words(row["words"]) | {normalised(row["label"]), normalised(row["code"])},
        )
        for row in _table("exclusion_reasons")
    )


@cache
def exclusion_types() -> tuple[ExclusionKind, ...]:
    """The three types; FIXD and its relatives are words for SUSP."""
    return tuple(
        ExclusionKind(code=_TYPES[row["code"]], label=row["label"], words=_words(row["words"]))
        for row in _table("exclusion_types")
    )


@cache
def cancellations() -> Cancellations:
    """What counts as a cancellation: nothing else does."""
    words = {row["column"]: _words(row["words"]) for row in _table("cancellations")}
    return Cancellations(action_codes=words["action_code"], descriptions=words["description"])


@cache
def upn_authorities() -> frozenset[str]:
    """The three digits that stand for an authority inside a UPN, abolished and pseudo-authorities included."""
    spans = ((int(row["first"]), int(row["last"])) for row in _table("upn_authorities"))
    return frozenset(f"{number:03d}" for first, last in spans for number in range(first, last + 1))


_CATEGORIES: Final[dict[str, Category]] = {"P": "P", "AEA": "AEA", "AA": "AA", "UA": "UA", "NP": "NP", "NM": "NM"}
_LATE: Final[dict[str, Literal["A", "B"] | None]] = {"A": "A", "B": "B", "": None}
_TYPES: Final[dict[str, ExclusionType]] = {"SUSP": "SUSP", "PERM": "PERM", "LNCH": "LNCH"}


def _table(name: str) -> list[dict[str, str]]:
    """The rows of a table; no csv module, because a backslash and a quotation mark are data here."""
    lines = files("schemas.codes").joinpath(f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]


def _words(cell: str) -> frozenset[str]:
    return frozenset(normalised(words) for words in cell.split("|"))


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def _between(first: date, day: date, last: date | None) -> bool:
    return first <= day and (last is None or day <= last)
