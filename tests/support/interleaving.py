"""One council's topics as lanes of work, and a consumer that reads them in any interleaving, batches and number."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import asyncpg

from consumers.exclusions.calendar import COUNTY, CalendarRow
from consumers.runtime.migrations import migrate
from consumers.runtime.postgres import connect, lock
from consumers.runtime.replay import comparing
from consumers.runtime.work import Consumer, Delivery, Records, Work
from schemas.events import LookedAfterPeriod
from schemas.process.settings import Settings
from tests.support.intake_records import agreed, entry, held, ledger, rejected, withdrawn
from tests.support.pupil_rows import answers, council_row, delivery, exclusion_row, question_of
from tests.support.pupil_rows import attendance_row as pupil_row
from tests.support.registers import MONDAY, file, week
from tests.support.suspensions import calendar_file, closed, identities, identity

SCHOOL, OTHER_SCHOOL = "8309996", "8309997"
UPN, FORMER, OTHER_UPN = "H830999624001", "K830999624002", "T830999624002"
SUSPENDED = date(2026, 9, 14)
CAME_LATE: dict[str, Any] = {"upn": None, "pupil_key": "adm:7", "admission_number": "7"}

Lane = list[Work]


def lanes() -> list[Lane]:
    """Corrections, A-B-A, changes of key, a child of two schools, a calendar, an index and a clerk's answer."""
    first, second = week("NNNNNNNNNN"), week("IIIIIIIIII")
    short = exclusion_row(start_date=SUSPENDED, end_date=SUSPENDED + timedelta(days=1), sessions=4)
    long = exclusion_row(start_date=SUSPENDED, end_date=SUSPENDED + timedelta(days=9), sessions=16)
    asked = question_of(pupil_row())
    return [
        [
            file(first, week(**CAME_LATE), week(pupil_key=FORMER, upn=FORMER), seq=1),
            file(second, week(admission_number="7", upn=OTHER_UPN, pupil_key=OTHER_UPN), seq=2),
            file(first, week("##########", start_date=MONDAY + timedelta(days=7)), seq=3),
        ],
        [file(week("LLLLLLLLLL"), seq=1, sender=OTHER_SCHOOL), file(week(), seq=2, sender=OTHER_SCHOOL)],
        [
            delivery("exclusions", [short, exclusion_row(upn=None, type="LNCH")], seq=1),
            delivery("exclusions", [long], seq=2),
            delivery("exclusions", [short, exclusion_row(upn=OTHER_UPN, id_key=None, type="PERM")], seq=3),
        ],
        [delivery("exclusions", [exclusion_row(dfe_no=OTHER_SCHOOL)], sender=OTHER_SCHOOL)],
        [
            calendar_file(CalendarRow(COUNTY, date(2026, 9, 1), date(2026, 12, 18), "TERM")),
            calendar_file(CalendarRow(COUNTY, SUSPENDED, SUSPENDED, "INSET"), seq=2),
        ],
        [
            delivery("pupils", [council_row(), council_row(pupil_id="P2", upn=OTHER_UPN, surname="Bello")], seq=1),
            delivery("pupils", [council_row(upn=None), council_row(pupil_id="P3", upn=FORMER, dob=None)], seq=2),
        ],
        [identities(identity(looked_after=(LookedAfterPeriod(SUSPENDED),))), identities(identity(pupil_id="P2"))],
        [identities(identity(dfe_no=OTHER_SCHOOL))],
        [closed(SUSPENDED + timedelta(days=2)), closed()],
        [answers((asked, UPN, "P1", "different")), answers((asked, UPN, "P1", "same"), start=1)],
        [
            ledger("a", held(), 0),
            ledger("b", entry(delivery_seq=2), 1),
            ledger("a", entry(), 2),
        ],
        [rejected(0), rejected(1, row=8, column=None)],
        [agreed(0), withdrawn(offset=1), agreed(2, school_name="Another")],
    ]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a consumer comes by its work: the order of lanes, how many records it takes at once, how many it is."""

    order: tuple[int, ...]
    joined: bool
    instances: int


def read_in_order(consumer: Consumer) -> Reading:
    """One lane after the other, record by record, one instance."""
    mine = _mine(consumer)
    return Reading(tuple(number for number, lane in enumerate(mine) for _ in lane), joined=False, instances=1)


async def state_after(settings: Settings, consumer: Consumer, reading: Reading, schema: str) -> str:
    """The consumer's whole state after it has read everything in this way."""
    connections = [await connect(settings, schema) for _ in range(reading.instances)]
    try:
        await migrate(connections[0], schema, consumer.package)
        shares = _shares(_mine(consumer), reading)
        await asyncio.gather(*(_apply(one, consumer, share) for one, share in zip(connections, shares, strict=True)))
        return await comparing.dump(connections[0], schema, consumer.history)
    finally:
        for one in connections:
            await one.close()


def _mine(consumer: Consumer) -> list[Lane]:
    return [lane for lane in lanes() if lane[0].topic in consumer.topics]


def _shares(mine: Sequence[Lane], reading: Reading) -> list[Lane]:
    """What each instance does, in its order; a lane belongs to one of them."""
    left = [iter(_joined(lane) if reading.joined else lane) for lane in mine]
    shares: list[Lane] = [[] for _ in range(reading.instances)]
    for number in reading.order:
        work = next(left[number], None)
        if work is not None:
            shares[number % reading.instances].append(work)
    return shares


def _joined(lane: Lane) -> Lane:
    records = [one for one in lane if isinstance(one, Records)]
    if not records:
        return lane
    return [replace(records[-1], records=tuple(record for one in records for record in one.records))]


async def _apply(connection: asyncpg.Connection, consumer: Consumer, share: Lane) -> None:
    for work in share:
        while True:  # two that wait for one another: one begins again, as the engine does
            try:
                async with connection.transaction():
                    if isinstance(work, Delivery):
                        await lock(connection, work.lock)
                    await consumer.apply(connection, work)
                break
            except asyncpg.DeadlockDetectedError:
                continue
