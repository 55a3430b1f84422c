"""What a batch of single records comes to."""

from __future__ import annotations

import pytest

from consumers.intake.handler import entered, refused, register
from schemas.errors import ContractError
from schemas.process.kafka import Record
from schemas.topics import LEDGER
from tests.support.intake_records import agreed, entry, held, joined, ledger, rejected, withdrawn
from tests.support.pupil_rows import SCHOOL


def test_the_last_word_on_a_file_counts() -> None:
    """A held file that is released within one batch is an accepted file."""
    work = joined(ledger("a", held(), 0), ledger("b", entry(), 1), ledger("a", entry(delivery_seq=2), 2))

    actual = entered(work.records)

    assert [(one.ledger_key, one.ledger_offset, one.entry.state) for one in actual] == [
        ("a", 2, "published"),
        ("b", 1, "published"),
    ]


def test_every_refused_row_is_kept() -> None:
    """One row may break several rules."""
    work = joined(rejected(0), rejected(1, rule="V01_UPN_FORMAT", column="UPN"))

    assert [row.rule for row in refused(work.records)] == ["V10_DATE", "V01_UPN_FORMAT"]


def test_a_school_that_leaves_and_comes_back_is_in_the_register() -> None:
    """Of an agreement and its withdrawal in one batch the later counts."""
    back = register(joined(withdrawn(offset=0), agreed(1)).records)
    gone = register(joined(agreed(0), withdrawn(offset=1)).records)

    assert ([one.dfe_no for one in back.agreed], back.withdrawn) == ([SCHOOL], ())
    assert (gone.agreed, gone.withdrawn) == ((), (SCHOOL,))


def test_bytes_of_another_record_are_refused() -> None:
    """A batch with a value that is no ledger entry is not half read."""
    [stranger] = rejected().records

    with pytest.raises(ContractError):
        entered([Record(LEDGER, 0, 0, "a", stranger.value, {})])
