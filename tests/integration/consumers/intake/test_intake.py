"""Intake on a real database: its tables, and the views that stand on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from consumers.intake.app import consumer
from schemas.errors import ContractError
from tests.support.consumer_database import ConsumerDatabase, consumer_database, settings_for
from tests.support.intake_records import (
    RECEIVED_AT,
    agreed,
    entry,
    held,
    joined,
    ledger,
    rejected,
    withdrawn,
)
from tests.support.pupil_rows import SCHOOL, delivery

KEY = f"{SCHOOL}/attendance/1"
LINE = "SELECT delivery_seq, state, reason FROM reporting.delivery"
STATE = "SELECT state, applied_at FROM reporting.delivery"
ROWS = 'SELECT delivery_seq, "row", column_name, rule FROM reporting.rejected_row ORDER BY 1, 2, 4'
FRESHNESS = "SELECT last_delivery_seq, last_received_at, expected_by, state FROM reporting.freshness"


@pytest.fixture(name="intake")
def _intake(database_dsn: str) -> Iterator[ConsumerDatabase]:
    """The consumer on a database of the test's own."""
    with consumer_database(database_dsn, consumer(settings_for(database_dsn))) as intake:
        yield intake


def applied(intake: ConsumerDatabase, consumer_name: str, at: datetime, dataset: str = "attendance") -> None:
    """As the engine of another consumer notes a delivery."""
    statement = f"INSERT INTO {consumer_name}.applied VALUES ($1, $2, 1, $3)"
    intake.execute(statement, SCHOOL, dataset, at)


def today(intake: ConsumerDatabase, day: date) -> None:
    """As `up` stores the day."""
    intake.execute("DELETE FROM today_override")
    intake.execute("INSERT INTO today_override (day) VALUES ($1)", day)


def test_a_released_file_changes_its_line(intake: ConsumerDatabase) -> None:
    """A held file and its release are one file."""
    intake.apply(ledger(KEY, held(), 0))
    before = intake.rows(LINE)
    intake.apply(ledger(KEY, entry(delivery_seq=4), 1))

    assert (before, intake.rows(LINE)) == ([(None, "held", "COUNT_CHANGED")], [(4, "published", None)])


def test_an_older_word_on_a_file_changes_nothing(intake: ConsumerDatabase) -> None:
    """The ledger read again from its beginning leaves the newest state."""
    intake.apply(ledger(KEY, entry(delivery_seq=4), 5), ledger(KEY, held(), 2))

    assert intake.rows(LINE) == [(4, "published", None)]


@pytest.mark.parametrize(
    ("dataset", "consumers"),
    [
        ("attendance", ["attendance", "matching"]),
        ("exclusions", ["exclusions", "matching"]),
        ("pupils", ["matching"]),
        ("calendar", ["exclusions"]),
    ],
)
def test_a_delivery_is_applied_when_the_last_consumer_has_it(
    intake: ConsumerDatabase, dataset: Any, consumers: list[str]
) -> None:
    """Until every consumer of its dataset has it, it is published; then it shows when the last one had it."""
    intake.apply(ledger("a", entry(dataset=dataset)))
    states = []
    for minute, name in enumerate(consumers):
        states += intake.rows(STATE)
        applied(intake, name, RECEIVED_AT + timedelta(minutes=minute), dataset)
    last = RECEIVED_AT + timedelta(minutes=len(consumers) - 1)

    assert states == [("published", None)] * len(consumers)
    assert intake.rows(STATE) == [("applied", last)]


def test_a_consumer_of_other_datasets_does_not_count(intake: ConsumerDatabase) -> None:
    """The exclusions consumer says nothing of an attendance file."""
    intake.apply(ledger(KEY, entry()))
    applied(intake, "exclusions", RECEIVED_AT)
    applied(intake, "matching", RECEIVED_AT)

    assert intake.rows(STATE) == [("published", None)]


def test_a_duplicate_shows_its_own_state(intake: ConsumerDatabase) -> None:
    """A file sent again stands beside the applied delivery that it repeats."""
    duplicate = entry(state="duplicate", published_at=None)
    intake.apply(ledger(KEY, entry(), 0), ledger(f"{SCHOOL}/refused/x", duplicate, 1))
    applied(intake, "attendance", RECEIVED_AT)
    applied(intake, "matching", RECEIVED_AT)

    assert sorted(intake.rows(LINE)) == [(1, "applied", None), (1, "duplicate", None)]


def test_refused_rows_are_those_of_the_head_delivery(intake: ConsumerDatabase) -> None:
    """What a corrected file has mended is shown no more; each refused row stands once for each rule."""
    second = [rejected(1, delivery_seq=2), rejected(2, delivery_seq=2, rule="V01_UPN_FORMAT", column=None)]
    intake.apply(ledger("a", entry(), 0), rejected(0))
    first = intake.rows(ROWS)
    intake.apply(joined(*second), ledger("b", entry(delivery_seq=2), 1), joined(*second))

    assert first == [(1, 7, "DOB", "V10_DATE")]
    assert intake.rows(ROWS) == [(2, 7, None, "V01_UPN_FORMAT"), (2, 7, "DOB", "V10_DATE")]


def test_a_refused_row_of_one_dataset_is_not_hidden_by_another(intake: ConsumerDatabase) -> None:
    """The head is that of sender and dataset."""
    intake.apply(ledger("a", entry(), 0), ledger("b", entry(dataset="exclusions", delivery_seq=3), 1), rejected())

    assert intake.rows(ROWS) == [(1, 7, "DOB", "V10_DATE")]


def test_a_withdrawn_school_leaves_the_register(intake: ConsumerDatabase) -> None:
    """A tombstone removes the line, a new line replaces the old."""
    intake.apply(agreed(0), agreed(1, school_name="Hollow Lane Academy"))
    names = intake.rows("SELECT school_name FROM agreement")
    intake.apply(withdrawn(offset=2))

    assert (names, intake.rows("SELECT count(*) FROM agreement")) == ([("Hollow Lane Academy",)], [(0,)])


def test_a_delivery_is_refused(intake: ConsumerDatabase) -> None:
    """Intake reads single records only."""
    with pytest.raises(ContractError):
        intake.apply(delivery("attendance", []))


def test_today_is_the_stored_day_or_londons(intake: ConsumerDatabase) -> None:
    """The only clock of the views."""
    [(london,)] = intake.rows("SELECT reporting.today() = (now() AT TIME ZONE 'Europe/London')::date")
    today(intake, date(2026, 9, 25))

    assert (london, intake.rows("SELECT reporting.today()")) == (True, [(date(2026, 9, 25),)])


LATE_SUNDAY = datetime(2026, 9, 20, 22, 59, tzinfo=UTC)
"""One minute to Monday in London's summer time."""


@pytest.mark.parametrize(
    ("received_at", "day", "expected"),
    [
        (LATE_SUNDAY, date(2026, 9, 27), (date(2026, 9, 27), "on_time")),
        (LATE_SUNDAY, date(2026, 9, 28), (date(2026, 9, 27), "late")),
        (LATE_SUNDAY + timedelta(minutes=1), date(2026, 9, 28), (date(2026, 10, 4), "on_time")),
        (None, date(2026, 12, 1), (date(2026, 9, 6), "never")),
    ],
)
def test_a_school_owes_a_file_for_each_week_with_a_school_day(
    intake: ConsumerDatabase, received_at: datetime | None, day: date, expected: tuple[date, str]
) -> None:
    """The Sunday of the week after that of the last file, in London's time; of the first week where none ever came."""
    intake.apply(agreed())
    if received_at is not None:
        intake.apply(ledger(KEY, entry(received_at=received_at)))
    today(intake, day)

    assert [row[2:] for row in intake.rows(FRESHNESS)] == [expected]


def test_a_week_without_a_school_day_owes_nothing(intake: ConsumerDatabase) -> None:
    """The school's own calendar of a year goes before the county's, and decides which week is next."""
    intake.apply(agreed(agreed_from=None), ledger(KEY, entry(received_at=datetime(2026, 7, 17, 9, 0, tzinfo=UTC))))
    intake.execute(
        "INSERT INTO exclusions.school_day VALUES ($1, 2025, $2)", SCHOOL, [date(2026, 7, 16), date(2026, 7, 17)]
    )
    today(intake, date(2026, 8, 20))

    assert [row[2:] for row in intake.rows(FRESHNESS)] == [(date(2026, 9, 6), "on_time")]


def test_a_duplicate_counts_as_received_and_a_held_file_does_not(intake: ConsumerDatabase) -> None:
    """A school that sends the same file again has done its duty; one whose file is held has not yet."""
    later = RECEIVED_AT + timedelta(days=7)
    intake.apply(
        agreed(),
        ledger("a", entry(), 0),
        ledger("b", entry(state="duplicate", received_at=later), 1),
        ledger("c", held(received_at=later + timedelta(days=7)), 2),
    )
    today(intake, date(2026, 10, 5))

    assert intake.rows(FRESHNESS) == [(1, later, date(2026, 10, 4), "late")]


@pytest.mark.parametrize("fields", [{"agreed_to": date(2026, 9, 24)}, {"agreed_from": date(2026, 9, 26)}])
def test_an_agreement_not_in_force_expects_nothing(intake: ConsumerDatabase, fields: dict[str, Any]) -> None:
    """Before the first and after the last day nothing is owed, not even a first file."""
    intake.apply(agreed(**fields))
    today(intake, date(2026, 9, 25))

    assert [row[3] for row in intake.rows(FRESHNESS)] == ["not_expected"]


def test_each_agreed_dataset_has_a_line(intake: ConsumerDatabase) -> None:
    """Attendance in time says nothing of exclusions."""
    intake.apply(agreed(datasets=("attendance", "exclusions")), ledger(KEY, entry()))
    today(intake, date(2026, 9, 20))

    assert sorted(intake.rows("SELECT dataset, state FROM reporting.freshness")) == [
        ("attendance", "on_time"),
        ("exclusions", "never"),
    ]


COLUMNS = {
    "delivery": """sender text, dataset text, delivery_seq bigint, file_name text, sha256 text, state text, reason text,
        rows_total integer, rows_accepted integer, rows_rejected integer, received_at timestamp with time zone,
        published_at timestamp with time zone, applied_at timestamp with time zone""",
    "rejected_row": """sender text, dataset text, delivery_seq bigint, row integer, column_name text, rule text""",
    "freshness": """dfe_no text, school_name text, dataset text, last_delivery_seq bigint,
        last_received_at timestamp with time zone, expected_by date, state text""",
    "match": """dfe_no text, pupil_key text, upn text, outcome text, pupil_id text, path text, score numeric,
        reasons text[], decided_by text, dataset text, delivery_seq bigint, row integer""",
}


@pytest.mark.parametrize("view", COLUMNS)
def test_the_views_have_the_columns_that_others_rely_on(intake: ConsumerDatabase, view: str) -> None:
    """Names, types and order are a contract."""
    rows = intake.rows(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = ('reporting.' || $1)::regclass AND attnum > 0 ORDER BY attnum",
        view,
    )

    assert ", ".join(f"{name} {kind}" for name, kind in rows) == " ".join(COLUMNS[view].split())
