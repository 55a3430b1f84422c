"""`why pupil_absence`: from a rate back to the files and rows, on real servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consumers.attendance.app import consumer as attendance
from consumers.intake.app import consumer as intake
from consumers.runtime.work import Delivery
from deploy.why.command import why
from schemas.errors import ConfigError
from schemas.process.kafka import Admin, TransactionalProducer
from schemas.process.settings import Secret, Settings
from schemas.topics import ATTENDANCE, partition_of, topics
from tests.support.consumer_database import ConsumerDatabase, consumer_database
from tests.support.intake_records import entry, ledger
from tests.support.pupil_rows import SCHOOL, UPN
from tests.support.registers import MONDAY, YEAR, file, week
from tests.support.streams import block, publish

FORMER = "K830999624002"
NEXT_MONDAY = MONDAY + timedelta(days=7)
RECEIVED_AT = datetime(2025, 9, 22, 7, 30, tzinfo=UTC)
HISTORY = [
    file(
        week(pupil_key="adm:9", upn=None),
        week("/\\I\\/\\/\\/\\", pupil_key=FORMER, upn=FORMER),
        week("L\\O\\/\\/\\##", pupil_key=FORMER, upn=FORMER, start_date=NEXT_MONDAY),
        seq=1,
    ),
    file(
        week(pupil_key="adm:9", upn=None), week(["I", "", "I", "\\", "-", "ILL", *"/\\/\\"], former_upn=FORMER), seq=2
    ),
]


@pytest.fixture(name="settings")
def _settings(tmp_path: Path, kafka_address: str, topic_prefix: str, database_dsn: str) -> Settings:
    settings = Settings(
        home=tmp_path,
        inbox=tmp_path,
        kafka=kafka_address,
        postgres=Secret(database_dsn),
        topic_prefix=topic_prefix,
        secret_key=b"of the tests alone",
    )
    Admin(settings).make_topics()
    return settings


@pytest.fixture(name="told")
def _told(settings: Settings) -> Callable[..., list[str]]:
    """What the command prints of a key, after the history was published and applied."""
    with TransactionalProducer(settings, "watcher") as producer:
        ends = [publish(producer, work.begun, block(work.begun, work.rows)) for work in HISTORY]
    with consumer_database(settings.postgres, attendance(settings)) as database:
        database.apply(*HISTORY)
    with consumer_database(settings.postgres, intake(settings)) as database:
        for work, end in zip(HISTORY, ends, strict=True):
            _note(database, work, end)

    def told(*words: str) -> list[str]:
        lines: list[str] = []
        why(settings, "pupil_absence", words, lines.append)
        return lines

    return told


def _note(database: ConsumerDatabase, work: Delivery, end: int) -> None:
    """What the ledger says of a delivery that was published."""
    seq = work.begun.delivery_seq
    noted = replace(
        entry(delivery_seq=seq, file_name=f"week{seq}.csv", rows_accepted=work.begun.rows, received_at=RECEIVED_AT),
        topic=ATTENDANCE,
        partition=partition_of(SCHOOL, topics()[ATTENDANCE].partitions),
        end_offset=end,
    )
    database.apply(ledger(f"{SCHOOL}/attendance/{seq}", noted, seq))


def test_the_rate_and_its_sums_are_told(told: Callable[..., list[str]]) -> None:
    """By mark, what counts in the rate and what does not."""
    lines = told(SCHOOL, UPN, str(YEAR))

    assert lines[:7] == [
        f"Absence of {UPN} at school {SCHOOL} in 2025/26",
        "  20.0000 %: 3 absent of 15 possible sessions",
        "  persistent absence (10 % or more): yes",
        "  severe absence (50 % or more): no",
        "  weeks from Monday 08 Sep 2025 to Monday 15 Sep 2025",
        "  enrolment status C; no certain match with a child of the council's index",
        "  last file with a row of the pupil: delivery 2",
    ]
    sums = lines[lines.index("How it is made, in sessions (half days), by mark:") + 1 :][:7]
    assert sums == [
        "  attended                   12   / 4, L 1, \\ 7",
        "  authorised absence          2   I 2",
        "  unauthorised absence        1   O 1",
        "In no rate:",
        "  not possible                2   # 2",
        "  no mark                     2   - 1, blank 1",
        "  unknown mark                1   ILL 1",
    ]


def test_the_files_and_rows_behind_it_are_told(told: Callable[..., list[str]]) -> None:
    """Each delivery with its file and the record numbers of the pupil's rows, under whatever key they stand."""
    lines = told(SCHOOL, UPN)

    assert lines[lines.index("The files and rows it comes from, the newest first:") + 1 :][:2] == [
        "  delivery 2: week2.csv, sha256 abababab, received 22 Sep 2025 08:30: 10 sessions, row 2",
        "  delivery 1: week1.csv, sha256 abababab, received 22 Sep 2025 08:30: 10 sessions, row 3",
    ]


def test_corrections_are_told_with_the_row_that_made_them(told: Callable[..., list[str]]) -> None:
    """Day, half, both marks, delivery and row."""
    lines = told(SCHOOL, UPN)

    corrections = lines[lines.index("Marks that a later file changed:") + 1 :]
    assert corrections[:2] == [
        "  Mon 08 Sep 2025 morning: / became I with delivery 2, row 2",
        "  Mon 08 Sep 2025 afternoon: \\ became blank with delivery 2, row 2",
    ]
    assert len(corrections) == 4


def test_an_earlier_key_leads_to_the_one_that_stands_now(told: Callable[..., list[str]]) -> None:
    """Its history is there, and says so."""
    lines = told(SCHOOL, FORMER)

    assert lines[0] == f"Absence of {UPN} at school {SCHOOL} in 2025/26"
    assert f"{FORMER} is an earlier key" in lines[1]


def test_rows_that_have_left_the_topic_are_said_to_be_gone(told: Callable[..., list[str]], settings: Settings) -> None:
    """The rate and the file stay; the archive has the rows."""
    elsewhere = replace(settings, topic_prefix=f"{settings.topic_prefix}later.")
    Admin(elsewhere).make_topics()
    del told
    lines: list[str] = []

    why(elsewhere, "pupil_absence", [SCHOOL, UPN], lines.append)

    assert any("delivery 2: week2.csv" in line and "no longer on the topic" in line for line in lines)


def test_of_an_unknown_key_nothing_is_known(told: Callable[..., list[str]], settings: Settings) -> None:
    """Another pupil, another school, another year: one line, and the caller is told."""
    unknown = [(SCHOOL, "H830999624099"), ("8309997", UPN), (SCHOOL, UPN, "2024")]

    assert [told(*words) for words in unknown] == [
        [f"Nothing is known of pupil_absence {' '.join(words)}."] for words in unknown
    ]
    assert not why(settings, "pupil_absence", unknown[0], lambda _: None)


def test_a_year_that_is_none_is_wrong_use(settings: Settings) -> None:
    """The message says what a year looks like."""
    for year in ("2025/26", "25", "next", "２０２５"):  # noqa: RUF001 - full-width digits
        with pytest.raises(ConfigError, match="2025"):
            why(settings, "pupil_absence", [SCHOOL, UPN, year], lambda _: None)
