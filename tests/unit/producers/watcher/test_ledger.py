"""What the watcher remembers of deliveries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

from producers.watcher.ledger import Deliveries, Earlier, Head
from schemas.events import LedgerEntry


def entry(seq: int, **overrides: Any) -> LedgerEntry:
    made = LedgerEntry(
        sender="8309996",
        dataset="attendance",
        delivery_seq=seq,
        state="published",
        reason=None,
        file_name="marks.csv",
        sha256=f"{seq:064d}",
        rows_total=30,
        rows_accepted=30,
        rows_rejected=0,
        received_at=datetime(2026, 1, seq, tzinfo=UTC),
        academic_year=2025,
        last_week=date(2026, 1, 5),
        units=30 + seq,
    )
    return replace(made, **overrides)


def test_the_greatest_number_is_the_head_in_whatever_order_entries_come() -> None:
    """Partitions are read in any order, and some entries twice."""
    entries = [entry(1), entry(2), entry(3, academic_year=2024)]
    for order in permutations([*entries, entry(1)]):
        known = Deliveries()
        for one in order:
            known.apply(one)

        assert known.head("8309996", "attendance") == Head(3, f"{3:064d}")
        assert known.earlier("8309996", "attendance", 2025) == Earlier(2, 32, date(2026, 1, 5))
        assert known.next_seq("8309996", "attendance") == 4


def test_files_of_which_nothing_was_published_change_no_head() -> None:
    """Refused, held and repeated files are no deliveries."""
    known = Deliveries()
    known.apply(entry(1))
    known.apply(entry(5, state="held", delivery_seq=None))
    known.apply(entry(6, state="duplicate", delivery_seq=1))

    assert known.next_seq("8309996", "attendance") == 2


def test_numbers_are_a_sender_and_datasets_own() -> None:
    """Each dataset of each sender counts from one."""
    known = Deliveries()
    known.apply(entry(1))

    assert known.next_seq("8309996", "exclusions") == 1
    assert known.next_seq("8309995", "attendance") == 1
