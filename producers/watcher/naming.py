"""What a name from outside may be, and the name that stands for it inside.

A name is a directory entry that somebody else chose. It is compared with rules, shown escaped, and becomes part of a
path of ours only when the rules allow it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from schemas.events import COUNCIL

UNKNOWN: Final = "_unknown"
"""The sender of a file in no folder, or in one whose own name cannot be used."""

_SUBSTITUTE: Final = "_name"
_LONGEST_NAME: Final = 200
_LONGEST_ENTRY_BYTES: Final = 255
_TEMPORARY_ENDS: Final = (".part", ".tmp", ".filepart", ".swp")
_TEMPORARY_STARTS: Final = (".", "~$")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # bidirectional controls are Cf
_SCHOOL: Final = re.compile(r"[0-9]{7}")
_PLAIN_FOLDER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def is_temporary(name: str) -> bool:
    """Whether the name says that its file is not there yet."""
    return name.startswith(_TEMPORARY_STARTS) or name.lower().endswith(_TEMPORARY_ENDS)


def is_allowed(name: str) -> bool:
    """Whether a delivered file may have this name."""
    return (
        0 < len(name) <= _LONGEST_NAME
        and not name.startswith((".", "-", "~"))
        and name.lower().endswith(".csv")
        and all(map(_is_visible, name))
    )


def shown(name: str) -> str:
    """The name as people may read it: what is invisible, or no text, stands escaped."""
    return "".join(c if _is_visible(c) else c.encode("unicode_escape").decode("ascii") for c in name)


def inside(name: str) -> str:
    """The name to store a file under: its own, where that is allowed."""
    return name if is_allowed(name) else _SUBSTITUTE


def entry(before: str, name: str, after: str) -> str:
    """A directory entry around a stored name, which is cut where a file system would refuse the length."""
    room = _LONGEST_ENTRY_BYTES - len(before.encode()) - len(after.encode())
    return f"{before}{name.encode()[:room].decode(errors='ignore')}{after}"


def sender_of(folder: str | None) -> str:
    """Who sends what lies in this folder of the inbox; None is the inbox itself."""
    return folder if folder is not None and _PLAIN_FOLDER.fullmatch(folder) else UNKNOWN


def is_known_kind(sender: str) -> bool:
    """Whether it is a school's number or the council."""
    return sender == COUNCIL or _SCHOOL.fullmatch(sender) is not None


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE
