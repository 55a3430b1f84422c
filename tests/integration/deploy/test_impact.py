"""`impact DELIVERY` and `why suspension`: what one file has changed, and what one suspension rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pytest

from consumers.exclusions.calendar import COUNTY, CalendarRow
from consumers.runtime.work import Work
from deploy.impact.command import impact
from deploy.roles import consumer
from deploy.why.command import why
from schemas.errors import ConfigError
from schemas.topics import ATTENDANCE, COUNCIL_CALENDAR, COUNCIL_PUPILS, EXCLUSIONS, IDENTITIES, LEDGER
from tests.support.consumer_database import consumer_database, settings_for
from tests.support.intake_records import entry, ledger
from tests.support.pupil_rows import council_row, delivery
from tests.support.registers import file, week
from tests.support.suspensions import (
    MONDAY,
    OTHER_UPN,
    SCHOOL,
    UPN,
    calendar_file,
    exclusions_file,
    filed_row,
    identities,
    identity,
)

READERS = {
    "intake": (LEDGER,),
    "matching": (ATTENDANCE, COUNCIL_PUPILS),
    "attendance": (ATTENDANCE,),
    "exclusions": (EXCLUSIONS, COUNCIL_CALENDAR, IDENTITIES),
}
FILES = [
    ("council", "pupils", 1),
    ("council", "calendar", 1),
    *((SCHOOL, "attendance", seq) for seq in (1, 2)),
    *((SCHOOL, "exclusions", seq) for seq in (1, 2)),
]
HISTORY: list[Work] = [
    *(
        ledger(f"{sender}/{dataset}/{seq}", entry(sender=sender, dataset=dataset, delivery_seq=seq), place)
        for place, (sender, dataset, seq) in enumerate(FILES)
    ),
    delivery("pupils", [council_row(), council_row(pupil_id="P2", upn=OTHER_UPN)]),
    calendar_file(CalendarRow(COUNTY, date(2026, 10, 30), date(2026, 10, 30), "INSET")),
    file(week(upn=UPN, pupil_key=UPN), week(upn=OTHER_UPN, pupil_key=OTHER_UPN), seq=1),
    file(week("N\\/\\/\\/\\/I", upn=UPN, pupil_key=UPN), seq=2),
    exclusions_file(
        filed_row(end_date=date(2026, 9, 22), sessions=14), filed_row(upn=OTHER_UPN, id_key="id:fedcba9876543210")
    ),
    identities(identity(pupil_id="P1")),
    exclusions_file(filed_row(end_date=date(2026, 9, 22), sessions=14), delivery_seq=2, completeness="full"),
]

Tell = Callable[..., tuple[bool, str]]


@pytest.fixture(name="applied")
def _applied(database_dsn: str) -> str:
    """A database in which a school's files have had their effect."""
    told = settings_for(database_dsn)
    for name, topics in READERS.items():
        with consumer_database(database_dsn, consumer(name, told)) as database:
            database.apply(*(work for work in HISTORY if work.topic in topics))
    return database_dsn


@pytest.fixture(name="impact_of")
def _impact_of(applied: str) -> Tell:
    """What `impact` prints of a delivery."""

    def tell(name: str) -> tuple[bool, str]:
        lines: list[str] = []
        known = impact(settings_for(applied), name, lines.append)
        return known, "\n".join(lines)

    return tell


@pytest.fixture(name="why_suspension")
def _why_suspension(applied: str) -> Tell:
    """What `why suspension` prints of a key."""

    def tell(*key: str) -> tuple[bool, str]:
        lines: list[str] = []
        known = why(settings_for(applied), "suspension", key, lines.append)
        return known, "\n".join(lines)

    return tell


def lacking(printed: str, expected: Sequence[str]) -> list[str]:
    """What should have been told."""
    return [text for text in expected if text not in printed]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            f"{SCHOOL}/attendance/1",
            ["week.csv", "newest of its sender is delivery 2", "10 sessions of 1 pupils", "changed no mark", "certain"],
        ),
        (
            f"{SCHOOL}/attendance/2",
            [
                "the newest of its sender.",
                "10 sessions of 1 pupils",
                "2 marks were changed",
                f"{UPN} 2025-09-08 morning: / became N",
            ],
        ),
        (
            f"{SCHOOL}/exclusions/1",
            [f"  {UPN} 2026-09-14 SUSP\n", f"{OTHER_UPN} 2026-09-14 SUSP\n", "DAY_SIX_DUE of P1"],
        ),
        (
            f"{SCHOOL}/exclusions/2",
            [f"{OTHER_UPN} 2026-09-14 SUSP: no longer reported", "1 alerts", "NO_LONGER_REPORTED"],
        ),
        ("council/pupils/1", ["2 children of the index are as this file has them, 2 of them current"]),
        ("council/calendar/1", ["School days of 2026 come from it"]),
    ],
)
def test_everything_that_a_file_changed_is_told(impact_of: Tell, name: str, expected: list[str]) -> None:
    """Marks, suspensions, children, school days and alerts, of files that still count and of others."""
    known, printed = impact_of(name)

    assert known
    assert lacking(printed, expected) == []


def test_a_delivery_that_is_not_there_is_said_so(impact_of: Tell) -> None:
    """And a word that is no delivery's name is refused."""
    assert impact_of(f"{SCHOOL}/attendance/9") == (False, f"There is no delivery {SCHOOL}/attendance/9.")
    with pytest.raises(ConfigError, match="SENDER/DATASET/SEQ"):
        impact_of("attendance 9")


def test_a_suspension_is_followed_to_its_rows(why_suspension: Tell) -> None:
    """Version, every file's row, chain, day six, totals and alerts."""
    known, printed = why_suspension(SCHOOL, UPN, str(MONDAY))

    assert known
    assert (
        lacking(
            printed,
            [
                "Suspension from 14 September 2026 to 22 September 2026, 7 school days, 14 sessions reported: over.",
                "The child is P1.",
                "row 1 of exclusions delivery 1",
                "delivery 1 (week.csv, received 18 September 2026): row 1: SUSP to 22 September 2026, 14 sessions, DB",
                "delivery 2 (week.csv, received 18 September 2026): row 1",
                "day six is 21 September 2026",
                "Counted by calendar delivery 1",
                "DAY_SIX_DUE, due 21 September 2026, from delivery 1",
            ],
        )
        == []
    )


def test_a_suspension_that_a_file_lacks_says_which(why_suspension: Tell) -> None:
    """The file without the row is named."""
    _, printed = why_suspension(SCHOOL, OTHER_UPN, str(MONDAY), "susp")

    assert "no longer reported: ask the school" in printed
    assert "delivery 2 (week.csv, received 18 September 2026): does not hold it" in printed
