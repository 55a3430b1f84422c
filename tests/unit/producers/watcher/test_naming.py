"""Names that come from outside."""

from __future__ import annotations

import os

import pytest

from producers.watcher import naming


@pytest.mark.parametrize(
    "name", ["marks.csv", "Week 39.CSV", "été.Csv", "a" * 196 + ".csv", "..double..csv"[2:], "x.csv.csv"]
)
def test_ordinary_names_are_allowed(name: str) -> None:
    """A printable name that ends in .csv, in any case, may be delivered."""
    assert naming.is_allowed(name)


@pytest.mark.parametrize(
    "name",
    [
        "marks.xlsx",
        "-rf.csv",
        "~marks.csv",
        ".csv",
        "a" * 197 + ".csv",
        "a\nb.csv",
        "\u202egnp.csv",
        "a.csv ",
        "a.csv.",
        os.fsdecode(b"\xff.csv"),
        "zero\u200bwidth.csv",
        "marks",
    ],
)
def test_other_names_are_not(name: str) -> None:
    """Control, bidirectional and undecodable characters, wrong ends and starts and long names are refused."""
    assert not naming.is_allowed(name)


@pytest.mark.parametrize("name", ["a.csv.part", "a.TMP", "a.filepart", "~$a.csv", ".a.csv.swp", ".hidden"])
def test_temporary_names_are_no_files_yet(name: str) -> None:
    """What upload programs name their unfinished files is recognised."""
    assert naming.is_temporary(name)


def test_what_is_invisible_is_shown_escaped() -> None:
    """Control and bidirectional characters and bytes that are no text appear as escapes."""
    name = "a\n\u202e" + os.fsdecode(b"\xff") + "é.csv"

    assert naming.shown(name) == "a\\n\\u202e\\udcffé.csv"


def test_a_long_name_is_cut_to_what_a_file_system_takes() -> None:
    """A directory entry never exceeds 255 bytes, whatever its characters weigh."""
    name = "é" * 120 + ".csv"

    entry = naming.entry("0001_", name, ".zst")

    assert len(entry.encode()) <= 255
    assert entry.startswith("0001_éé")
    assert entry.endswith(".zst")


@pytest.mark.parametrize(
    ("folder", "sender"),
    [("8309996", "8309996"), ("council", "council"), ("uploads", "uploads"), (None, "_unknown"), ("a b", "_unknown")],
)
def test_the_folder_says_who_sends(folder: str | None, sender: str) -> None:
    """A folder with a plain name is its own sender; a file in none, or in an odd one, is nobody's."""
    assert naming.sender_of(folder) == sender
