"""Encodings: E01 to E14."""

from __future__ import annotations

from typing import Final

from tests.bad_input.case import Case, Spoil
from tests.bad_input.draft import ByteChange, Draft
from tests.bad_input.spoils import (
    EVERY_DATASET,
    OF_CHILDREN,
    OF_SCHOOLS,
    accepts,
    cell,
    cell_bytes,
    data,
    refuses,
    refuses_row,
    warns,
    warns_of_file,
)

_BOM: Final = b"\xef\xbb\xbf"
_CONTROLS: Final = ("\x01", "\x08", "\x1b[31m", "\x7f", "\u0081")
_SEPARATORS: Final = ("\u2028", "\u2029", "\u0085", "\x0b", "\x0c")


def _encoded(encoding: str) -> ByteChange:
    return lambda content: content.decode().encode(encoding)


def _in_windows_1252(column: str, text: str) -> Spoil:
    def spoil(draft: Draft, place: int) -> Draft:
        return draft.with_cells(place, **{column: text}).with_bytes(_encoded("cp1252"))

    return spoil


CASES: Final = (
    Case("E01", "UTF-8 with a byte order mark", accepts(EVERY_DATASET, data(lambda content: _BOM + content))),
    Case(
        "E02",
        "UTF-16 with a byte order mark",
        tuple(
            example
            for change in (
                lambda content: b"\xff\xfe" + _encoded("utf-16-le")(content),
                lambda content: b"\xfe\xff" + _encoded("utf-16-be")(content),
            )
            for example in warns_of_file(EVERY_DATASET, data(change), "E02_UTF16", alone=True)
        ),
    ),
    Case(
        "E03",
        "UTF-16 without a mark, UTF-32, UTF-7 with its signature, EBCDIC",
        tuple(
            example
            for change in (
                _encoded("utf-16-le"),
                _encoded("utf-16-be"),
                _encoded("utf-32"),
                _encoded("cp037"),
                lambda content: b"+/v8-" + content,
            )
            for example in refuses(EVERY_DATASET, data(change), "E03_ENCODING", alone=True)
        ),
    ),
    Case(
        "E04",
        "Windows-1252",
        (
            *refuses(OF_CHILDREN, _in_windows_1252("Surname", "Xqsent\u00e9 Zo\u00eb"), "E04_WINDOWS_1252", alone=True),
            *warns_of_file(
                OF_CHILDREN,
                _in_windows_1252("Surname", "Xqsent\u00e9 Zo\u00eb"),
                "E04_WINDOWS_1252",
                profile="encoding=windows-1252",
                alone=True,
            ),
        ),
        also="Read only where the school's profile says so; an encoding is never guessed.",
    ),
    Case(
        "E05",
        "Bytes that are no UTF-8: invalid, overlong, surrogates, CESU-8",
        tuple(
            example
            for raw in (b"Xqsent\xff", b"Xqsent\xc0\xaf", b"Xqsent\xed\xa0\x80", b"Xqsent\xed\xa0\xbd\xed\xb8\x80")
            for example in refuses(OF_CHILDREN, cell_bytes("Surname", raw), "E05_INVALID_BYTES")
        ),
    ),
    Case(
        "E06",
        "NUL bytes",
        refuses(OF_CHILDREN, cell_bytes("Surname", b"Xqsent\x00"), "E06_NUL"),
    ),
    Case(
        "E07",
        "Other control characters, ANSI escapes",
        (
            *(
                example
                for control in _CONTROLS
                for example in warns(OF_CHILDREN, cell("Surname", f"Xqsent{control}x"), "E07_CONTROL", "Surname")
            ),
            *refuses_row(["attendance"], cell("Sessions", "/\\/\\\x01\\/\\/\\"), "E07_CONTROL", "Sessions"),
            *refuses_row(OF_SCHOOLS, cell("Start Date", "2026\x01-11-09"), "E07_CONTROL", "Start Date"),
            *refuses_row(["pupils"], cell("Pupil ID", "Xqsent\x01"), "E07_CONTROL", "Pupil ID"),
        ),
    ),
    Case(
        "E08",
        "Line and paragraph separators, vertical tab, form feed, NEL",
        (
            *(
                example
                for separator in _SEPARATORS
                for example in warns(
                    OF_CHILDREN, cell("Surname", f"Xqsent{separator}x"), "E08_LINE_SEPARATOR", "Surname"
                )
            ),
            *refuses_row(["attendance"], cell("Sessions", "/\\/\\\u2028\\/\\/\\"), "E08_LINE_SEPARATOR", "Sessions"),
            *refuses_row(OF_SCHOOLS, cell("Start Date", "2026-11-09\x0b"), "E08_LINE_SEPARATOR", "Start Date"),
        ),
    ),
    Case(
        "E09",
        "Line ends of two kinds, or of carriage returns alone",
        (
            *warns_of_file(
                EVERY_DATASET, data(lambda content: content.replace(b"\r\n", b"\r")), "E09_LINE_ENDS", alone=True
            ),
            *warns_of_file(
                EVERY_DATASET, data(lambda content: content.replace(b"\r\n", b"\n", 3)), "E09_LINE_ENDS", alone=True
            ),
            *accepts(EVERY_DATASET, data(lambda content: content.replace(b"\r\n", b"\n")), alone=True),
        ),
    ),
    Case(
        "E10",
        "A bare carriage return inside an unquoted cell",
        refuses(OF_CHILDREN, cell_bytes("Surname", b"Xqsent\rx"), "E10_SPLIT_ROW"),
    ),
    Case(
        "E11",
        "Ctrl-Z at the end, or inside",
        (
            *accepts(EVERY_DATASET, data(lambda content: content + b"\x1a")),
            *warns(OF_CHILDREN, cell("Surname", "Xqsent\x1ax"), "E11_CTRL_Z", "Surname"),
            *refuses_row(["attendance"], cell("Sessions", "/\\/\\\x1a\\/\\/\\"), "E11_CTRL_Z", "Sessions"),
        ),
    ),
    Case(
        "E12",
        "A byte order mark, or the header, again inside: two exports joined",
        (
            *refuses(EVERY_DATASET, data(lambda content: content + content), "E12_JOINED_FILES", alone=True),
            *refuses(
                EVERY_DATASET, data(lambda content: _BOM + content + _BOM + content), "E12_JOINED_FILES", alone=True
            ),
        ),
    ),
    Case(
        "E13",
        "Letters already damaged: mojibake, U+FFFD",
        tuple(
            example
            for text in ("Xqsent Zo\u00c3\u00ab", "Xqsent\ufffd", "Xqsent\u00e2\u20ac\u2122s")
            for example in warns(OF_CHILDREN, cell("Surname", text), "E13_MOJIBAKE", "Surname")
        ),
        also="Kept as it came, never repaired.",
    ),
    Case(
        "E14",
        "Decomposed letters, compatibility forms",
        accepts(OF_CHILDREN, cell("Surname", "Xqsente\u0301")),
        also="Stored composed (NFC); compared by a key of its own.",
    ),
)
