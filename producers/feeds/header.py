"""Headers: the names each kind of file may use for its columns, and which kind a header belongs to.

A header is compared without case, spaces and punctuation. A column that the contract does not name is never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from producers.feeds.findings import FileRefusedError, Finding
from schemas.events import Dataset


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the contract: its name, other names for it, and what must be there."""

    name: str
    aliases: tuple[str, ...] = ()
    header_required: bool = False
    cell_required: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """A recognised header: where each column of the contract stands, and which columns are not in it."""

    dataset: Dataset
    positions: dict[str, int]
    unknown: tuple[str, ...]


def normalised(name: str) -> str:
    """A header as it is compared."""
    return "".join(filter(str.isalnum, name.casefold()))


_UPN: Final = Column("UPN", header_required=True)
_FORMER_UPN: Final = Column("Former UPN")
_FIRST_NAME: Final = Column("First Name", ("Forename", "Forenames"), header_required=True)
_SURNAME: Final = Column("Surname", ("Last Name", "Family Name"), header_required=True)
_PREFERRED: Final = Column("Preferred Name", ("Preferred Names", "Known As"))
_DOB: Final = Column("DOB", ("Date of Birth",), header_required=True)
_GENDER: Final = Column("Gender", ("Sex",))
_LA_CODE: Final = Column("LA Code", ("LA Number", "LA No"))
_DFE_NAMES: Final = ("DfE Number", "Estab No", "Estab Number")
_SCHOOL: Final = Column("DfE No", _DFE_NAMES, header_required=True, cell_required=True)
_ANY_SCHOOL: Final = Column("DfE No", _DFE_NAMES)
_ADMISSION: Final = Column(
    "Admission Number", ("School Admission/Enrolment Number", "School Admission Number", "Adm No", "Admission No")
)

COLUMNS: Final[dict[Dataset, tuple[Column, ...]]] = {
    "attendance": (
        _UPN,
        _FIRST_NAME,
        _SURNAME,
        _PREFERRED,
        _DOB,
        _GENDER,
        _FORMER_UPN,
        _LA_CODE,
        _SCHOOL,
        Column("Attendance Year"),
        Column("Start Date", ("Week Start",), header_required=True, cell_required=True),
        Column("Sessions", ("Marks", "Week Marks"), header_required=True, cell_required=True),
        _ADMISSION,
        Column("Enrolment Status"),
        Column("Part Time", ("Part Time Pupil Flag", "Part Time Pupil", "Part Time Flag")),
    ),
    "exclusions": (
        Column("School Name"),
        _SURNAME,
        Column("Forename", ("Forename(s)", "First Name"), header_required=True),
        _UPN,
        _DOB,
        _LA_CODE,
        _SCHOOL,
        Column("NC Year", ("NC Year Group", "Year")),
        Column("Start Date", header_required=True, cell_required=True),
        Column("End Date", header_required=True),
        Column("Code Description", ("Reason",)),
        Column("Number of Sessions", ("Sessions",)),
        Column("Action Code"),
        Column("Type", ("Category",), header_required=True),
    ),
    "pupils": (
        Column("Pupil ID", header_required=True, cell_required=True),
        _UPN,
        _FORMER_UPN,
        _FIRST_NAME,
        _SURNAME,
        _PREFERRED,
        _DOB,
        _GENDER,
        Column("Looked After From"),
        Column("Looked After To"),
        Column("Social Worker"),
        Column("Sealed"),
        _LA_CODE,
        _ANY_SCHOOL,
        _ADMISSION,
    ),
    "calendar": (
        _LA_CODE,
        _ANY_SCHOOL,
        Column("From", header_required=True, cell_required=True),
        Column("To", header_required=True),
        Column("Kind", header_required=True, cell_required=True),
    ),
}
"""Every column a file may bring, by kind of file."""

_NAMES: Final[dict[Dataset, dict[str, str]]] = {
    dataset: {normalised(name): column.name for column in columns for name in (column.name, *column.aliases)}
    for dataset, columns in COLUMNS.items()
}
_TOLD_BY: Final[tuple[tuple[Dataset, tuple[str, ...]], ...]] = (
    ("pupils", ("Pupil ID",)),
    ("calendar", ("Kind",)),
    ("exclusions", ("End Date",)),
    ("attendance", ("Sessions", "Start Date")),
)
_SHIELDED: Final = re.compile(r"lookedafter|incare|^(cla|cic|lac|cpp?|cin)$|protection|shield|safeguard|socialworker")
_WORDS_OF_HEADERS: Final = """
    absence address admission after age allergies area attendance authority birth care cases category child children cic
    cin cla class code comment comments contact country cpp date description diet doctor eal email end enrolment
    ethnicity event exclusion first flag free fsm gender group health history home identifier in info key lac language
    late leaver leaving legal level local looked meals medical middle mobile name nationality note notes number of
    percentage phone plan postcode premium previous priority protection provision pupil reason record registration
    religion remarks safeguarding school sen service session sessions shielded social start status student support
    surname teacher telephone term title total tutor type unauthorised uln worker year
"""
"""A header that was joined with a row holds a child's cells: a name is told only where all its words are of headers."""
_SHOWABLE: Final = frozenset(_WORDS_OF_HEADERS.split())
_BETWEEN_WORDS: Final = re.compile(r"[ _./()-]+")


def dataset_of(cells: Sequence[str]) -> Dataset | None:
    """The kind of file that a header belongs to."""
    names = {normalised(cell) for cell in cells}
    for dataset, columns in _TOLD_BY:
        present = {_NAMES[dataset].get(name) for name in names}
        if present.issuperset(columns):
            return dataset
    return None


def recognised(cells: Sequence[str]) -> Header:
    """The columns of a header.

    Raises:
        FileRefusedError: no known kind of file, a required column missing, or a column that stands twice.

    """
    dataset = dataset_of(cells)
    if dataset is None:
        raise FileRefusedError("C09_HEADER_NOT_RECOGNISED")
    places = [(_NAMES[dataset].get(normalised(cell)), place) for place, cell in enumerate(cells)]
    positions = {name: place for name, place in places if name is not None}
    unknown = tuple(cells[place] for name, place in places if name is None)
    _refuse_duplicates(dataset, places, unknown)
    missing = [c.name for c in COLUMNS[dataset] if c.header_required and c.name not in positions]
    if missing:
        rule = "C09_HEADER_MISSING"
        raise FileRefusedError(rule, dataset, [Finding(None, name, rule) for name in missing])
    return Header(dataset, positions, unknown)


def _refuse_duplicates(dataset: Dataset, places: Sequence[tuple[str | None, int]], unknown: Sequence[str]) -> None:
    known = [name for name, _ in places if name is not None]
    other = list(filter(None, map(normalised, unknown)))
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice or len(set(other)) < len(other):
        rule = "C08_DUPLICATE_HEADER"
        raise FileRefusedError(rule, dataset, [Finding(None, name, rule) for name in twice])


def dropped_columns(header: Header) -> Iterator[Finding]:
    """A warning for each column that is not in the contract and so is not read."""
    for name in header.unknown:
        rule = "V42_SHIELDED_COLUMN" if _SHIELDED.search(normalised(name)) else "C10_UNKNOWN_COLUMN"
        yield Finding(None, name.strip() if _is_of_headers(name) else None, rule)


def _is_of_headers(name: str) -> bool:
    words = set(_BETWEEN_WORDS.split(name.lower())) - {""}
    return bool(words) and words <= _SHOWABLE
