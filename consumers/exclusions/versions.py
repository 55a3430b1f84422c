"""What a delivery changes: the held suspensions of a school and one file in, the held suspensions after it out.

The state of a school is this step, taken once for each of its deliveries, in their order. Pure. Day six, totals and
alerts follow elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from consumers.exclusions.calendar import SchoolDays, academic_year
from consumers.exclusions.extent import overlap
from consumers.exclusions.identifiers import stable_id
from consumers.exclusions.statements import Filing, Key, Statement, Version, statements


@dataclass(frozen=True, slots=True)
class Suspension:
    """One suspension as its school last told it.

    `suspension_id` stays when key, start or type change. `delivery_seq`, `row`, `received_on` belong to the first
    delivery of the latest unbroken run that carries this version, and `carried` says whether that run goes on.
    `unreported_seq`, `unreported_on`: the file from which on the school no longer sends it, if so.
    """

    suspension_id: str
    dfe_no: str
    key: Key
    id_key: str | None
    upn: str | None
    version: Version
    delivery_seq: int
    row: int
    received_on: date
    carried: bool = True
    cancelled_on: date | None = None
    unreported_seq: int | None = None
    unreported_on: date | None = None

    @property
    def dated(self) -> tuple[date, Version]:
        """Start and version, from which its days follow."""
        return self.key.start_date, self.version


@dataclass(slots=True)
class _Pairing:
    """Which held suspension each statement of the file speaks of, as far as it has been found."""

    held: Sequence[Suspension]
    said: dict[Key, Statement]
    found: dict[Key, Suspension] = field(default_factory=dict)
    absorbed: set[str] = field(default_factory=set)

    def unsaid(self) -> list[Suspension]:
        """Held suspensions that no statement has been found to speak of."""
        taken = {one.suspension_id for one in self.found.values()} | self.absorbed
        return [one for one in self.held if one.suspension_id not in taken]

    def unheld(self) -> list[Statement]:
        """Statements for which no held suspension has been found."""
        return [one for key, one in self.said.items() if key not in self.found]


def advance(held: Sequence[Suspension], filing: Filing, *, calendar: SchoolDays) -> list[Suspension]:
    """The school's suspensions after one more delivery, in order of their keys."""
    pairing = _Pairing(held, statements(filing.rows))
    missing = _Missing(filing)
    _pair_same_key(pairing)
    _pair_changed_key(pairing, missing)
    _pair_changed_type(pairing, missing)
    _pair_moved_start(pairing, missing, calendar=calendar)
    told = [_told(pairing.found.get(key), one, filing=filing) for key, one in pairing.said.items()]
    silent = [missing.mark(one) for one in pairing.unsaid()]
    return sorted([*(_named(one) for one in told), *silent], key=lambda one: one.key)


def fold(filings: Iterable[Filing], *, calendar: SchoolDays) -> list[Suspension]:
    """A school's suspensions from all its deliveries, whatever order they came in."""
    held: list[Suspension] = []
    for filing in sorted(filings, key=lambda filing: filing.delivery_seq):
        held = advance(held, filing, calendar=calendar)
    return held


# Pairing --------------------------------------------------------------------------------------------------------------


def _pair_same_key(pairing: _Pairing) -> None:
    by_key = {one.key: one for one in pairing.held}
    pairing.found.update({key: by_key[key] for key in pairing.said if key in by_key})


def _pair_changed_key(pairing: _Pairing, missing: _Missing) -> None:
    """The same child under another key, by name and date of birth; two rows that turn out to be one become one."""
    by_id = {(one.id_key, *one.key[1:]): one.key for one in (*pairing.said.values(), *reversed(pairing.unheld()))}
    for one in pairing.unsaid():
        key = by_id.get((one.id_key, *one.key[1:])) if one.id_key else None
        if key is None or missing.refused(one.key):
            continue
        if key in pairing.found:
            pairing.absorbed.add(one.suspension_id)
        else:
            pairing.found[key] = one


def _pair_changed_type(pairing: _Pairing, missing: _Missing) -> None:
    """The only row of a pupil and start date, with another type."""
    held = Counter(one.key[:2] for one in pairing.held)
    said = Counter(key[:2] for key in pairing.said)
    by_start = {one.key[:2]: one for one in pairing.unsaid() if held[one.key[:2]] == 1}
    for one in pairing.unheld():
        if said[one.key[:2]] == 1 and one.key[:2] in by_start and not missing.refused(one.key):
            pairing.found[one.key] = by_start[one.key[:2]]


def _pair_moved_start(pairing: _Pairing, missing: _Missing, *, calendar: SchoolDays) -> None:
    """A new row takes the place of one that the file lacks and that overlaps it, the nearest start first."""
    gone: dict[tuple[str, str], list[Suspension]] = {}
    for one in pairing.unsaid():
        if missing.lacks(one.key):
            gone.setdefault((one.key.pupil_key, one.key.type), []).append(one)
    pairs = [
        (abs(old.key.start_date - new.key.start_date), old.key.start_date, new.key.start_date, old, new)
        for new in pairing.unheld()
        for old in gone.get((new.key.pupil_key, new.key.type), ())
        if overlap(old.dated, (new.key.start_date, new.version), calendar=calendar)
    ]
    taken: set[str] = set()
    for *_, old, new in sorted(pairs, key=lambda pair: pair[:3]):
        if old.suspension_id not in taken and new.key not in pairing.found:
            taken.add(old.suspension_id)
            pairing.found[new.key] = old


# What becomes of a suspension -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Missing:
    """What may be concluded from a row's absence from one file."""

    filing: Filing

    def lacks(self, key: Key) -> bool:
        """Whether the file, with what was refused of it, does not carry the row."""
        return not self.refused(key) and all(one.pupil_key and one.start_date for one in self.filing.refused)

    def refused(self, key: Key) -> bool:
        """Whether a row of the same pupil was refused, with the same start date or one that could not be read."""
        return any(
            one.pupil_key == key.pupil_key and one.start_date in {None, key.start_date} for one in self.filing.refused
        )

    def mark(self, one: Suspension) -> Suspension:
        """The suspension that the file does not speak of, as no longer reported if the file reaches back to it."""
        if one.unreported_seq is not None or not self.lacks(one.key) or not self._reaches(one.key.start_date):
            return replace(one, carried=False)
        return replace(
            one, carried=False, unreported_seq=self.filing.delivery_seq, unreported_on=self.filing.received_on
        )

    def _reaches(self, start: date) -> bool:
        if self.filing.completeness != "reach_back":
            return self.filing.completeness == "full"
        year = academic_year(start)
        return any(academic_year(row.start_date) == year and row.start_date <= start for row in self.filing.rows)


def _told(held: Suspension | None, said: Statement, *, filing: Filing) -> Suspension:
    """The suspension as this file tells it; in the same version without a break it stays where it was first told."""
    told = Suspension(
        suspension_id=held.suspension_id if held else "",
        dfe_no=filing.dfe_no,
        key=said.key,
        id_key=said.id_key or (held.id_key if held else None),
        upn=said.upn,
        version=said.version,
        delivery_seq=filing.delivery_seq,
        row=said.row,
        received_on=filing.received_on,
        cancelled_on=held.cancelled_on if held else None,
    )
    if said.version.cancelled and told.cancelled_on is None:
        told = replace(told, cancelled_on=filing.received_on)
    if held is None or not held.carried or held.dated != told.dated:
        return told
    return replace(told, delivery_seq=held.delivery_seq, row=held.row, received_on=held.received_on)


def _named(one: Suspension) -> Suspension:
    """A suspension seen for the first time, named after the place where that was."""
    if one.suspension_id:
        return one
    return replace(one, suspension_id=stable_id(one.dfe_no, *one.key, one.delivery_seq))
