"""Whatever happens to a file on its way, the answer is rows that keep their promises, or one refusal."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.feeds.findings import FileRefusedError
from schemas import codec
from schemas.events import ROW_RECORDS
from tests.support.csv_files import (
    FULL_WEEK,
    attendance_row,
    calendar_row,
    context,
    csv_bytes,
    exclusion_row,
    parsed,
    pupil_row,
    weeks,
)

FILES = [
    csv_bytes(weeks(2, pupils=2)),
    csv_bytes([attendance_row(n, Sessions=" ".join(FULL_WEEK)) for n in (1, 2)], line_end="\n"),
    csv_bytes([attendance_row(n, Sessions=FULL_WEEK * 4, Attendance_Year="") for n in (1, 2)]),
    csv_bytes([exclusion_row(1, Code_Description='Said "no", left'), exclusion_row(2)]),
    csv_bytes([pupil_row(1), pupil_row(2)]),
    csv_bytes([calendar_row(), calendar_row(To="")]),
]
DAMAGE = st.sampled_from(
    [
        b'"',
        b",",
        b"\n",
        b"\r",
        b"\x00",
        b"\xff",
        b"\xc3\xa9",
        b"\xe2\x80\xa8",
        b"\xe2\x80\x8b",
        b"\xef\xbb\xbf",
        b";",
        b"=1+1",
        b"#",
        b"\x1a",
        b"\t",
        b" ",
        b"9" * 30,
        b"C2",
        b"NULL",
        b"\xc2\x85",
        b"\xf0\x9f\x98\x80",
        b"",
    ]
)
BLOWS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 20), DAMAGE), min_size=1, max_size=4)


@settings(deadline=2000, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.sampled_from(FILES),
    blows=BLOWS,
    profile=st.sampled_from(["", "encoding=windows-1252", "sessions=fixed2", "days=5", "dates=dmy"]),
)
def test_no_damage_breaks_the_promises(
    tmp_path: Path, content: bytes, blows: list[tuple[int, int, bytes]], profile: str
) -> None:
    """Every row is accepted or refused, once; what is accepted can be published; nothing else is ever raised."""
    for place, length, damage in blows:
        content = content[:place] + damage + content[place + length :]
    try:
        result = parsed(tmp_path, content, context(sender="", profile=profile))
    except FileRefusedError:
        return

    rows = result.rows["row"].to_list()
    refused = {found.row for found in result.rejected}
    assert rows == sorted(set(rows) - refused)
    assert result.rows_total == len(rows) + len(refused)
    assert refused == {row.row for row in result.refused}
    numbered = result.rows.with_columns(delivery_seq=pl.lit(1, dtype=pl.Int64))
    assert len(codec.encode_block(ROW_RECORDS[result.dataset], numbered)) == len(rows)


@pytest.mark.parametrize("content", FILES)
def test_the_files_were_good_before(tmp_path: Path, content: bytes) -> None:
    """So that damage is what is tested."""
    assert parsed(tmp_path, content, context(sender="")).rejected == ()
