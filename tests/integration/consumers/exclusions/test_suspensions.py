"""From exclusions files to the table of suspensions and its view."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from schemas.events import LookedAfterPeriod
from tests.support.consumer_database import ConsumerDatabase
from tests.support.suspensions import (
    ID_KEY,
    MONDAY,
    OTHER_SCHOOL,
    OTHER_UPN,
    SCHOOL,
    UPN,
    exclusions_file,
    filed_row,
    identities,
    identity,
    withdrawn,
)

NEXT_MONDAY = MONDAY + timedelta(days=7)
NEXT_FRIDAY = MONDAY + timedelta(days=11)
COLUMNS = [
    ("dfe_no", "text"),
    ("pupil_key", "text"),
    ("upn", "text"),
    ("pupil_id", "text"),
    ("looked_after", "boolean"),
    ("type", "text"),
    ("start_date", "date"),
    ("end_date", "date"),
    ("sessions_reported", "integer"),
    ("school_days", "numeric"),
    ("reason", "text"),
    ("state", "text"),
    ("chain_id", "text"),
    ("chain_school_days", "numeric"),
    ("day_six_date", "date"),
    ("day_six_if_half_day", "date"),
    ("day_six_reached", "boolean"),
    ("days_this_term", "numeric"),
    ("days_this_year", "numeric"),
    ("nc_year", "text"),
    ("action_code", "text"),
    ("description", "text"),
    ("delivery_seq", "bigint"),
    ("row", "integer"),
]


def shown(database: ConsumerDatabase, columns: str = "start_date, state") -> list[tuple[Any, ...]]:
    """The view's rows, in order of their keys."""
    return database.rows(f"SELECT {columns} FROM reporting.suspension ORDER BY dfe_no, pupil_key, start_date, type")


def set_today(database: ConsumerDatabase, day: date) -> None:
    """Move the clock of the views."""
    database.execute("DELETE FROM intake.today_override")
    database.execute("INSERT INTO intake.today_override (day) VALUES ($1)", day)


def test_columns_of_the_view(reporting: ConsumerDatabase) -> None:
    """The view has exactly the promised columns and types."""
    columns = reporting.rows(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'reporting' AND table_name = 'suspension' ORDER BY ordinal_position"
    )

    assert columns == COLUMNS


def test_row_becomes_a_suspension(reporting: ConsumerDatabase) -> None:
    """A row of a file is a suspension with its days, its chain and its totals, and the line it came from."""
    reporting.apply(exclusions_file(filed_row(end_date=NEXT_FRIDAY, sessions=19)))
    columns = (
        "dfe_no, pupil_key, upn, pupil_id, looked_after, type, start_date, end_date, sessions_reported, school_days,"
        " reason, chain_school_days, day_six_date, day_six_if_half_day, days_this_term, days_this_year,"
        ' nc_year, action_code, description, delivery_seq, "row"'
    )

    assert shown(reporting, columns) == [
        (
            *(SCHOOL, UPN, UPN, None, False, "SUSP", MONDAY, NEXT_FRIDAY, 19, Decimal(10)),
            *("DB", Decimal(10), NEXT_MONDAY, NEXT_MONDAY + timedelta(days=1), Decimal("9.5"), Decimal("9.5")),
            *("9", None, "Persistent disruptive behaviour", 1, 1),
        )
    ]


def test_state(reporting: ConsumerDatabase) -> None:
    """A suspension has ended when today is after its end; a permanent exclusion never has, nor one that lies ahead."""
    rows = [
        filed_row(),
        filed_row(start_date=date(2026, 9, 1), end_date=date(2026, 9, 1), cancelled=True),
        filed_row(start_date=date(2027, 2, 1), end_date=date(2027, 2, 1)),
        filed_row(start_date=date(2027, 3, 1), type="PERM"),
    ]
    reporting.apply(exclusions_file(*rows))
    by_day = {}
    for day in (date(2026, 9, 15), date(2026, 9, 16), date(2030, 1, 1)):
        set_today(reporting, day)
        by_day[day.isoformat()] = [state for _, state in shown(reporting)]

    assert by_day == {
        "2026-09-15": ["cancelled", "current", "current", "current"],
        "2026-09-16": ["cancelled", "ended", "current", "current"],
        "2030-01-01": ["cancelled", "ended", "ended", "current"],
    }


def test_row_that_vanishes(reporting: ConsumerDatabase) -> None:
    """A row that its school no longer sends is shown as such, with all that it had."""
    reporting.apply(exclusions_file(filed_row(type="PERM")))
    reporting.apply(exclusions_file(completeness="full", delivery_seq=2))

    assert shown(reporting, "state, day_six_date, delivery_seq") == [("no_longer_reported", NEXT_MONDAY, 1)]


def test_day_six_reached(reporting: ConsumerDatabase) -> None:
    """Day six is reached on the day itself."""
    reporting.apply(exclusions_file(filed_row(type="PERM")))
    set_today(reporting, NEXT_MONDAY - timedelta(days=1))
    on_sunday = shown(reporting, "day_six_reached")
    set_today(reporting, NEXT_MONDAY)

    assert on_sunday == [(False,)]
    assert shown(reporting, "day_six_reached") == [(True,)]


def test_old_key_leaves_the_views(reporting: ConsumerDatabase) -> None:
    """A child whose UPN comes later is shown under it alone, among suspensions and among alerts."""
    reporting.apply(exclusions_file(filed_row(upn=None)))
    reporting.apply(exclusions_file(filed_row(), delivery_seq=2))

    assert shown(reporting, "pupil_key, upn, delivery_seq") == [(UPN, UPN, 1)]
    assert reporting.rows("SELECT pupil_key FROM reporting.alert") == [(UPN,)]


def test_delivery_applied_twice_changes_nothing(exclusions: ConsumerDatabase) -> None:
    """A delivery that is applied once more, or after a newer one, leaves every table as it is."""
    first, second = exclusions_file(filed_row()), exclusions_file(filed_row(sessions=3), delivery_seq=2)
    exclusions.apply(first, second)
    before = tables(exclusions)
    exclusions.apply(second, first)

    assert tables(exclusions) == before


def tables(database: ConsumerDatabase) -> list[list[tuple[Any, ...]]]:
    """Everything the consumer holds of suspensions and alerts."""
    names = ("filing", "filed_row", "suspension", "alert", "outbox")
    return [database.rows(f"SELECT * FROM {name} ORDER BY {name}") for name in names]


def test_matched_child(reporting: ConsumerDatabase) -> None:
    """The council's id and care are shown as soon as matching is certain, and go when it takes that back."""
    known = identity(looked_after=(LookedAfterPeriod(MONDAY),))
    reporting.apply(identities(known), exclusions_file(filed_row()))
    matched = shown(reporting, "pupil_id, looked_after")
    reporting.apply(withdrawn(known))

    assert matched == [("P1", True)]
    assert shown(reporting, "pupil_id, looked_after") == [(None, False)]


def test_totals_over_schools(reporting: ConsumerDatabase) -> None:
    """A file of one school changes the totals that the same child's rows show at another."""
    reporting.apply(exclusions_file(filed_row()))
    earlier = filed_row(start_date=date(2026, 9, 7), end_date=date(2026, 9, 8))
    reporting.apply(exclusions_file(earlier, dfe_no=OTHER_SCHOOL))

    assert shown(reporting, "dfe_no, days_this_year") == [(SCHOOL, Decimal(4)), (OTHER_SCHOOL, Decimal(2))]


def test_child_found_to_be_one_at_two_schools(reporting: ConsumerDatabase) -> None:
    """Two children that matching finds to be one have their days counted together."""
    reporting.apply(exclusions_file(filed_row(upn=None)))
    reporting.apply(exclusions_file(filed_row(upn=OTHER_UPN), dfe_no=OTHER_SCHOOL))
    reporting.apply(identities(identity(pupil_key=ID_KEY), identity(dfe_no=OTHER_SCHOOL, pupil_key=OTHER_UPN)))

    assert shown(reporting, "dfe_no, days_this_year") == [(SCHOOL, Decimal(2)), (OTHER_SCHOOL, Decimal(4))]


def test_empty_first_file(exclusions: ConsumerDatabase) -> None:
    """A school that has nobody suspended may say so."""
    exclusions.apply(exclusions_file())

    assert exclusions.rows("SELECT count(*) FROM suspension") == [(0,)]
