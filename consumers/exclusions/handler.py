"""From a delivery or records, and what was held, to the changes they make. Pure: reads and writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date

from consumers.exclusions.calendar import COUNTY, CalendarRow, days_of_year
from consumers.exclusions.statements import FiledRow, Filing
from consumers.exclusions.versions import Suspension
from consumers.runtime.work import Delivery
from schemas import codec
from schemas.errors import ContractError
from schemas.events import ClosedDays, PupilIdentity
from schemas.process.kafka import Record

_FILED: tuple[str, ...] = tuple(one.name for one in fields(FiledRow))


@dataclass(frozen=True, slots=True)
class Change:
    """What has happened to suspensions.

    `written` are new or changed; `removed` are no more, each with its successor where it became one with another;
    `touched` are the same as before, but something that they depend on has changed.
    """

    written: tuple[Suspension, ...] = ()
    removed: frozenset[str] = frozenset()
    successors: Mapping[str, str] = field(default_factory=dict)
    touched: tuple[Suspension, ...] = ()


@dataclass(frozen=True, slots=True)
class Identified:
    """Identities by the keys of their records; none where matching took it back."""

    known: Mapping[str, PupilIdentity]
    withdrawn: frozenset[str]


@dataclass(frozen=True, slots=True)
class FiledCalendar:
    """One calendar delivery: its rows with their numbers, and the academic years it replaces."""

    delivery_seq: int
    rows: tuple[tuple[int, CalendarRow], ...]

    @property
    def years(self) -> list[int]:
        """The academic years that it mentions."""
        return sorted({year for _, row in self.rows for year in row.years()})


def filing_of(delivery: Delivery) -> Filing:
    """An exclusions delivery as its rows say it."""
    columns = (delivery.rows[name].to_list() for name in _FILED)
    told = (dict(zip(_FILED, values, strict=True)) for values in zip(*columns, strict=True))
    begun = delivery.begun
    return Filing(
        dfe_no=begun.sender,
        delivery_seq=begun.delivery_seq,
        received_on=begun.received_on,
        completeness=begun.completeness,
        refused=begun.refused,
        rows=tuple(FiledRow(**(one | {"reasons": tuple(one["reasons"])})) for one in told),
    )


def school_change(before: Sequence[Suspension], after: Sequence[Suspension]) -> Change:
    """What has become of a school's suspensions."""
    held = {one.suspension_id: one for one in before}
    left = {one.suspension_id for one in after}
    removed = [one for one in before if one.suspension_id not in left]
    successors = _successors(removed, after)
    heirs = set(successors.values())
    return Change(
        written=tuple(one for one in after if held.get(one.suspension_id) != one),
        removed=frozenset(one.suspension_id for one in removed),
        successors=successors,
        touched=tuple(one for one in after if one.suspension_id in heirs and held.get(one.suspension_id) == one),
    )


def together(changes: Iterable[Change], touched: Iterable[Suspension]) -> Change:
    """Changes of several schools as one, with suspensions that something else has touched."""
    every = list(changes)
    written = {one.suspension_id: one for change in every for one in change.written}
    removed = frozenset[str]().union(*(change.removed for change in every))
    unchanged = {one.suspension_id: one for change in every for one in change.touched}
    unchanged |= {one.suspension_id: one for one in touched}
    return Change(
        written=tuple(written.values()),
        removed=removed,
        successors={old: new for change in every for old, new in change.successors.items()},
        touched=tuple(one for name, one in unchanged.items() if name not in written and name not in removed),
    )


def identified(records: Iterable[Record]) -> Identified:
    """The newest identity under each record key.

    Raises:
        ContractError: a record that is no identity.

    """
    newest = {record.key: record.value for record in records}
    return Identified(
        known={key: codec.decode(value, PupilIdentity) for key, value in newest.items() if value is not None},
        withdrawn=frozenset(key for key, value in newest.items() if value is None),
    )


def closed_days(records: Iterable[Record]) -> list[ClosedDays]:
    """The newest closed days of each school and year; a record without value closes none.

    Raises:
        ContractError: a record that is none of closed days.

    """
    newest = {record.key: record.value for record in records}
    return [_none_closed(key) if value is None else codec.decode(value, ClosedDays) for key, value in newest.items()]


def filed_calendar(delivery: Delivery) -> FiledCalendar:
    """A calendar delivery as its rows say it."""
    columns = (delivery.rows[name].to_list() for name in ("row", "dfe_no", "date_from", "date_to", "kind"))
    rows = (
        (row, CalendarRow(dfe_no or COUNTY, first, last, kind))
        for row, dfe_no, first, last, kind in zip(*columns, strict=True)
    )
    return FiledCalendar(delivery.begun.delivery_seq, tuple(rows))


def days_of_schools(
    year: int,
    *,
    rows: Collection[CalendarRow],
    closed: Mapping[str, Sequence[date]],
    only: Collection[str] | None = None,
) -> dict[str, tuple[date, ...]]:
    """The county's days of a year, under its own name, and those of each school whose days differ from them.

    `only`: the schools that are wanted, if not all.
    """
    county = [row for row in rows if row.dfe_no == COUNTY]
    days = {COUNTY: days_of_year(year, county=county)}
    own: dict[str, list[CalendarRow]] = {dfe_no: [] for dfe_no in closed}
    for row in rows:
        if row.dfe_no != COUNTY:
            own.setdefault(row.dfe_no, []).append(row)
    for dfe_no in own if only is None else own.keys() & only:
        met = days_of_year(year, county=county, own=own[dfe_no], closed=closed.get(dfe_no, ()))
        if met != days[COUNTY]:
            days[dfe_no] = met
    return days


def _successors(removed: Iterable[Suspension], after: Iterable[Suspension]) -> dict[str, str]:
    """The suspension that took the place of each that is no more: by its key, else by the same child's other key."""
    heirs = {one.key: one.suspension_id for one in after}
    by_id = {(one.id_key or one.key.pupil_key, *one.key[1:]): one.suspension_id for one in after}
    found = ((one, heirs.get(one.key) or by_id.get((one.id_key or one.key.pupil_key, *one.key[1:]))) for one in removed)
    return {one.suspension_id: heir for one, heir in found if heir is not None}


def _none_closed(key: str) -> ClosedDays:
    dfe_no, _, year = key.partition("/")
    if not year.isdecimal():
        raise ContractError("A key of closed days that is not a DfE number and a year.")
    return ClosedDays(dfe_no, int(year), ())
