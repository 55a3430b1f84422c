"""Suspensions as the files tell them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

from producers.simulator.county import found_county
from producers.simulator.suspensions import suspend
from tests.unit.producers.simulator.reading import Folder, day, sessions

_SUSPENDED = ("SUSP", "Suspension", "PERM", "Permanent exclusion")


def test_marks_are_e_on_every_day_suspended(week_six: Folder) -> None:
    """Each session between start and end is E or a closure, but for the first morning of a suspension from midday."""
    marks = {
        (sender, row["upn"], row["surname"], row["dob"], slot): mark
        for sender, rows in week_six.attendance().items()
        for row in rows
        for slot, mark in sessions(row).items()
    }
    seen: Counter[str] = Counter()
    for sender, rows in week_six.exclusions().items():
        for row in rows:
            if row["type"] in _SUSPENDED and row["end"]:
                first, last = day(row["start"]), day(row["end"])
                days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
                slots = [(each, half) for each in days for half in (0, 1)][int(row["sessions"]) % 2 :]
                seen.update(
                    mark
                    for slot in slots
                    if (mark := marks.get((sender, row["upn"], row["surname"], row["dob"], slot))) is not None
                )

    assert {"E", "#"} >= set(seen)
    assert seen["E"] > 50


def test_e_stands_nowhere_else(week_six: Folder) -> None:
    """Nobody without a suspension or permanent exclusion has an E."""
    told = {
        (s, r["upn"], r["dob"]) for s, rows in week_six.exclusions().items() for r in rows if r["type"] in _SUSPENDED
    }

    marked = {
        (sender, row["upn"], row["dob"])
        for sender, rows in week_six.attendance().items()
        for row in rows
        if "E" in row["marks"]
    }

    assert marked <= told


def test_every_kind_occurs_in_a_year(full_year: Folder) -> None:
    """A year of a few schools has suspensions, a permanent exclusion without an end, lunchtimes and several reasons."""
    truths = full_year.manifest["suspensions"]

    assert {"SUSP", "PERM", "LNCH"} == {each["type"] for each in truths}
    assert all((each["end"] is None) == (each["type"] == "PERM") for each in truths)
    assert any(len(each["reasons"]) > 1 for each in truths)


def test_suspensions_of_a_pupil_never_overlap() -> None:
    """Under any of forty seeds each row of a pupil begins after the one before has ended; none follows a PERM."""
    county = found_county(11, 2025, schools=3)
    school, closures = county.schools[2], county.closures[2]
    roll = county.roll(school)

    for seed in range(40):
        for before, after in pairwise(suspend(seed, school, closures=closures, roll=roll)):
            assert before.row != after.row or (before.last is not None and before.last < after.first)


def test_chains_reach_day_six(week_five: Folder) -> None:
    """Already in the first weeks a chain of rows, none of them six days long, reaches day six."""
    chained = _in_chains(week_five.manifest["suspensions"])

    reaching = [rows for rows in chained if len(rows) > 1 and rows[0]["day_six_date"]]

    assert reaching
    assert all(row["start"] > rows[0]["start"] for rows in reaching for row in rows[1:])


def test_day_six_is_the_sixth_school_day(full_year: Folder) -> None:
    """Counted on the calendar file: from the chain's first day to day six there are six school days."""
    calendar = full_year.council("calendar")
    terms = [(row["From"], row["To"]) for row in calendar if row["Kind"] == "TERM"]
    closed = {(row["DfE No"], row["From"]) for row in calendar if row["Kind"] != "TERM"} | {("", "2026-05-04")}

    def school_day(dfe_no: str, text: str) -> bool:
        inside = any(first <= text <= last for first, last in terms)
        return inside and not {(dfe_no, text), ("", text)} & closed

    counted = {
        sum(school_day(each["dfe_no"], date) for date in _weekdays(each["chain_start"], each["day_six_date"]))
        for each in full_year.manifest["suspensions"]
        if each["day_six_date"]
    }

    assert {6} == counted


def test_a_suspension_is_told_in_the_week_it_begins(spoilt: Folder) -> None:
    """The file of a Friday has what began that day and nothing that begins later."""
    starts = {each["start"] for each in spoilt.manifest["suspensions"]}

    assert max(starts) == spoilt.manifest["today"]


def test_children_in_care_are_suspended_too(week_five: Folder) -> None:
    """Even a small county has a suspended child in care within its first weeks."""
    cared = {row["Pupil ID"] for row in week_five.council("pupils") if row["Looked After From"]}

    assert cared & {each["pupil_id"] for each in week_five.manifest["suspensions"]}


def _in_chains(truths: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    chains: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for each in truths:
        if each["chain_start"]:
            chains.setdefault((each["dfe_no"], each["upn"], each["chain_start"]), []).append(each)
    return list(chains.values())


def _weekdays(first: str, last: str) -> list[str]:
    start, end = (day("/".join(reversed(text.split("-")))) for text in (first, last))
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    return [each.isoformat() for each in days if each.weekday() < 5]
