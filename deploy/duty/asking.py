"""The duty list as the views tell it, read in one look."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import asyncpg

from consumers.runtime import queries
from consumers.runtime.postgres import connect, translating
from deploy.duty.duties import Coverage, Duty, Follow, Item, School
from deploy.duty.notes import About, notes
from schemas.process.settings import Settings


async def ask(settings: Settings, on: date | None) -> Duty:
    """The list of a day; of today where none is named.

    Raises:
        RetryableError: the database did not answer.

    """
    sql = queries.load("deploy.duty")
    connection = await connect(settings, "reporting")
    try:
        with translating():
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                day: date = on or await connection.fetchval(sql["today"])
                return Duty(
                    on=day,
                    items=_items(await connection.fetch(sql["chains"], day), day),
                    may_go_on=_follows(await connection.fetch(sql["may_go_on"], day)),
                    coverage=Coverage(tuple(School(**row) for row in await connection.fetch(sql["schools"], day))),
                )
    finally:
        await connection.close()


def _items(rows: Iterable[asyncpg.Record], on: date) -> tuple[Item, ...]:
    """What is due first at the top; then what ends before day six."""
    return tuple(sorted((_item(row, on) for row in rows), key=_urgency))


def _urgency(item: Item) -> tuple[date, date, date, str, str, int, int]:
    due, day_six = item.due_date or date.max, item.day_six_date or date.max
    return due, day_six, item.start_date, item.dfe_no, item.pupil_id or "", item.delivery_seq, item.row


def _item(row: asyncpg.Record, on: date) -> Item:
    about = About(
        nc_year=row["nc_year"],
        compulsory_from=row["compulsory_from"],
        compulsory_to=row["compulsory_to"],
        no_longer_reported=row["no_longer_reported"],
        end_unknown=row["end_unknown"],
        day_six_if_half_day=row["day_six_if_half_day"],
    )
    from_day_one = row["looked_after"] or row["social_worker"]
    return Item(
        pupil_id=row["pupil_id"],
        dfe_no=row["dfe_no"],
        day_now=row["day_now"],
        day_six_date=row["day_six_date"],
        due_date=row["first_day"] if from_day_one else row["day_six_date"],
        looked_after=row["looked_after"],
        social_worker=row["social_worker"],
        state="no_longer_reported" if row["no_longer_reported"] else "current",
        ask_the_school=row["no_longer_reported"] or row["end_unknown"],
        permanent=row["permanent"],
        start_date=row["first_day"],
        end_date=row["last_day"],
        data_as_of=row["data_as_of"],
        next_file=row["next_file"],
        delivery_seq=row["delivery_seq"],
        row=row["row"],
        notes=notes(about, on),
    )


def _follows(rows: Iterable[asyncpg.Record]) -> tuple[Follow, ...]:
    found = (
        Follow(
            pupil_id=row["pupil_id"],
            dfe_no=row["dfe_no"],
            start_date=row["first_day"],
            end_date=row["last_day"],
            school_days=int(row["chain_school_days"]),
            day_six_date=row["day_six_date"],
            looked_after=row["looked_after"],
            social_worker=row["social_worker"],
            data_as_of=row["data_as_of"],
            delivery_seq=row["delivery_seq"],
            row=row["row"],
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda one: (one.day_six_date, one.dfe_no, one.delivery_seq, one.row)))
