"""The columns of the consumer's tables, and how values of the domain stand in them. Holds no SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final, Protocol

from consumers.exclusions.cases import Bearing, Case
from consumers.exclusions.statements import FiledRow, Filing, Key, Version
from consumers.exclusions.telling import Alert
from consumers.exclusions.versions import Suspension
from schemas import codec
from schemas.events import ExclusionAlert, LookedAfterPeriod, PupilIdentity, RefusedRow

_ROW: Final = tuple(one.name for one in fields(FiledRow))
FILED_ROW: Final = ("dfe_no", "delivery_seq", *_ROW)
IDENTITY: Final = (
    "dfe_no", "pupil_key", "record_key", "pupil_id", "outcome", "looked_after_from", "looked_after_to", "social_worker",
)  # fmt: skip
SUSPENSION: Final = (
    "suspension_id", "dfe_no", "pupil_key", "start_date", "type", "id_key", "upn", "sent_end_date", "sessions",
    "reason", "nc_year", "action_code", "description", "cancelled", "delivery_seq", "row", "received_on", "carried",
    "cancelled_on", "unreported_seq", "unreported_on", "child", "pupil_id", "looked_after", "social_worker",
    "end_date", "school_days", "days_this_term", "days_this_year", "chain_id", "chain_school_days", "day_six_date",
    "day_six_if_half_day",
)  # fmt: skip
ALERT: Final = (
    "alert_id", "kind", "subject", "period", "version", "shown", "pupil_id", "dfe_no", "pupil_key", "due_date",
    "raised_from_delivery_seq", "raised_at", "supersedes", "event",
)  # fmt: skip

ALERT_MEMBER: Final = ("suspension_id", "alert_id")


class Row(Protocol):
    """A row as the driver gives it."""

    def __getitem__(self, column: str, /) -> Any: ...


def filing_values(filing: Filing) -> tuple[object, ...]:
    """A row of `filing`."""
    refused = filing.refused
    return (
        filing.dfe_no,
        filing.delivery_seq,
        filing.received_on,
        filing.completeness,
        [one.pupil_key for one in refused],
        [one.start_date for one in refused],
    )


def filed_row_values(filing: Filing, row: FiledRow) -> tuple[object, ...]:
    """A row of `filed_row`."""
    return filing.dfe_no, filing.delivery_seq, *(getattr(row, name) for name in _ROW)


def filing_of(row: Row, rows: Sequence[Row]) -> Filing:
    """A filing from its row and those of its rows; where refused rows stood in the file is not kept."""
    refused = zip(row["refused_keys"], row["refused_starts"], strict=True)
    return Filing(
        dfe_no=row["dfe_no"],
        delivery_seq=row["delivery_seq"],
        received_on=row["received_on"],
        completeness=row["completeness"],
        refused=tuple(RefusedRow(0, pupil_key, start) for pupil_key, start in refused),
        rows=tuple(FiledRow(**{name: _tupled(one[name]) for name in _ROW}) for one in rows),
    )


def identity_values(record_key: str, one: PupilIdentity) -> tuple[object, ...]:
    """A row of `identity`."""
    first_days: list[date] = [period.first_day for period in one.looked_after]
    last_days: list[date | None] = [period.last_day for period in one.looked_after]
    return (
        one.dfe_no, one.pupil_key, record_key, one.pupil_id, one.outcome, first_days, last_days, one.social_worker,
    )  # fmt: skip


def identity_of(row: Row) -> PupilIdentity:
    """An identity from its row."""
    periods = zip(row["looked_after_from"], row["looked_after_to"], strict=True)
    return PupilIdentity(
        dfe_no=row["dfe_no"],
        pupil_key=row["pupil_key"],
        pupil_id=row["pupil_id"],
        outcome=row["outcome"],
        looked_after=tuple(LookedAfterPeriod(first, last) for first, last in periods),
        social_worker=row["social_worker"],
    )


def suspension_of(row: Row) -> Suspension:
    """A suspension from its row."""
    return Suspension(
        suspension_id=row["suspension_id"],
        dfe_no=row["dfe_no"],
        key=Key(row["pupil_key"], row["start_date"], row["type"]),
        id_key=row["id_key"],
        upn=row["upn"],
        version=Version(
            end_date=row["sent_end_date"],
            sessions=row["sessions"],
            type=row["type"],
            reason=row["reason"],
            nc_year=row["nc_year"],
            action_code=row["action_code"],
            description=row["description"],
            cancelled=row["cancelled"],
        ),
        delivery_seq=row["delivery_seq"],
        row=row["row"],
        received_on=row["received_on"],
        carried=row["carried"],
        cancelled_on=row["cancelled_on"],
        unreported_seq=row["unreported_seq"],
        unreported_on=row["unreported_on"],
    )


def case_of(row: Row) -> Case:
    """A case from its row."""
    return Case(
        suspension=suspension_of(row),
        bearing=Bearing(row["child"], row["pupil_id"], row["looked_after"], row["social_worker"]),
        end_date=row["end_date"],
        school_days=row["school_days"],
        days_this_term=row["days_this_term"],
        days_this_year=row["days_this_year"],
        chain_id=row["chain_id"],
        chain_school_days=row["chain_school_days"],
        day_six_date=row["day_six_date"],
        day_six_if_half_day=row["day_six_if_half_day"],
    )


def case_values(case: Case) -> tuple[object, ...]:
    """A row of `suspension`."""
    one, version, whose = case.suspension, case.suspension.version, case.bearing
    return (
        one.suspension_id, one.dfe_no, *one.key, one.id_key, one.upn, version.end_date, version.sessions,
        version.reason, version.nc_year, version.action_code, version.description, version.cancelled,
        one.delivery_seq, one.row, one.received_on, one.carried,
        one.cancelled_on, one.unreported_seq, one.unreported_on,
        whose.child, whose.pupil_id, whose.looked_after, whose.social_worker,
        case.end_date, case.school_days, case.days_this_term, case.days_this_year,
        case.chain_id, case.chain_school_days, case.day_six_date, case.day_six_if_half_day,
    )  # fmt: skip


def alert_of(row: Row) -> Alert:
    """An alert from its row."""
    return Alert(
        event=codec.decode(row["event"], ExclusionAlert),
        subject=row["subject"],
        period=row["period"],
        shown=row["shown"],
        members=tuple(row["members"]),
        pupil_key=row["pupil_key"],
        raised_from_seq=row["raised_from_delivery_seq"],
    )


def alert_values(one: Alert, payload: bytes) -> tuple[object, ...]:
    """A row of `alert`; `payload` is the event as it is published."""
    event = one.event
    return (
        event.alert_id, event.kind, one.subject, one.period, event.version, one.shown, event.pupil_id, event.dfe_no,
        one.pupil_key, event.due_date, one.raised_from_seq, event.raised_at, event.supersedes, payload,
    )  # fmt: skip


def _tupled(value: object) -> Any:
    return tuple(value) if isinstance(value, list) else value
