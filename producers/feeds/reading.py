"""From a path to text: caps, magic bytes and strict decoding. What is not plain text of the agreed encoding ends here.

Nothing is guessed, repaired or unpacked. Splitting the text into records is `records`' business.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from producers.feeds.findings import FileRefusedError, Finding
from producers.feeds.header import dataset_of
from producers.feeds.profile import Profile

MAX_BYTES: Final = 50_000_000
MAX_LINE_BYTES: Final = 65_536
HEAD_BYTES: Final = 65_536

_PIECE_BYTES: Final = 1_000_000
_TAIL: Final = 4_096

_MAGIC: Final = (
    b"PK\x03\x04", b"PK\x05\x06", b"%PDF", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh",
    b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PAR1", b"SQLite format 3", b"\x89PNG", b"\xff\xd8\xff", b"\x7fELF", b"MZ\x90",
)  # fmt: skip
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_UTF16_NAMES: Final = ("utf-16-le", "utf-16-be")
_UTF32: Final = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_UTF7: Final = (b"+/v8", b"+/v9", b"+/v+", b"+/v/")
_MARKUP: Final = (b"<", b"{", b"[")
_NEVER_UTF8: Final = re.compile(
    rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]|\xed[\xa0-\xbf][\x80-\xbf]"
    rb"|\xf4[\x90-\xbf][\x80-\xbf]|[\xf5-\xff]"
)
_WINDOWS_LETTERS: Final = re.compile(
    rb"[\x85\x91-\x94\x96\x97\xa0\xa3\xb4]|[\xc0-\xd6\xd8-\xf6\xf8-\xfd]+(?=[A-Za-z ,;'\"|\t\r\n\x92.-]|\Z)"
)
_HIGH_BYTES: Final = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a file, without byte order mark, and what its encoding gave cause to say."""

    data: bytes
    ascii: bool
    warnings: tuple[Finding, ...] = ()


def read(path: Path, profile: Profile) -> Text:
    """The text of a file as UTF-8.

    Raises:
        FileRefusedError: too large, empty, not text, or not in the agreed encoding.

    """
    if path.stat().st_size > MAX_BYTES:
        raise FileRefusedError("F11_TOO_LARGE")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise FileRefusedError("F11_TOO_LARGE")
    return text_of(data, profile)


def read_head(path: Path, profile: Profile) -> Text:
    """The line of a file where its header should stand, whatever comes after it.

    Raises:
        FileRefusedError: as `read`, for this line alone.

    """
    with path.open("rb") as file:
        data = file.read(HEAD_BYTES)
    if data.startswith(_UTF16):
        return text_of(data, profile)
    lines = (line for line in data.splitlines() if line.strip() and not line.lower().startswith(b"sep="))
    return text_of(next(lines, b""), profile)


def text_of(data: bytes, profile: Profile) -> Text:
    """The text of a file's bytes as UTF-8.

    Raises:
        FileRefusedError: as `read`.

    """
    if not data or data.isspace():
        raise FileRefusedError("F01_EMPTY")
    if data.startswith(_MAGIC):
        raise FileRefusedError("F14_NOT_CSV")
    text = _decoded(data, profile)
    if text.data[-_TAIL:].rstrip(b"\r\n ").endswith(b"\x1a"):
        plain = text.data.rstrip(b"\r\n ").rstrip(b"\x1a")
        text = Text(plain if plain.endswith(b"\n") else plain + b"\n", text.ascii, text.warnings)
    start = text.data[:4096].lstrip()
    if not start and (not text.data or text.data.isspace()):
        raise FileRefusedError("F01_EMPTY")
    if start.startswith(_MARKUP):
        raise FileRefusedError("F15_MARKUP")
    return text


def _decoded(data: bytes, profile: Profile) -> Text:
    if data.startswith((*_UTF32, *_UTF7)):
        raise FileRefusedError("E03_ENCODING")
    for mark, encoding in zip(_UTF16, _UTF16_NAMES, strict=True):
        if data.startswith(mark):
            return _transcoded(data[len(mark) :], encoding, "E02_UTF16")
    if b"\x00" in data:
        raise FileRefusedError("E03_ENCODING" if _every_other_is_nul(data) else "E06_NUL")
    if data.isascii():
        return Text(data, ascii=True)
    if data.startswith(_UTF8_BOM):
        data = data[len(_UTF8_BOM) :]
    elif profile.encoding == "windows-1252":
        return _transcoded(data, "cp1252", "E04_WINDOWS_1252")
    try:
        for _ in _pieces(data, "utf-8"):
            pass
    except _UndecodableError as error:
        raise FileRefusedError(_what_it_is_instead(data, error)) from None
    return Text(data, ascii=data.isascii())


class _UndecodableError(Exception):
    """Where the bytes begin that are no text, and whether it is only that they end too early."""

    def __init__(self, start: int, *, at_end: bool) -> None:
        super().__init__(start)
        self.start = start
        self.at_end = at_end


def _pieces(data: bytes, encoding: str) -> Iterator[str]:
    """The text piece by piece, so that it is never there as a whole: as a str it takes up to four bytes a character.

    Raises:
        _UndecodableError: it is no text of that encoding.

    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    for start in range(0, len(data), _PIECE_BYTES):
        is_last = start + _PIECE_BYTES >= len(data)
        try:
            yield decoder.decode(data[start : start + _PIECE_BYTES], final=is_last)
        except UnicodeDecodeError as error:
            ends_early = is_last and error.end >= len(error.object) and error.reason == "unexpected end of data"
            raise _UndecodableError(start, at_end=ends_early) from None


def _transcoded(data: bytes, encoding: str, rule: str) -> Text:
    try:
        encoded = b"".join(piece.encode("utf-8") for piece in _pieces(data, encoding))
    except _UndecodableError:
        raise FileRefusedError("E05_INVALID_BYTES") from None
    if b"\x00" in encoded:
        raise FileRefusedError("E06_NUL")
    encoded = encoded.removeprefix(_UTF8_BOM)
    return Text(encoded, encoded.isascii(), (Finding(None, None, rule),))


def _every_other_is_nul(data: bytes) -> bool:
    """UTF-16 or UTF-32 without a byte order mark."""
    head = data[:4096]
    return head.count(b"\x00") * 3 > len(head)


def _what_it_is_instead(data: bytes, error: _UndecodableError) -> str:
    """Only to name the fault: an encoding is never chosen by looking."""
    if dataset_of(re.split("[\x85\n]", data[:HEAD_BYTES].decode("cp037"))[0].split(",")):
        return "E03_ENCODING"
    if error.at_end:
        return "F04_TRUNCATED"
    data = data[error.start : error.start + _PIECE_BYTES]
    if _NEVER_UTF8.search(data):
        return "E05_INVALID_BYTES"
    left = _HIGH_BYTES.search(_WINDOWS_LETTERS.sub(b"", data))
    return "E05_INVALID_BYTES" if left else "E04_WINDOWS_1252"
