"""The receipt a file would get, as `pupilstream check` shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from producers.feeds.profile import Profile
from producers.watcher import examine as examining
from producers.watcher.examine import Candidate, NothingPast, check, examine, unchecked_permit
from producers.watcher.ledger import Head
from producers.watcher.receipts import Receipt
from producers.watcher.register import Permit
from schemas.events import Dataset
from tests.support.inbox import OTHER_SCHOOL, RECEIVED_ON, SCHOOL, attendance, exclusions

ALL = unchecked_permit()


def checked(
    folder: Path, content: bytes, *, name: str = "marks.csv", permit: Permit | None = ALL, sender: str = SCHOOL
) -> Receipt:
    path = folder / name
    path.write_bytes(content)
    return check(path, sender, permit, received_on=RECEIVED_ON, secret=b"k")


def test_a_good_file_is_accepted_without_a_number(tmp_path: Path) -> None:
    """Only a file that was sent gets a delivery number."""
    receipt = checked(tmp_path, attendance())

    assert (receipt.state, receipt.dataset, receipt.delivery_seq) == ("accepted", "attendance", None)
    assert (receipt.rows_total, receipt.rows_accepted, receipt.rows_rejected) == (3, 3, 0)


def test_the_name_is_judged_first(tmp_path: Path) -> None:
    """Before the agreement and the content."""
    assert checked(tmp_path, b"", name="-marks.csv", permit=None).reason == "F21_NAME"


def test_the_agreement_is_judged_before_the_content(tmp_path: Path) -> None:
    """The header names the dataset; nothing else is read."""
    only_exclusions = Permit(frozenset({"exclusions"}), Profile())

    receipt = checked(tmp_path, attendance(sender=OTHER_SCHOOL), permit=only_exclusions)

    assert (receipt.reason, receipt.dataset, receipt.rows_total) == ("NOT_IN_AGREEMENT", "attendance", None)


def test_another_schools_rows_reject_a_file(tmp_path: Path) -> None:
    """With the number of records, none of them accepted."""
    receipt = checked(tmp_path, attendance(sender=OTHER_SCHOOL))

    assert receipt.state == "rejected"
    assert (receipt.rows_total, receipt.rows_accepted, receipt.rows_rejected) == (3, 0, 3)


def test_a_file_that_is_the_head_is_a_duplicate(tmp_path: Path) -> None:
    """Of its own sender and dataset only."""

    class Past(NothingPast):
        def head(self, sender: str, dataset: Dataset) -> Head | None:
            return Head(4, "f" * 64) if (sender, dataset) == (SCHOOL, "exclusions") else None

    def state_of(content: bytes) -> tuple[Any, ...]:
        path = tmp_path / "file.csv"
        path.write_bytes(content)
        file = Candidate(SCHOOL, "file.csv", path, "f" * 64, RECEIVED_ON)
        receipt = examine(file, ALL, past=Past(), secret=b"k").receipt
        return receipt.state, receipt.delivery_seq, receipt.rows_total

    assert state_of(exclusions()) == ("duplicate", 4, None)
    assert state_of(attendance()) == ("accepted", None, 3)


def test_more_refused_rows_than_a_delivery_can_name_reject_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exclusions file is never held, but the record that opens its block has a limit."""
    monkeypatch.setattr(examining, "_MOST_REFUSED", 1)
    nobody = b",,,01/09/2012,8309996,05/01/2026,06/01/2026,4,DB,SUSP\n"

    receipt = checked(tmp_path, exclusions() + nobody * 2)

    assert (receipt.state, receipt.reason) == ("rejected", "TOO_MANY_REFUSED")
