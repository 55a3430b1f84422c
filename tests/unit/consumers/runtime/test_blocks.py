"""Blocks: what is whole gets through, what is not never does."""

from __future__ import annotations

import polars as pl
import pytest

from consumers.runtime.blocks import Assembler
from consumers.runtime.pieces import Flaw
from consumers.runtime.work import Delivery
from schemas import codec
from schemas.events import DeliveryBegun
from schemas.topics import ATTENDANCE, EXCLUSIONS
from tests.support.streams import attendance_rows, begun, block, completed

OPENING = begun()


def fed(*payloads: bytes, topic: str = ATTENDANCE, first: int = 100) -> list[Delivery | Flaw]:
    """What an assembler makes of payloads at offsets 100, 101 ..."""
    return list(Assembler(topic, 2).feed(enumerate(payloads, first)))


def whole(opening: DeliveryBegun = OPENING, **columns: object) -> list[bytes]:
    """A block of three rows."""
    return block(opening, attendance_rows(opening, **columns))


def flaw(reason: str, *, first: int = 100, after: int, torn: bool = True) -> Flaw:
    """A flaw of the block with `OPENING`."""
    return Flaw(ATTENDANCE, 2, first, after, reason, torn=torn, begun=OPENING)


def test_a_whole_block_is_a_delivery() -> None:
    """A block that agrees with its markers comes out with its rows, its place and the offset that follows it."""
    (delivery,) = fed(*whole())

    assert isinstance(delivery, Delivery)
    assert delivery.rows.equals(attendance_rows(OPENING))
    assert (
        delivery.topic,
        delivery.partition,
        delivery.first_offset,
        delivery.next_offset,
        delivery.begun,
    ) == (ATTENDANCE, 2, 100, 105, OPENING)


def test_a_block_without_rows_is_a_delivery() -> None:
    """A file with a header alone is a delivery too."""
    opening = begun(rows=0)

    (delivery,) = fed(*whole(opening))

    assert isinstance(delivery, Delivery)
    assert delivery.rows.is_empty()


def test_a_block_may_arrive_in_pieces() -> None:
    """Nothing comes out before the closing record, over as many polls as it takes."""
    assembler, payloads = Assembler(ATTENDANCE, 2), whole()

    early = list(assembler.feed(enumerate(payloads[:3], 100)))
    is_open = assembler.is_open
    late = list(assembler.feed(enumerate(payloads[3:], 103)))

    assert (early, is_open, len(late), assembler.is_open) == ([], True, 1, False)


def test_gaps_between_offsets_are_no_fault() -> None:
    """Control records take offsets, so a block may have holes."""
    payloads = whole()
    arrived = [(100, payloads[0]), (101, payloads[1]), (107, payloads[2]), (108, payloads[3]), (120, payloads[4])]

    (delivery,) = Assembler(ATTENDANCE, 2).feed(arrived)

    assert delivery.next_offset == 121


def test_refused_rows_leave_gaps() -> None:
    """Row numbers grow, but need not follow one another."""
    (delivery,) = fed(*whole(row=pl.Series([2, 5, 90])))

    assert isinstance(delivery, Delivery)


def test_a_missing_row_tears_the_block() -> None:
    """A block with fewer rows than its markers state is torn."""
    payloads = whole()

    assert [flaw("row_count", after=104)] == fed(payloads[0], *payloads[2:])


def test_a_repeated_row_tears_the_block() -> None:
    """A block with more rows than its markers state is torn."""
    payloads = whole()

    assert [flaw("row_count", after=106)] == fed(*payloads[:2], payloads[1], *payloads[2:])


def test_a_changed_row_tears_the_block() -> None:
    """The checksum tells a row that is not what was sent, though it can be read."""
    payloads = whole()
    other = codec.encode_block("AttendanceMarks", attendance_rows(OPENING, pupil_key="adm:2"))

    assert [flaw("checksum", after=105)] == fed(payloads[0], other[0], *payloads[2:])


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"row": pl.Series([1, 1, 2])}, "row_order"),
        ({"row": pl.Series([3, 2, 4])}, "row_order"),
        ({"delivery_seq": pl.Series([1, 1, 2])}, "foreign_rows"),
        ({"dfe_no": pl.Series(["8309996", "8309996", "8309997"])}, "foreign_rows"),
    ],
)
def test_rows_of_one_delivery_in_order(columns: dict[str, pl.Series], reason: str) -> None:
    """Rows out of order, or of another delivery or school, tear the block, even under a right checksum."""
    assert [flaw(reason, after=105)] == fed(*block(OPENING, attendance_rows(OPENING, **columns)))


def test_another_deliverys_end_tears_the_block() -> None:
    """The closing record must be of the delivery that the opening record began."""
    payloads = whole()
    other = codec.encode(completed(begun(delivery_seq=2), payloads[1:4]))

    assert [flaw("other_end", after=105)] == fed(*payloads[:4], other)


def test_a_second_begin_restarts_the_block() -> None:
    """The opening record of the same delivery again is another attempt at it: what came before is forgotten."""
    payloads = whole()

    (delivery,) = fed(*payloads[:3], *payloads)

    assert isinstance(delivery, Delivery)
    assert (delivery.first_offset, delivery.next_offset) == (103, 108)


def test_a_block_without_end_is_torn_by_the_next() -> None:
    """A block that another begins in is torn; the other one is whole."""
    opening = begun(delivery_seq=2)

    torn, delivery = fed(*whole()[:3], *whole(opening))

    assert flaw("no_end", after=103) == torn
    assert isinstance(delivery, Delivery)
    assert opening == delivery.begun


def test_rows_without_begin_are_torn() -> None:
    """Rows that no opening record precedes are one flaw, up to the next block."""
    torn, delivery = fed(*whole()[2:4], *whole())

    assert Flaw(ATTENDANCE, 2, 100, 102, "no_begin", torn=True) == torn
    assert isinstance(delivery, Delivery)


def test_an_end_without_begin_is_torn() -> None:
    """A closing record alone is a flaw of its own."""
    assert [Flaw(ATTENDANCE, 2, 100, 101, "no_begin", torn=True)] == fed(whole()[4])


def test_rows_without_begin_are_torn_at_the_end_of_the_partition() -> None:
    """Strays come out when it is clear that no more follow; an open block waits."""
    strays, open_block = Assembler(ATTENDANCE, 2), Assembler(ATTENDANCE, 2)
    list(strays.feed(enumerate(whole()[1:3], 100)))
    list(open_block.feed(enumerate(whole()[:3], 100)))

    assert [Flaw(ATTENDANCE, 2, 100, 110, "no_begin", torn=True)] == list(strays.settle_strays(110))
    assert list(open_block.settle_strays(110)) == []


def test_rows_that_cannot_be_read_are_parked() -> None:
    """A block whose rows are what was sent, but fit no schema, is not torn: it can never be applied."""
    rubbish = [b"rubbish"] * 3
    payloads = [codec.encode(OPENING), *rubbish, codec.encode(completed(OPENING, rubbish))]

    assert [flaw("unreadable", after=105, torn=False)] == fed(*payloads)


def test_an_opening_record_that_cannot_be_read_is_parked() -> None:
    """It is a flaw of its own; the rows after it have no beginning."""
    payloads = whole()

    unreadable, strays = fed(payloads[0][:-3], *payloads[1:])

    assert Flaw(ATTENDANCE, 2, 100, 101, "unreadable") == unreadable
    assert Flaw(ATTENDANCE, 2, 101, 105, "no_begin", torn=True) == strays


def test_a_block_on_another_datasets_topic_is_parked() -> None:
    """A dataset travels on its own topic alone."""
    (wrong,) = fed(*whole(), topic=EXCLUSIONS)

    assert isinstance(wrong, Flaw)
    assert (wrong.reason, wrong.torn) == ("wrong_topic", False)
