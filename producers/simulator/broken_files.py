"""Whole files gone wrong, byte by byte: what arrives, and how many records a reader would count.

None where it would not come to counting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from producers.simulator.files import Delivery

Broken = tuple[bytes, int | None]

_BOM: Final = b"\xef\xbb\xbf"


def unbroken(delivery: Delivery) -> Broken:
    return delivery.data, delivery.rows


def _empty(_: Delivery) -> Broken:
    return b"", None


def _truncated(delivery: Delivery) -> Broken:
    """The transfer stopped inside a quoted cell."""
    whole = delivery.data.index(b"\r\n", len(delivery.data) * 3 // 5) + 2
    return delivery.data[:whole] + b'"' + delivery.data[whole : whole + 9], None


def _spreadsheet(delivery: Delivery) -> Broken:
    return b"PK\x03\x04\x14\x00\x06\x00\x08\x00[Content_Types].xml" + delivery.data[:2000], None


def _no_header(delivery: Delivery) -> Broken:
    return _after_header(delivery.data), None


def _header_only(delivery: Delivery) -> Broken:
    return delivery.data[: delivery.data.index(b"\n") + 1], 0


def _semicolons(delivery: Delivery) -> Broken:
    return delivery.data.replace(b",", b";"), None


def _windows_1252(delivery: Delivery) -> Broken:
    """Saved by an old program; the letter that follows the header makes sure that it shows."""
    header = delivery.data[: -len(_after_header(delivery.data))].removeprefix(_BOM)
    rows = _after_header(delivery.data).decode().replace("e", "é", 1)
    return header + rows.encode("cp1252", errors="replace"), None


def _after_header(data: bytes) -> bytes:
    return data[data.index(b"\n") + 1 :]


BREAKS: Final[dict[str, Callable[[Delivery], Broken]]] = {
    "empty": _empty,
    "truncated": _truncated,
    "spreadsheet": _spreadsheet,
    "no_header": _no_header,
    "header_only": _header_only,
    "semicolons": _semicolons,
    "windows_1252": _windows_1252,
}
