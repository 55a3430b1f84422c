"""The agreement register: who may send what, from when to when, and how their files differ.

A faulty line is left out and reported by its number; a file that is no register at all is an error. Pure: nothing here
reads the disk.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from producers.feeds.header import normalised
from producers.feeds.profile import Profile
from schemas.errors import ConfigError, ContractError, PupilstreamError
from schemas.events import COUNCIL, Agreement, Dataset

OF_A_SCHOOL: Final[frozenset[Dataset]] = frozenset({"attendance", "exclusions"})
OF_THE_COUNCIL: Final[frozenset[Dataset]] = frozenset({"pupils", "calendar"})

_NAMES: Final[Mapping[str, str]] = {
    "dfeno": "dfe_no",
    "dfenumber": "dfe_no",
    "estabno": "dfe_no",
    "schoolname": "school_name",
    "contact": "contact",
    "datasets": "datasets",
    "agreedfrom": "agreed_from",
    "agreedto": "agreed_to",
    "profile": "profile",
}
_REQUIRED: Final = frozenset({"dfe_no", "datasets"})
_DFE_NO: Final = re.compile(r"([0-9]{3})/?([0-9]{4})")
_DATE_FORMS: Final = ("%Y-%m-%d", "%d/%m/%Y")


@dataclass(frozen=True, slots=True)
class Permit:
    """What a sender may send on a day, and how its files are to be read."""

    datasets: frozenset[Dataset]
    profile: Profile


@dataclass(frozen=True, slots=True)
class Line:
    """A good line of the register."""

    agreement: Agreement
    profile: Profile

    def in_force(self, day: date) -> bool:
        """Whether the agreement covers the day; both ends are included."""
        begins, ends = self.agreement.agreed_from, self.agreement.agreed_to
        return (begins is None or begins <= day) and (ends is None or day <= ends)


@dataclass(frozen=True, slots=True)
class Register:
    """All good lines by sender, and the numbers of the faulty ones (2 is the first after the header)."""

    lines: Mapping[str, Line]
    faulty: tuple[int, ...] = ()

    def permit(self, sender: str, day: date) -> Permit | None:
        """What the sender may send on that day; None: nothing. The council needs no line."""
        line = self.lines.get(sender)
        if sender == COUNCIL:
            return Permit(OF_THE_COUNCIL, Profile.parse("") if line is None else line.profile)
        if line is None or not line.in_force(day):
            return None
        agreed = frozenset(d for d in OF_A_SCHOOL if d in line.agreement.datasets)
        return Permit(agreed, line.profile)

    def published(self) -> dict[str, Agreement]:
        """The agreements that others may know of, without the schools' test pupils, by school."""
        return {sender: _public(line.agreement) for sender, line in self.lines.items() if sender != COUNCIL}


NOBODY: Final = Register({})


def parse_register(content: bytes) -> Register:
    """The register in a file's bytes.

    Raises:
        ConfigError: the file is no register; the message says what to mend.

    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise ConfigError("config/agreements.csv is no CSV in UTF-8: save it as such.") from None
    columns = _columns(rows[0] if rows else [])
    lines: dict[str, Line] = {}
    faulty: list[int] = []
    for number, row in _with_content(rows):
        line = _line(dict(zip(columns, row, strict=False)))
        if line is None or line.agreement.dfe_no in lines:
            faulty.append(number)
        else:
            lines[line.agreement.dfe_no] = line
    return Register(lines, tuple(faulty))


def changes(known: Mapping[str, Agreement], wanted: Mapping[str, Agreement]) -> Iterator[tuple[str, Agreement | None]]:
    """What must be told so that readers who know `known` know `wanted`; None withdraws a school's agreement."""
    for sender in sorted({*known, *wanted}):
        if known.get(sender) != wanted.get(sender):
            yield sender, wanted.get(sender)


def _columns(header: list[str]) -> list[str]:
    columns = [_NAMES.get(normalised(name), "") for name in header]
    missing = _REQUIRED - set(columns)
    if missing or len(named := [name for name in columns if name]) != len(set(named)):
        raise ConfigError("config/agreements.csv needs one column each for DfE No and Datasets: mend its header.")
    return columns


def _with_content(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(rows, start=1):
        if number > 1 and any(cell.strip() for cell in row):
            yield number, row


def _line(cells: Mapping[str, str]) -> Line | None:
    """One line, or None where a cell is faulty."""
    told = {name: cell.strip() for name, cell in cells.items()}
    try:
        agreement = Agreement(
            dfe_no=_sender(told["dfe_no"]),
            school_name=told.get("school_name", ""),
            contact=told.get("contact") or None,
            datasets=_datasets(told.get("datasets", "")),
            agreed_from=_date(told.get("agreed_from", "")),
            agreed_to=_date(told.get("agreed_to", "")),
            profile=told.get("profile", ""),
        )
        return Line(agreement, Profile.parse(agreement.profile))
    except (ValueError, PupilstreamError):
        return None


def _sender(text: str) -> str:
    if text.casefold() == COUNCIL:
        return COUNCIL
    found = _DFE_NO.fullmatch(text)
    if found is None:
        raise ContractError("No DfE number.")
    return "".join(found.groups())


def _datasets(text: str) -> tuple[str, ...]:
    named = sorted({name.strip().casefold() for name in text.split(";") if name.strip()})
    if not set(named) <= OF_A_SCHOOL | OF_THE_COUNCIL:
        raise ContractError("An unknown dataset.")
    return tuple(named)


def _date(text: str) -> date | None:
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text, form).date() if text else None  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    raise ContractError("No date.")


def _public(agreement: Agreement) -> Agreement:
    parts = [part for part in agreement.profile.split(";") if part.partition("=")[0].strip().casefold() != "test"]
    return replace(agreement, profile=";".join(parts))
