"""From bytes to text: what is no text of the agreed encoding is refused, and never guessed at."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.feeds.findings import FileRefusedError
from producers.feeds.profile import Profile
from producers.feeds.reading import MAX_BYTES, read, text_of

HEADER = "UPN,First Name,Surname,DOB,DfE No,Start Date,Sessions\n"
WINDOWS = Profile.parse("encoding=windows-1252")


def _refused(data: bytes, profile: Profile | None = None) -> str:
    with pytest.raises(FileRefusedError) as caught:
        text_of(data, profile or Profile())
    return caught.value.reason


@pytest.mark.parametrize("data", [b"", b" \r\n\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_nothing_is_refused_as_empty(data: bytes) -> None:
    """A file of blank lines or a bare byte order mark is empty."""
    assert _refused(data) == "F01_EMPTY"


@pytest.mark.parametrize(
    "magic", [b"PK\x03\x04", b"%PDF-1.7", b"\x1f\x8b\x08", b"\xd0\xcf\x11\xe0\xa1\xb1", b"7z\xbc\xaf\x27\x1c"]
)
def test_other_documents_are_told_by_their_first_bytes(magic: bytes) -> None:
    """A workbook or archive named .csv is never opened."""
    assert _refused(magic + HEADER.encode()) == "F14_NOT_CSV"


@pytest.mark.parametrize("start", ["<!DOCTYPE html>", '{"rows": []}', "  <?xml ?>", "[1]"])
def test_markup_is_no_csv(start: str) -> None:
    """An error page of a portal is a common mistake."""
    assert _refused(start.encode()) == "F15_MARKUP"


def test_a_byte_order_mark_is_taken_off() -> None:
    """A UTF-8 file may begin with a mark."""
    text = text_of(b"\xef\xbb\xbf" + HEADER.encode(), Profile())

    assert (text.data, text.warnings) == (HEADER.encode(), ())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_a_mark_is_transcoded_with_a_warning(encoding: str) -> None:
    """Some spreadsheets export it."""
    text = text_of(("\ufeff" + HEADER).encode(encoding), Profile())

    assert text.data == HEADER.encode()
    assert [found.rule for found in text.warnings] == ["E02_UTF16"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32", "utf-32-be", "cp037"])
def test_other_encodings_are_refused_by_name(encoding: str) -> None:
    """UTF-16 without a mark, UTF-32 and EBCDIC."""
    assert _refused(HEADER.encode(encoding)) == "E03_ENCODING"


def test_windows_1252_needs_an_agreement() -> None:
    """The same bytes are refused without the profile and read with it, with a warning."""
    data = (HEADER + "Zoë O\u2019Brien,").encode("cp1252")

    text = text_of(data, WINDOWS)

    assert _refused(data) == "E04_WINDOWS_1252"
    assert "Zoë O\u2019Brien" in text.data.decode()
    assert [found.rule for found in text.warnings] == ["E04_WINDOWS_1252"]


@pytest.mark.parametrize(
    "broken", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc3(", b"\x80\x81", b"\xc3\xa9\xe9\x81"]
)
def test_invalid_bytes_are_refused(broken: bytes) -> None:
    """Overlong, surrogate, stray and mixed sequences."""
    assert _refused(HEADER.encode() + broken + b",x\n") == "E05_INVALID_BYTES"


def test_bytes_that_windows_1252_does_not_have_are_refused() -> None:
    """An agreed encoding is held to strictly."""
    assert _refused(HEADER.encode() + b"\x81\n", WINDOWS) == "E05_INVALID_BYTES"


def test_a_character_cut_off_at_the_end_is_a_truncated_file() -> None:
    """The file ends inside a letter."""
    assert _refused((HEADER + "Zoë").encode()[:-1]) == "F04_TRUNCATED"


def test_a_nul_is_refused() -> None:
    """No database text can hold it."""
    assert _refused(HEADER.encode() + b"A\x00B\n") == "E06_NUL"


def test_an_end_of_file_character_at_the_end_is_taken_off() -> None:
    """Old programs write Ctrl-Z."""
    assert text_of(HEADER.encode() + b"\x1a", Profile()).data == HEADER.encode()


def test_a_file_above_the_cap_is_not_read(tmp_path: Path) -> None:
    """A sparse file of great apparent size costs nothing."""
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)

    with pytest.raises(FileRefusedError) as caught:
        read(path, Profile())

    assert caught.value.reason == "F11_TOO_LARGE"
