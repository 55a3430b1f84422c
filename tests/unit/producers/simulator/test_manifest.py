"""The manifest's truths, counted again from the files."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from typing import Any

import pytest

from tests.unit.producers.simulator.reading import (
    ATTENDED,
    AUTHORISED,
    POSSIBLE,
    UNAUTHORISED,
    Folder,
    Row,
    day,
    decode,
    records,
    sessions,
)


@pytest.fixture(name="folder", params=["week_five", "full_year"])
def _folder(request: pytest.FixtureRequest) -> Folder:
    folder: Folder = request.getfixturevalue(request.param)
    return folder


def _sums(marks: list[str]) -> dict[str, int]:
    kinds = {"possible": POSSIBLE, "attended": ATTENDED, "authorised": AUTHORISED, "unauthorised": UNAUTHORISED}
    return {name: sum(mark in codes for mark in marks) for name, codes in kinds.items()}


def _child_of(row: Row, index: dict[str, Row]) -> Row | None:
    return index.get(row["upn"]) or index.get(row["former_upn"])


def test_files_are_listed_with_their_bytes_and_rows(folder: Folder) -> None:
    """Every file of the inbox is in the manifest, with its SHA-256 and its number of records."""
    manifest = folder.manifest
    inbox = {path for path in (folder.path / "inbox").rglob("*") if path.is_file()}

    assert inbox == {folder.file(record) for record in manifest["files"]}
    for record in manifest["files"]:
        assert hashlib.sha256(folder.file(record).read_bytes()).hexdigest() == record["sha256"]
        assert len(records(folder.file(record))) == record["rows"]


def test_sums_of_each_school(folder: Folder) -> None:
    """Possible, attended and absent sessions, persistent and severe absence, counted again from the marks as text."""
    attendance = folder.attendance()
    for school in folder.manifest["schools"]:
        pupils: dict[str, list[str]] = {}
        for row in attendance[school["dfe_no"]]:
            if row["status"] not in ("G", "S"):
                pupils.setdefault(row["admission"], []).extend(decode(row["marks"]))
        each = [_sums(marks) for marks in pupils.values()]
        counted = [sums for sums in each if sums["possible"]]
        absent = [(sums["authorised"] + sums["unauthorised"], sums["possible"]) for sums in counted]

        expected = {
            name: sum(sums[name] for sums in each) for name in ("possible", "attended", "authorised", "unauthorised")
        }
        expected |= {"enrolments": len(counted), "persistent": sum(10 * a >= p for a, p in absent)}
        expected |= {"severe": sum(2 * a >= p for a, p in absent)}
        assert expected == {name: school[name] for name in expected}


def test_mark_counts_of_each_school(folder: Folder) -> None:
    """How often each code stands in mornings and afternoons, every enrolment counted."""
    attendance = folder.attendance()
    for school in folder.manifest["schools"]:
        halves: list[Counter[str]] = [Counter(), Counter()]
        for row in attendance[school["dfe_no"]]:
            decoded = decode(row["marks"])
            for half in (0, 1):
                halves[half].update(decoded[half::2])

        assert {code: [halves[0][code], halves[1][code]] for code in halves[0] | halves[1]} == school["marks"]


def test_pooled_sessions_of_children_in_care(folder: Folder) -> None:
    """Each child's sessions inside its looked-after periods, found through the index by UPN and pooled by hand."""
    index = {row["UPN"]: row for row in folder.council("pupils")}
    periods: dict[str, list[tuple[date, date]]] = {}
    for row in folder.council("pupils"):
        if row["Looked After From"]:
            last = date.fromisoformat(row["Looked After To"] or "9999-12-31")
            periods.setdefault(row["Pupil ID"], []).append((date.fromisoformat(row["Looked After From"]), last))
    pooled: dict[str, dict[tuple[date, int], tuple[int, int, str, str]]] = {}
    schools: dict[str, set[str]] = {}
    for sender, rows in folder.attendance().items():
        for row in rows:
            child = _child_of(row, index)
            if child is None or child["Pupil ID"] not in periods or row["status"] == "G":
                continue
            pupil_id, rank = child["Pupil ID"], {"M": 0, "C": 1}.get(row["status"], 2)
            for slot, mark in sessions(row).items():
                if mark != "D" and any(a <= slot[0] <= b for a, b in periods[pupil_id]):
                    schools.setdefault(pupil_id, set()).add(sender)
                    better = (int(mark not in POSSIBLE), rank, sender, mark)
                    mine = pooled.setdefault(pupil_id, {})
                    mine[slot] = min(better, mine.get(slot, better))

    expected = {
        pupil_id: {"schools": sorted(schools[pupil_id]), **_sums([mark for *_, mark in slots.values()])}
        for pupil_id, slots in pooled.items()
    }
    truths = {
        each["pupil_id"]: each
        for each in folder.manifest["children_in_care"]
        if each["variation"] in ("", "former_upn")
    }
    assert truths
    assert {key: expected[key] for key in truths} == {
        key: _shared(truth, expected[key]) for key, truth in truths.items()
    }


def test_suspensions_are_those_of_the_files(folder: Folder) -> None:
    """One truth for each suspension in the files: type, start, end and sessions, reasons of several rows together."""
    told = Counter(
        (
            sender,
            row["upn"],
            row["type"][:4].upper(),
            day(row["start"]).isoformat(),
            row["end"] and day(row["end"]).isoformat(),
            row["sessions"],
        )
        for sender, rows in folder.exclusions().items()
        for row in rows
    )

    short = {"SUSP": "SUSP", "PERM": "PERM", "LNCH": "LNCH", "LUNC": "LNCH"}
    expected = {(s, upn, short[kind], start, end, count): n for (s, upn, kind, start, end, count), n in told.items()}
    assert expected == {
        (t["dfe_no"], t["upn"] or "", t["type"], t["start"], t["end"] or "", str(t["sessions"] or "")): len(
            t["reasons"]
        )
        for t in folder.manifest["suspensions"]
    }


def _shared(truth: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    return {name: truth[name] for name in expected}
