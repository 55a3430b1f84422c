"""Files and names: F01 to F28."""

from __future__ import annotations

import gzip
import io
import os
import socket
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from schemas.events import Dataset
from tests.bad_input.case import Arrive, Case, Example, Told
from tests.bad_input.draft import ByteChange, Draft, days_later
from tests.bad_input.spoils import (
    EVERY_DATASET,
    OF_CHILDREN,
    OF_SCHOOLS,
    accepts,
    cell,
    data,
    every,
    line,
    refuses,
    unchanged,
    warns_of_file,
)
from tests.support.csv_files import OTHER_SCHOOL

_SNAPSHOTS: Final[tuple[Dataset, ...]] = ("attendance", "pupils", "calendar")
_COUNTED: Final[tuple[Dataset, ...]] = ("attendance", "pupils")
_FAR_TOO_LARGE: Final = 10 * 1024**4


def _header_alone(content: bytes) -> bytes:
    return content[: content.index(b"\n") + 1]


def _instead(other: bytes) -> ByteChange:
    return lambda _: other


def _after(start: bytes) -> ByteChange:
    return lambda content: start + content


def _no_rows(draft: Draft, _: int) -> Draft:
    return replace(draft, rows=(), columns=tuple(draft.rows[0]))


def _half(draft: Draft, _: int) -> Draft:
    return replace(draft, rows=draft.rows[: len(draft.rows) // 2])


def _a_week_earlier(draft: Draft, _: int) -> Draft:
    return draft.with_every(Start_Date=days_later(draft.rows[0]["Start Date"], -7))


def _two_weeks_earlier(draft: Draft, _: int) -> Draft:
    return draft.with_every(Start_Date="26/10/2026", End_Date="30/10/2026")


def _years_of_marks(draft: Draft, _: int) -> Draft:
    marks = draft.rows[-1]["Sessions"].encode()

    def change(content: bytes) -> bytes:
        last = content.splitlines(keepends=True)[-1]
        return content + last.replace(marks, b"/\\" * 360) * 6_000

    return draft.with_bytes(change)


def _zipped(content: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("file.csv", content)
    return held.getvalue()


def _as(name: str) -> Arrive:
    def arrive(folder: Path, _: str, content: bytes) -> None:
        (folder / ".draft").write_bytes(content)
        (folder / ".draft").rename(folder / name)

    return arrive


def _changed_at(seconds: int) -> Arrive:
    def arrive(folder: Path, name: str, content: bytes) -> None:
        draft = folder / ".draft"
        draft.write_bytes(content)
        os.utime(draft, (seconds, seconds))
        draft.rename(folder / name)

    return arrive


def _sparse(folder: Path, name: str, content: bytes) -> None:
    draft = folder / ".draft"
    draft.write_bytes(content)
    os.truncate(draft, _FAR_TOO_LARGE)
    draft.rename(folder / name)


def _symlink(folder: Path, name: str, content: bytes) -> None:
    target = _elsewhere(folder)
    target.write_bytes(content)
    (folder / name).symlink_to(target)


def _hard_link(folder: Path, name: str, content: bytes) -> None:
    target = _elsewhere(folder)
    target.write_bytes(content)
    (folder / name).hardlink_to(target)


def _elsewhere(folder: Path) -> Path:
    """Beside the inbox, on its own file system."""
    return folder.parent.parent / f"{folder.name}.elsewhere"


def _pipe(folder: Path, name: str, _: bytes) -> None:
    os.mkfifo(folder / name)


def _socket(folder: Path, name: str, _: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(folder / name))


def _folder(folder: Path, name: str, content: bytes) -> None:
    (folder / name).mkdir()
    (folder / name / "inside.csv").write_bytes(content)


def _named(names: tuple[str, ...]) -> Iterator[Example]:
    for name in names:
        yield Example("exclusions", unchanged, "rejected", "F21_NAME", alone=True, arrive=_as(name))


def _left_alone(*arrivals: Arrive) -> tuple[Example, ...]:
    return tuple(Example("exclusions", unchanged, "waiting", alone=True, arrive=arrive) for arrive in arrivals)


_TEMPORARY: Final = ("x.csv.part", "x.csv.filepart", "x.csv.tmp", "~$x.csv", ".x.csv.swp", "x.csv.SWP")
_FORBIDDEN: Final = (
    "-x.csv",
    "x\ny.csv",
    "x\x07.csv",
    "x\u202evsc.csv",
    "x\udcff.csv",
    f"{'x' * 220}.csv",
    "..x\u200b.csv"[2:],
)
_NO_CSV: Final = ("x.csv.", "x.csv ", "x.csv.exe", "x.txt", "x", "x.xlsx")
_ALLOWED: Final = ("X.CSV", "x.pdf.csv", "con.csv", "Klasse ä, week 1 (2).csv")

CASES: Final = (
    Case(
        "F01",
        "No bytes at all; nothing but blanks, blank lines or a byte order mark",
        tuple(
            example
            for content in (b"", b" \r\n\r\n \t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n")
            for example in refuses(EVERY_DATASET, data(_instead(content)), "F01_EMPTY", alone=True)
        ),
    ),
    Case(
        "F02",
        "A header and no rows",
        (
            *(Example(kind, _no_rows, "held", "F02_HEADER_ONLY", alone=True) for kind in _SNAPSHOTS),
            *warns_of_file(["exclusions"], _no_rows, "F02_NIL_RETURN", alone=True),
        ),
        also="Of suspensions it is a nil return: with `exclusions=full` it says so of every one that was held.",
    ),
    Case(
        "F03",
        "Still growing, or under a temporary name",
        _left_alone(*map(_as, _TEMPORARY)),
        also="It is taken when it has been quiet for `settle`, or was renamed into place; still growing after 24 "
        "hours, it is held as it is (`F03_NEVER_SETTLED`).",
    ),
    Case(
        "F04",
        "Ends in the middle of a row",
        (
            *refuses(
                EVERY_DATASET, data(lambda content: content[: content.rindex(b",") - 3]), "F04_TRUNCATED", alone=True
            ),
            *refuses(OF_CHILDREN, data(lambda content: content + b'"Xqsent'), "C04_UNCLOSED_QUOTE", alone=True),
        ),
        also="There is no sidecar in the contract.",
    ),
    Case(
        "F05",
        "Ends early, but exactly at the end of a row",
        (
            *(Example(kind, _half, "held", "COUNT_CHANGED", before=(unchanged,), alone=True) for kind in _COUNTED),
            *accepts(["exclusions"], _half, before=(unchanged,), alone=True),
        ),
        also="Suspensions that the file lacks stay, as `no_longer_reported` at most.",
    ),
    Case(
        "F06",
        "Bytes that are appended after the file was taken",
        also="A copy is what is read. Late bytes change nothing; the whole file sent again is a new delivery.",
        shown_by="test_bytes_appended_after_the_claim_change_nothing",
    ),
    Case(
        "F07",
        "The bytes of the present head again",
        tuple(Example(kind, unchanged, "duplicate", before=(unchanged,), alone=True) for kind in EVERY_DATASET),
    ),
    Case(
        "F08",
        "The bytes of an older delivery again (A, B, A)",
        (
            *accepts(OF_CHILDREN, unchanged, before=(unchanged, cell("Surname", "Xqsentother")), alone=True),
            *accepts(["calendar"], unchanged, before=(unchanged, cell("Kind", "CLOSED")), alone=True),
        ),
        also="A new delivery with the next number.",
    ),
    Case(
        "F09",
        "A known name with new bytes; known bytes under a new name",
        (
            *accepts(OF_CHILDREN, cell("Surname", "Xqsentother"), before=(unchanged,), alone=True),
            *(
                Example(kind, unchanged, "duplicate", before=(unchanged,), alone=True, arrive=_as("other name.csv"))
                for kind in OF_SCHOOLS
            ),
        ),
        also="Only the bytes count.",
    ),
    Case(
        "F10",
        "An older export after a newer one",
        (
            Example("attendance", _a_week_earlier, "held", "F10_OLDER_EXPORT", before=(unchanged,), alone=True),
            Example(
                "attendance",
                _a_week_earlier,
                "held",
                "F10_OLDER_EXPORT",
                before=(_a_week_earlier, unchanged),
                alone=True,
            ),
            *warns_of_file(["exclusions"], _two_weeks_earlier, "F10_OLDER_EXPORT", before=(unchanged,), alone=True),
        ),
    ),
    Case(
        "F11",
        "Larger than 50 MB, or so by its size in the directory",
        tuple(
            Example(kind, unchanged, "rejected", "F11_TOO_LARGE", alone=True, arrive=_sparse) for kind in EVERY_DATASET
        ),
        also="Its bytes are not read.",
    ),
    Case(
        "F12",
        "A line longer than 64 KiB, or no line end at all",
        (
            *refuses(EVERY_DATASET, line(lambda text: text + " " * 70_000), "F12_LONG_LINE"),
            *refuses(
                EVERY_DATASET,
                data(lambda content: _header_alone(content) + b"x" * 3_000_000),
                "F12_LONG_LINE",
                alone=True,
            ),
        ),
    ),
    Case(
        "F13",
        "More than 200,000 rows, 200 columns or four million marks",
        (
            *refuses(["attendance"], _years_of_marks, "F13_TOO_MANY_MARKS", alone=True),
            *refuses(
                ["calendar"],
                data(lambda content: content + b",2026-09-03,,TERM\r\n" * 200_001),
                "F13_TOO_MANY_ROWS",
                alone=True,
            ),
            *refuses(
                EVERY_DATASET,
                data(lambda content: content.replace(b"\r\n", b"," * 200 + b"\r\n")),
                "F13_TOO_MANY_ROWS",
                alone=True,
            ),
        ),
    ),
    Case(
        "F14",
        "A workbook, a PDF, an archive, a zip bomb, under a name in .csv",
        tuple(
            example
            for change in (
                _zipped,
                gzip.compress,
                lambda _: _zipped(b"0" * 20_000_000),
                lambda content: b"%PDF-1.7\n" + content,
                lambda content: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content,
                lambda content: b"7z\xbc\xaf\x27\x1c" + content,
                lambda content: b"Rar!\x1a\x07\x00" + content,
            )
            for example in refuses(["attendance"], data(change), "F14_NOT_CSV", alone=True)
        ),
        also="Nothing is ever unpacked.",
    ),
    Case(
        "F15",
        "A web page of an error, JSON, XML",
        tuple(
            example
            for start in (b"<!DOCTYPE html><html>", b'{"rows": [', b"<?xml version='1.0'?>", b"\r\n  [1,")
            for example in refuses(OF_SCHOOLS, data(_after(start)), "F15_MARKUP", alone=True)
        ),
    ),
    Case(
        "F16",
        "A symbolic link",
        (Example("exclusions", unchanged, "rejected", "F16_SYMLINK", alone=True, arrive=_symlink),),
        also="It is not followed, and an alarm is logged.",
    ),
    Case(
        "F17",
        "A file with a second name elsewhere",
        (Example("exclusions", unchanged, "rejected", "F17_HARD_LINK", alone=True, arrive=_hard_link),),
        also="It is not read, and an alarm is logged.",
    ),
    Case(
        "F18",
        "A pipe, a socket, a device",
        _left_alone(_pipe, _socket),
        also="Their number is logged.",
    ),
    Case(
        "F19",
        "A folder named as a file, folders in folders",
        _left_alone(_folder),
        also="Nothing below a sender's own folder is looked at.",
    ),
    Case(
        "F20",
        "A name that misleads: control or direction characters, no text, a leading dash, too long",
        tuple(_named(_FORBIDDEN)),
        also="It is shown escaped and is part of no path.",
    ),
    Case(
        "F21",
        "A name with another end, a blank or a dot after it",
        (
            *_named(_NO_CSV),
            *(Example("exclusions", unchanged, alone=True, arrive=_as(name)) for name in _ALLOWED),
        ),
        also="The end .csv counts in any case of letters, and a name that only another system reserves is a name.",
    ),
    Case(
        "F22",
        "Cannot be read now, or is gone between the look and the opening",
        also="It is tried again at every sweep, ten times, and then held as it is (`F22_UNREADABLE`); one that is gone "
        "is forgotten.",
        shown_by="test_a_file_that_cannot_be_opened_is_tried_again",
    ),
    Case(
        "F23",
        "A file filled for another school",
        refuses(
            OF_SCHOOLS,
            every(DfE_No=OTHER_SCHOOL),
            "F23_OTHER_SCHOOL",
            refused=(Told("V10_OTHER_SCHOOL", "DfE No", "every"),),
            counted=True,
            alone=True,
        ),
        also="An alarm is logged: it may be a breach.",
    ),
    Case(
        "F24",
        "A modification time in the future, or of 1970",
        warns_of_file(["exclusions"], unchanged, "F24_MODIFIED_TIME", alone=True, arrive=_changed_at(4_000_000_000))
        + warns_of_file(["exclusions"], unchanged, "F24_MODIFIED_TIME", alone=True, arrive=_changed_at(0)),
        also="One in the future counts as now; whether a file is finished is seen, not believed.",
    ),
    Case(
        "F25",
        "The disk of the spool or the archive is full",
        also="Nothing is published until there is room; then it goes on.",
        shown_by="test_a_full_disk_holds_everything_back",
    ),
    Case(
        "F26",
        "Thousands of files at once",
        also="All are taken, one of each school in turn.",
        shown_by="test_a_burst_while_nobody_watched_is_worked_off",
    ),
    Case(
        "F27",
        "Every row outside its own attendance year, or every session still to come",
        (
            *refuses(
                ["attendance"],
                every(Attendance_Year="2024/25"),
                "F27_OUTSIDE_YEAR",
                refused=(Told("V14_OUTSIDE_YEAR", "Start Date", "every"),),
                counted=True,
                alone=True,
            ),
            *refuses(
                ["attendance"],
                every(Start_Date="2026-11-23"),
                "F27_NOTHING_COVERED",
                warned=(Told("V15_NOT_YET", "Sessions", "every"),),
                counted=True,
                alone=True,
            ),
            *accepts(["exclusions"], every(Start_Date="30/11/2026", End_Date="04/12/2026"), alone=True),
        ),
        also="A suspension may lie ahead.",
    ),
    Case(
        "F28",
        "Two files for the same thing in the same second",
        also="Both are deliveries, numbered in the order of modification time, then name.",
        shown_by="test_one_senders_files_keep_their_order",
    ),
)
