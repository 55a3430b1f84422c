"""Parking: what is done in place of refused work, and when it is too much."""

from __future__ import annotations

import pytest

from consumers.runtime.errors import FatalError, PoisonError
from consumers.runtime.parking import ParkedLimit, without
from consumers.runtime.pieces import Flaw
from consumers.runtime.work import Delivery, Records
from schemas.errors import ContractError
from schemas.process.kafka import Record
from schemas.topics import ATTENDANCE, IDENTITIES
from tests.support.streams import attendance_rows, begun

FLAW = Flaw(ATTENDANCE, 2, 100, 105, "check_violation")


def records(*offsets: int) -> Records:
    """Records at these offsets, and a control record after the last."""
    made = tuple(Record(IDENTITIES, 2, offset, "8309996", b"", {}) for offset in offsets)
    return Records(IDENTITIES, 2, offsets[-1] + 2, made)


def test_a_delivery_is_parked_whole() -> None:
    """A refused delivery becomes one flaw, with its place and the refusal's reason."""
    opening = begun()
    delivery = Delivery(ATTENDANCE, 2, 105, opening, attendance_rows(opening), first_offset=100)

    found = without(delivery, PoisonError("check_violation", "refused"))

    assert found == [Flaw(ATTENDANCE, 2, 100, 105, "check_violation", begun=opening)]


def test_a_record_alone_is_parked() -> None:
    """A refused record becomes a flaw; the contract's refusal has a reason of its own."""
    found = without(records(7), ContractError("corrupt"))

    assert found == [Flaw(IDENTITIES, 2, 7, 9, "contract")]


def test_of_several_records_the_halves_are_tried() -> None:
    """Nobody knows which of the records was refused: each half is tried, and ends where the other begins."""
    left, right = without(records(3, 4, 8, 9, 10), ContractError("corrupt"))

    assert isinstance(left, Records)
    assert isinstance(right, Records)
    assert [[r.offset for r in half.records] for half in (left, right)] == [[3, 4], [8, 9, 10]]
    assert (left.next_offset, right.next_offset) == (8, 12)


def test_one_more_than_the_limit_stops() -> None:
    """As many as the limit are passed over in a row; the next one is not."""
    limit = ParkedLimit(2)
    limit.passed_over(FLAW)
    limit.passed_over(FLAW)

    with pytest.raises(FatalError, match="check_violation"):
        limit.passed_over(FLAW)


def test_a_success_begins_the_count_anew() -> None:
    """Only what is passed over in a row counts."""
    limit = ParkedLimit(1)
    limit.passed_over(FLAW)
    limit.succeeded()

    limit.passed_over(FLAW)
