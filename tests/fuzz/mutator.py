"""Turns a file into a worse one, by its structure as often as by its bytes. Seeded: the same seed, the same files."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

_CELLS: Final = (
    b"", b" ", b"0", b"-1", b"9" * 40, b"1e9", b"NaN", b"NULL", b"=1+1", b"-", b"#", b"@x", b"/\\" * 5, b"/\\" * 7,
    b"/\\" * 370, b"/ \\ " * 5, b"C2C2Y1Y1", b"/,\\,/,\\", b"31/02/2026", b"0000-00-00", b"2199-12-31", b"1900-01-01",
    b"99/99/9999", b"2026/27", b"8309996", b"8309997", b"9996", b"830/9996", b"PERM", b"LNCH", b"CANC", b"TERM", b"Y",
    b"\xc3\xa9", b"\xe2\x80\xa8", b"\xe2\x80\x8b", b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80", b"\xc2\x85", b"\xcc\x81" * 30,
    b"\xef\xbc\x91", b"\xe2\x88\x92", b"\x1a", b"\t", b"\x0b", b"\x1b[0m", b'"', b'""', b"'x'", b"a" * 8_193,
)  # fmt: skip
_BYTES: Final = (
    b"\x00", b"\xff", b"\xfe\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\r", b"\n", b"\r\n", b'"', b'","', b'"\n"', b",",
    b";", b"\t", b"|", b"\xef\xbb\xbf", b"# x\n", b"sep=;\n", b"Total: 3\n", b",,,,\n", b"\x1a", b"PK\x03\x04", b"<a>",
)  # fmt: skip
_HEADERS: Final = (
    b"UPN", b"Sessions", b"Start Date", b"End Date", b"Kind", b"Pupil ID", b"DfE No", b"LA Code", b"Surname", b"Notes",
    b"Looked After", b"", b"Sealed", b"Marks", b"Type", b"Number of Sessions", b"From", b"To", b"Admission Number",
)  # fmt: skip
_ENCODINGS: Final = ("utf-16", "utf-16-le", "utf-32", "cp1252", "cp037", "utf-7")

Change = Callable[["Mutator", bytes], bytes]


class Mutator:
    """Changes files, each time another way."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def mutated(self, content: bytes, others: Sequence[bytes], most_bytes: int) -> bytes:
        """The content after one blow to six."""
        for _ in range(self._chance.choice((1, 1, 2, 2, 3, 6))):
            content = self._chance.choice(_CHANGES)(self, content)
        if others and self._chance.random() < 0.1:
            content = self._spliced(content, self._chance.choice(others))
        return content[:most_bytes]

    def _cell(self, content: bytes) -> bytes:
        """One cell of a few rows replaced."""
        lines = content.split(b"\n")
        for _ in range(self._chance.choice((1, 1, 1, 5, 50))):
            row = self._chance.randrange(len(lines))
            cells = lines[row].split(b",")
            cells[self._chance.randrange(len(cells))] = self._chance.choice(_CELLS)
            lines[row] = b",".join(cells)
        return b"\n".join(lines)

    def _column(self, content: bytes) -> bytes:
        """One cell of every row replaced."""
        lines = content.split(b"\n")
        place, text = self._chance.randrange(lines[0].count(b",") + 1), self._chance.choice(_CELLS)
        for row in range(1, len(lines)):
            cells = lines[row].split(b",")
            if place < len(cells):
                cells[place] = text
                lines[row] = b",".join(cells)
        return b"\n".join(lines)

    def _header(self, content: bytes) -> bytes:
        """One header replaced, doubled or taken away."""
        first, end, rest = content.partition(b"\n")
        cells = first.split(b",")
        place = self._chance.randrange(len(cells))
        cells[place : place + self._chance.randrange(2)] = self._chance.choices(_HEADERS, k=self._chance.randrange(3))
        return b",".join(cells) + end + rest

    def _rows(self, content: bytes) -> bytes:
        """Some rows left out, repeated or in another order."""
        lines = content.split(b"\n")
        chosen = [self._chance.randrange(len(lines)) for _ in range(self._chance.randrange(1, 4))]
        match self._chance.randrange(3):
            case 0:
                return b"\n".join(line for row, line in enumerate(lines) if row not in chosen)
            case 1:
                return b"\n".join([*lines, *(lines[row] for row in chosen)])
            case _:
                self._chance.shuffle(lines)
                return b"\n".join(lines)

    def _grown(self, content: bytes) -> bytes:
        """A stretch repeated many times over."""
        start, length = self._place(content), self._chance.choice((1, 2, 10, 100, 1000))
        times = self._chance.choice((10, 100, 10_000))
        piece = content[start : start + length]
        return content[:start] + piece * min(times, 1_000_000 // max(1, len(piece))) + content[start:]

    def _inserted(self, content: bytes) -> bytes:
        place = self._place(content)
        return content[:place] + self._chance.choice(_BYTES) + content[place + self._chance.choice((0, 0, 1, 3)) :]

    def _flipped(self, content: bytes) -> bytes:
        place = self._place(content)
        return content[:place] + bytes([self._chance.randrange(256)]) + content[place + 1 :]

    def _cut(self, content: bytes) -> bytes:
        start = self._place(content)
        if self._chance.random() < 0.5:
            return content[:start]
        return content[:start] + content[start + self._chance.choice((1, 5, 100, 5000)) :]

    def _everywhere(self, content: bytes) -> bytes:
        """One sign replaced by another in the whole file."""
        return content.replace(
            self._chance.choice((b",", b"\n", b"\r\n", b"/", b"\\", b"0", b" ", b'"')), self._chance.choice(_BYTES)
        )

    def _encoded(self, content: bytes) -> bytes:
        return content.decode("utf-8", "replace").encode(self._chance.choice(_ENCODINGS), "replace")

    def _spliced(self, content: bytes, other: bytes) -> bytes:
        return content[: self._place(content)] + other[self._place(other) :]

    def _place(self, content: bytes) -> int:
        return self._chance.randrange(len(content) + 1)


_CHANGES: Final[tuple[Change, ...]] = (
    Mutator._cell, Mutator._cell, Mutator._cell, Mutator._column, Mutator._header, Mutator._rows, Mutator._grown,
    Mutator._inserted, Mutator._inserted, Mutator._flipped, Mutator._cut, Mutator._everywhere, Mutator._encoded,
)  # fmt: skip
