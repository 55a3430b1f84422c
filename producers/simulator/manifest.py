"""The manifest of a simulated week, for tests to compare with; the product never reads it.

A file's `state` is what becomes of it in an empty home; elsewhere the same bytes as last week's are a duplicate. Truths
are those of the county; a school with a fault, and a child at one, is marked, for some of its rows did not arrive.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Final

import polars as pl

from producers.simulator import care, council
from producers.simulator.county import County
from producers.simulator.files import Delivery
from producers.simulator.school_week import Outcome, SchoolWeek
from producers.simulator.truth import CaredEnrolment, Record, child_truth

_VERSION: Final = 1


class Manifest:
    def __init__(self, county: County, *, week: int, faults: float) -> None:
        self._county, self._week, self._faults = county, week, faults
        self._files: list[Record] = []
        self._schools: list[Record] = []
        self._suspensions: list[Record] = []
        self._cared: dict[int, list[CaredEnrolment]] = {}
        self._faulty: set[str] = set()

    def add_file(self, delivery: Delivery) -> None:
        self._files.append(_file_record(Outcome(delivery, "accepted", None), fault=None))

    def add_school(self, week: SchoolWeek) -> None:
        fault = week.fault.name if week.fault else None
        school = week.school
        self._files += [
            _file_record(each, fault=fault if week.fault and week.fault.dataset == each.delivery.dataset else None)
            for each in week.outcomes
        ]
        identity = {"dfe_no": school.dfe_no, "name": school.name, "phase": str(school.phase), "fault": fault}
        self._schools.append({**identity, **week.sums})
        self._suspensions += week.suspensions
        if fault:
            self._faulty.add(school.dfe_no)
        for enrolment in week.cared:
            self._cared.setdefault(enrolment.person, []).append(enrolment)

    def record(self) -> Record:
        county, week = self._county, self._week
        plan = {"seed": county.seed, "year": county.terms.year, "schools": len(county.schools), "week": week}
        return {
            "version": _VERSION,
            "plan": {**plan, "faults": self._faults},
            "week_start": county.terms.mondays[week - 1].isoformat(),
            "today": council.friday(county, week).isoformat(),
            "pupils": self._pupils(),
            "files": self._files,
            "schools": self._schools,
            "children_in_care": self._children(),
            "suspensions": self._suspensions,
        }

    def _pupils(self) -> Record:
        week = self._week
        here = self._county.enrolments.filter(pl.col("first_week") <= week)
        return {
            "children": here["person"].n_unique(),
            "enrolments": len(here),
            "in_index": len(council.known_children(self._county, week)),
        }

    def _children(self) -> list[Record]:
        """One record per child in care with a covered session inside its periods; sealed children say so."""
        records: list[Record] = []
        today = council.friday(self._county, self._week)
        for child in self._county.people.filter(pl.col("in_care")).iter_rows(named=True):
            enrolments = self._cared.get(child["person"], [])
            periods = care.periods(child, today)
            pooled = child_truth(self._county.terms, periods, enrolments=enrolments) if enrolments and periods else None
            if pooled is not None:
                faulty = any(each.dfe_no in self._faulty for each in enrolments)
                marks = {"variation": child["variation"], "sealed": child["sealed"], "faulty": faulty}
                records.append({"pupil_id": child["pupil_id"], **pooled, **marks})
        return records


def _file_record(outcome: Outcome, *, fault: str | None) -> Record:
    delivery = outcome.delivery
    return {
        "sender": delivery.sender,
        "dataset": delivery.dataset,
        "file_name": delivery.file_name,
        "rows": delivery.rows,
        "sha256": hashlib.sha256(delivery.data).hexdigest(),
        "state": outcome.state,
        "rule": outcome.rule,
        "fault": fault,
        "bad_rows": [asdict(row) for row in outcome.bad_rows],
    }
