"""The codec: two encoders that agree to the byte, and one error for whatever is wrong."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import fastavro
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from schemas.errors import ContractError
from schemas.events import ROW_RECORDS, ClosedDays, LedgerEntry
from tests.support.examples import event, frame

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES: dict[type[pl.DataType], st.SearchStrategy[Any]] = {
    pl.String: TEXTS,
    pl.Int32: st.integers(-(2**31), 2**31 - 1),
    pl.Int64: st.integers(-(2**63), 2**63 - 1),
    pl.Boolean: st.booleans(),
    pl.Date: st.dates(date(1900, 1, 1), date(2200, 12, 31)),
    pl.List: st.lists(TEXTS, max_size=5),
}


def _rows(record: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    kinds = codec.columns(record)
    nullable = {f["name"] for f in codec.newest(record).definition["fields"] if isinstance(f["type"], list)}
    row = st.fixed_dictionaries(
        {
            name: st.none() | VALUES[kind.base_type()] if name in nullable else VALUES[kind.base_type()]
            for name, kind in kinds.items()
        }
    )
    return st.lists(row, min_size=1, max_size=5)


def _by_fastavro(record: str, row: dict[str, Any]) -> bytes:
    schema, buffer = codec.newest(record), io.BytesIO()
    fastavro.schemaless_writer(buffer, schema.parsed, row)
    return schema.header + buffer.getvalue()


@given(data=st.data(), record=st.sampled_from(sorted(ROW_RECORDS.values())))
def test_both_encoders_write_the_same_bytes(data: st.DataObject, record: str) -> None:
    """Whatever the values, a row encoded through Arrow equals the row encoded alone."""
    rows = data.draw(_rows(record))

    payloads = codec.encode_block(record, pl.DataFrame(rows, schema=codec.columns(record)))

    assert payloads == [_by_fastavro(record, row) for row in rows]


@given(data=st.data(), record=st.sampled_from(sorted(ROW_RECORDS.values())))
def test_both_decoders_read_the_same_values(data: st.DataObject, record: str) -> None:
    """Whatever the values, a block decoded through Arrow equals its rows decoded one by one."""
    payloads = [_by_fastavro(record, row) for row in data.draw(_rows(record))]

    assert codec.decode_block(record, payloads).to_dicts() == [codec.read_plain(payload) for payload in payloads]


@pytest.mark.parametrize("column", ["dfe_no", "delivery_seq", "marks"])
def test_a_null_in_a_column_without_nulls_is_refused(column: str) -> None:
    """Arrow's encoder would write it as 0 or an empty text."""
    rows = frame("AttendanceMarks").with_columns(
        pl.lit(None).cast(codec.columns("AttendanceMarks")[column]).alias(column)
    )

    with pytest.raises(ContractError):
        codec.encode_block("AttendanceMarks", rows)


def test_a_null_inside_a_list_is_refused() -> None:
    """A mark is a text, also where it is blank."""
    rows = frame("AttendanceMarks").with_columns(marks=pl.lit([None], dtype=pl.List(pl.String)))

    with pytest.raises(ContractError):
        codec.encode_block("AttendanceMarks", rows)


def test_a_missing_column_is_refused() -> None:
    """A frame must carry every column of the record."""
    with pytest.raises(ContractError):
        codec.encode_block("AttendanceMarks", frame("AttendanceMarks").drop("marks"))


def test_bytes_after_the_end_of_a_row_are_refused() -> None:
    """The Arrow decoder alone would not notice them."""
    payloads = codec.encode_block("Exclusion", frame("Exclusion"))

    with pytest.raises(ContractError):
        codec.decode_block("Exclusion", [payloads[0], payloads[1] + b"\x00"])


def test_a_row_laid_out_in_other_array_blocks_is_read() -> None:
    """Another writer may put an array into several blocks: the same row, in other bytes."""
    sent = frame("AttendanceMarks").head(1).with_columns(marks=pl.Series([["/", "L"]]))
    payload = codec.encode_block("AttendanceMarks", sent)[0]
    whole = b"\x04\x02/\x02L\x00"
    assert payload.count(whole) == 1

    received = codec.decode_block("AttendanceMarks", [payload.replace(whole, b"\x02\x02/\x02\x02L\x00")])

    assert received.equals(sent)


def test_a_foreign_record_in_a_block_is_refused() -> None:
    """A block holds rows of one record."""
    with pytest.raises(ContractError):
        codec.decode_block("Exclusion", codec.encode_block("AttendanceMarks", frame("AttendanceMarks")))


def test_an_empty_block_has_the_record_s_columns() -> None:
    """A delivery without rows is still a frame."""
    assert dict(codec.decode_block("Exclusion", []).schema) == codec.columns("Exclusion")


@given(noise=st.binary(max_size=60), record=st.sampled_from(sorted(ROW_RECORDS.values())))
def test_any_bytes_are_read_or_refused_with_one_error(noise: bytes, record: str) -> None:
    """No other exception, and no crash, comes out of corrupt bytes of a block."""
    header = codec.newest(record).header

    try:
        rows = codec.decode_block(record, [header + noise]).height
    except ContractError:
        rows = 1

    assert rows == 1


@given(
    noise=st.binary(max_size=60),
    record=st.sampled_from(["LedgerEntry", "ClosedDays", "PupilIdentity", "ExclusionAlert"]),
)
def test_any_bytes_of_a_single_record_are_read_or_refused_with_one_error(noise: bytes, record: str) -> None:
    """As for blocks."""
    header = codec.newest(record).header

    try:
        read = type(codec.decode_any(header + noise)).__name__
    except ContractError:
        read = record

    assert read == record


@given(cut=st.integers(min_value=0))
def test_a_truncated_record_is_refused(cut: int) -> None:
    """However much is missing."""
    whole = codec.encode(event("LedgerEntry.v1/published"))

    with pytest.raises(ContractError):
        codec.decode(whole[: cut % len(whole)], LedgerEntry)


def test_bytes_without_the_wire_format_are_refused() -> None:
    """A plain text, or an id that the catalogue lacks."""
    for payload in (b"", b"hello world", b"\x00\x00\x00\xff\xff12"):
        with pytest.raises(ContractError):
            codec.decode_any(payload)


def test_another_record_than_expected_is_refused() -> None:
    """The reader says what it came for."""
    with pytest.raises(ContractError):
        codec.decode(codec.encode(event("LedgerEntry.v1/published")), ClosedDays)


def test_a_value_that_does_not_fit_is_refused_without_being_shown() -> None:
    """The error names the schema and not the value."""
    wrong: Any = "not a year"

    with pytest.raises(ContractError) as caught:
        codec.encode(ClosedDays("8309996", wrong, ()))

    assert "not a year" not in str(caught.value)
