"""The duty list over files that the consumer applied: who is on it, in which order, and for whom it speaks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from consumers.exclusions.app import consumer
from deploy.cli import cli
from deploy.duty.asking import ask
from deploy.duty.duties import Duty, Item
from deploy.duty.report import show
from schemas.events import LookedAfterPeriod
from tests.integration.consumers.attendance.council import insert
from tests.support.consumer_database import ConsumerDatabase, consumer_database, settings_for
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
)

FRIDAY = MONDAY + timedelta(days=4)
NEXT_MONDAY = MONDAY + timedelta(days=7)
NEXT_FRIDAY = MONDAY + timedelta(days=11)
SUNDAY = MONDAY + timedelta(days=6)
LONG = filed_row(end_date=NEXT_FRIDAY, sessions=20)
SHORT = filed_row(end_date=MONDAY + timedelta(days=1), sessions=4)
IN_CARE = (LookedAfterPeriod(date(2020, 1, 1)),)
CONTACT = "Office, 01234 567890"


@pytest.fixture(name="county")
def _county(database_dsn: str) -> Iterator[ConsumerDatabase]:
    """The consumer `exclusions` in a database with all views; one school in the register, its first file is in."""
    with consumer_database(database_dsn, consumer(settings_for(database_dsn))) as database:
        agree(database, SCHOOL)
        receive(database, SCHOOL, FRIDAY)
        yield database


def agree(database: ConsumerDatabase, dfe_no: str, **fields: Any) -> None:
    """A school in the register."""
    values = {"school_name": "Invented School", "contact": CONTACT, "datasets": ["exclusions"], "profile": ""}
    insert(database, "intake.agreement", dfe_no=dfe_no, agreed_from=date(2026, 9, 1), **{**values, **fields})


def receive(database: ConsumerDatabase, dfe_no: str, day: date) -> None:
    """One more exclusions file of a school has come."""
    seq = database.rows("SELECT count(*) FROM intake.delivery")[0][0] + 1
    received_at = datetime.combine(day, time(15), UTC)
    file = {"ledger_key": f"{dfe_no}/exclusions/{seq}", "sender": dfe_no, "dataset": "exclusions", "state": "published"}
    insert(
        database, "intake.delivery",
        **file, delivery_seq=seq, file_name="f.csv", received_at=received_at, ledger_offset=seq,
    )  # fmt: skip


def listed(dsn: str, on: date = NEXT_MONDAY) -> Duty:
    """The list of a day."""
    return asyncio.run(ask(settings_for(dsn), on))


def only(dsn: str, on: date = NEXT_MONDAY) -> Item:
    """The one child on the list of a day."""
    (item,) = listed(dsn, on).items
    return item


def printed(duty: Duty, width: int = 100) -> str:
    """The list as a person reads it."""
    console = Console(file=StringIO(), width=width)
    show(duty, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_child_on_the_list_is_told_whole(county: ConsumerDatabase, database_dsn: str) -> None:
    """Who, where, how far, by when, from which data, and when more is to be expected."""
    county.apply(identities(identity()), exclusions_file(LONG))

    assert listed(database_dsn).as_json() == {
        "on": NEXT_MONDAY.isoformat(),
        "items": [
            {
                "pupil_id": "P1",
                "dfe_no": SCHOOL,
                "day_now": 6,
                "day_six_date": NEXT_MONDAY.isoformat(),
                "due_date": NEXT_MONDAY.isoformat(),
                "looked_after": False,
                "social_worker": False,
                "state": "current",
                "ask_the_school": False,
                "permanent": False,
                "start_date": MONDAY.isoformat(),
                "end_date": NEXT_FRIDAY.isoformat(),
                "data_as_of": FRIDAY.isoformat(),
                "next_file": (SUNDAY + timedelta(days=7)).isoformat(),
                "delivery_seq": 1,
                "row": 1,
                "notes": (),
            }
        ],
        "may_go_on": [],
        "coverage": {"schools": 1, "in": 1, "late": []},
    }


@pytest.mark.parametrize(
    ("on", "day_now", "due"),
    [
        (MONDAY - timedelta(days=3), 0, False),
        (MONDAY, 1, False),
        (SUNDAY, 5, False),
        (NEXT_MONDAY, 6, True),
        (NEXT_FRIDAY, 10, True),
    ],
)
def test_day_now_counts_school_days(
    county: ConsumerDatabase, database_dsn: str, on: date, day_now: int, *, due: bool
) -> None:
    """None before the first, the last one's number on a weekend; due on day six itself and after it."""
    county.apply(exclusions_file(LONG))

    assert only(database_dsn, on).day_now == day_now
    assert listed(database_dsn, on).is_due() == due


def test_a_chain_is_one_item(county: ConsumerDatabase, database_dsn: str) -> None:
    """Suspensions without a school day between them are one need; the line shown is the last."""
    second = filed_row(start_date=NEXT_MONDAY, end_date=NEXT_FRIDAY)
    county.apply(exclusions_file(filed_row(end_date=FRIDAY), second))

    item = only(database_dsn)
    assert (item.start_date, item.end_date, item.day_six_date, item.row) == (MONDAY, NEXT_FRIDAY, NEXT_MONDAY, 2)


@pytest.mark.parametrize(
    ("row", "on", "stands"),
    [
        (SHORT, MONDAY + timedelta(days=1), True),
        (SHORT, MONDAY + timedelta(days=2), False),
        (LONG, NEXT_FRIDAY + timedelta(days=1), False),
        (filed_row(type="PERM"), date(2027, 9, 1), True),
        (filed_row(end_date=None, sessions=None), date(2027, 9, 1), True),
        (filed_row(type="LNCH", end_date=NEXT_FRIDAY), MONDAY, False),
        (filed_row(end_date=NEXT_FRIDAY, cancelled=True), MONDAY, False),
    ],
)
def test_who_stands_on_the_list(
    county: ConsumerDatabase, database_dsn: str, row: Any, on: date, *, stands: bool
) -> None:
    """To its last day, for good where there is none; no lunchtime, nothing cancelled."""
    county.apply(exclusions_file(row))

    assert (len(listed(database_dsn, on).items) == 1) == stands


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ([LONG], []),
        ([filed_row(type="PERM")], []),
        (
            [filed_row(end_date=FRIDAY), filed_row(start_date=NEXT_MONDAY, end_date=NEXT_FRIDAY)],
            [filed_row(start_date=NEXT_MONDAY, end_date=NEXT_FRIDAY)],
        ),
    ],
)
def test_a_row_that_is_no_longer_sent_keeps_its_line(
    county: ConsumerDatabase, database_dsn: str, first: list[Any], then: list[Any]
) -> None:
    """With its day six; the school has to be asked."""
    county.apply(exclusions_file(*first), exclusions_file(*then, completeness="full", delivery_seq=2))

    item = only(database_dsn)
    assert (item.state, item.ask_the_school, item.day_six_date) == ("no_longer_reported", True, NEXT_MONDAY)
    assert any(note.startswith("Ask the school") for note in item.notes)
    assert "ask the school" in printed(listed(database_dsn))


def test_an_end_that_nobody_knows_is_asked_for(county: ConsumerDatabase, database_dsn: str) -> None:
    """It counts as reaching day six."""
    county.apply(exclusions_file(filed_row(end_date=None, sessions=None)))

    item = only(database_dsn)
    assert (item.state, item.ask_the_school, item.day_six_date) == ("current", True, NEXT_MONDAY)


def test_what_must_be_done_first_stands_first(county: ConsumerDatabase, database_dsn: str) -> None:
    """By the day on which provision is due: from day one in care or with a social worker; without a day six last."""
    rows = [
        filed_row(upn=None, id_key=f"id:{number}", start_date=start, end_date=end)
        for number, (start, end) in enumerate(
            [
                (MONDAY, MONDAY + timedelta(days=2)),
                (MONDAY + timedelta(days=1), NEXT_FRIDAY),
                (MONDAY, NEXT_FRIDAY),
                (MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)),
                (MONDAY + timedelta(days=1), NEXT_FRIDAY),
            ]
        )
    ]
    county.apply(
        identities(
            *(identity(pupil_key=f"id:{number}", pupil_id=f"P{number}") for number in range(3)),
            identity(pupil_key="id:3", pupil_id="P3", looked_after=IN_CARE),
            identity(pupil_key="id:4", pupil_id="P4", social_worker=True),
        ),
        exclusions_file(*rows),
    )

    found = listed(database_dsn, MONDAY + timedelta(days=2)).items
    assert [item.pupil_id for item in found] == ["P4", "P3", "P2", "P1", "P0"]
    assert [item.due_date for item in found] == [
        *(MONDAY + timedelta(days=1),) * 2, NEXT_MONDAY, NEXT_MONDAY + timedelta(days=1), None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("received", "on", "day_six"),
    [
        (FRIDAY, NEXT_MONDAY, NEXT_MONDAY),
        (FRIDAY, SUNDAY, NEXT_MONDAY),
        (NEXT_MONDAY, NEXT_MONDAY, None),
    ],
)
def test_a_chain_that_may_have_gone_on_is_asked_about(
    county: ConsumerDatabase, database_dsn: str, received: date, on: date, day_six: date | None
) -> None:
    """Five days end with the week, and no file since can tell whether a sixth followed; a later file can."""
    receive(county, SCHOOL, received)
    county.apply(exclusions_file(filed_row(end_date=FRIDAY)))

    assert [one.day_six_date for one in listed(database_dsn, on).may_go_on] == ([day_six] if day_six else [])


def test_a_short_suspension_is_seen_in_time(county: ConsumerDatabase, database_dsn: str) -> None:
    """Two days and whatever follows reach day six after the next file."""
    county.apply(exclusions_file(filed_row(start_date=FRIDAY, end_date=FRIDAY, sessions=2)))

    assert listed(database_dsn).may_go_on == ()


def test_coverage_names_the_late_and_whom_to_ask(county: ConsumerDatabase, database_dsn: str) -> None:
    """By the day of the list; a school that never sent anything is late too, one out of the agreement is not."""
    agree(county, OTHER_SCHOOL)
    agree(county, "8309995", agreed_to=date(2026, 9, 2))
    duty = listed(database_dsn, NEXT_MONDAY)
    later = listed(database_dsn, NEXT_MONDAY + timedelta(days=7))

    assert (len(duty.coverage.schools), duty.coverage.schools_in) == (2, 1)
    assert [(one.dfe_no, one.state, one.contact) for one in duty.coverage.late] == [(OTHER_SCHOOL, "never", CONTACT)]
    assert {one.dfe_no: one.state for one in later.coverage.late} == {OTHER_SCHOOL: "never", SCHOOL: "late"}


@pytest.mark.parametrize(
    ("born", "note"),
    [
        (date(2012, 9, 14), None),
        (date(2010, 9, 1), "Year 11: there is no duty once the child has no examination left to sit."),
        (date(2021, 9, 20), "Not of compulsory school age until 31 Dec 2026: check whether the duty applies."),
        (date(2010, 8, 31), "Above compulsory school age since 26 Jun 2026: check whether the duty applies."),
    ],
)
def test_age_is_a_note_and_no_reason_to_leave_out(
    county: ConsumerDatabase, database_dsn: str, born: date, note: str | None
) -> None:
    """Compulsory school age by the birth date that the school sends, and the exception for year 11."""
    seen = {"dfe_no": SCHOOL, "dataset": "exclusions", "pupil_key": UPN, "delivery_seq": 1, "row": 1, "dob": born}
    insert(county, "matching.seen", **seen, reported=[], fingerprint="")
    county.apply(
        exclusions_file(
            filed_row(end_date=NEXT_FRIDAY, nc_year="Year 11" if born.year == 2010 and born.month == 9 else "9")
        )
    )

    county.apply(identities(identity()))

    assert only(database_dsn).notes == (() if note is None else (note,))


def test_an_unmatched_child_is_found_by_its_row(county: ConsumerDatabase, database_dsn: str) -> None:
    """Delivery and row lead to the name, which stands in the school's file alone."""
    county.apply(exclusions_file(LONG))
    told = " ".join(printed(listed(database_dsn)).split())

    assert "?1/1" in told
    assert "row 1 of the school's exclusions delivery 1 has the name" in told


@pytest.mark.parametrize("width", [80, 100, 140])
def test_every_line_can_be_read(county: ConsumerDatabase, database_dsn: str, width: int) -> None:
    """Nothing is cut or wider than the screen; no name and no UPN stands there."""
    agree(
        county, OTHER_SCHOOL, school_name="A School with an Uncommonly Long Name", contact="Head's office, extension 12"
    )
    second = filed_row(upn=OTHER_UPN, id_key="id:f", type="PERM", nc_year="11")
    county.apply(identities(identity(pupil_id="P0000001", looked_after=IN_CARE)), exclusions_file(LONG, second))
    told = printed(listed(database_dsn, FRIDAY), width)

    assert [line for line in told.splitlines() if len(line) > width or "…" in line] == []
    assert "P0000001" in told
    assert "Next" in told
    assert " !" in told
    assert [word for word in (UPN, OTHER_UPN, ID_KEY) if word in told] == []


@pytest.mark.parametrize(("on", "status"), [(FRIDAY, 0), (NEXT_MONDAY, 1)])
def test_the_exit_status_tells_of_a_day_six(
    county: ConsumerDatabase, database_dsn: str, tmp_path: Path, on: date, status: int
) -> None:
    """On the day named or before it."""
    county.apply(exclusions_file(LONG))
    (tmp_path / "run").mkdir()
    line = ["duty", "--home", str(tmp_path), "--on", on.isoformat(), "--json"]
    answer = CliRunner().invoke(cli, line, standalone_mode=False, env={"PUPILSTREAM_POSTGRES": database_dsn})

    assert answer.return_value == status
    assert [item["day_six_date"] for item in json.loads(answer.output)["items"]] == [NEXT_MONDAY.isoformat()]


def test_an_empty_list_says_for_whom_it_speaks(county: ConsumerDatabase, database_dsn: str) -> None:
    """Never that there is nobody: files can be late, and a telephone call is in no file."""
    del county
    told = printed(listed(database_dsn))

    assert "1 of 1 schools" in told
    assert "Permanent exclusions told by telephone may be missing" in told
    assert "none" not in told.lower()


def test_what_is_open_from_earlier_years_stands_apart(county: ConsumerDatabase, database_dsn: str) -> None:
    """A permanent exclusion has no end: nobody is dropped, and this year's list stays readable."""
    county.apply(exclusions_file(filed_row(type="PERM")))
    told = printed(listed(database_dsn, date(2027, 9, 10)))

    assert f"?1/1 at {SCHOOL}: permanent exclusion since 14 Sep 2026" in told
