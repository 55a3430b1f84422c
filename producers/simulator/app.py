"""`simulate`: writes what every school and the council would send in one week, and a manifest of what is true in it.

The county's children are made once and held; registers are made, written and forgotten school by school, so memory
does not grow with their number. It writes files and reads none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from producers.simulator import council
from producers.simulator.county import County, found_county
from producers.simulator.files import Delivery, csv_bytes, place
from producers.simulator.manifest import Manifest
from producers.simulator.numbers import MOST_SCHOOLS
from producers.simulator.school_week import make_school_week
from producers.simulator.terms import WEEKS
from schemas.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Plan:
    out: Path
    week: int
    schools: int
    seed: int
    year: int
    faults: float = 0.0


def simulate(plan: Plan) -> Path:
    """Writes `inbox/`, `config/agreements.csv` and `manifest.json` below `plan.out`; returns the manifest's path.

    The same plan gives the same bytes; one with the next week is the same county a week later.
    """
    _check(plan)
    county = found_county(plan.seed, plan.year, schools=plan.schools)
    manifest = Manifest(county, week=plan.week, faults=plan.faults)
    place(plan.out / "config" / "agreements.csv", csv_bytes(council.agreement_rows(county), dates="%Y-%m-%d"))
    for delivery in _council_files(county, plan.week):
        place(plan.out / "inbox" / "council" / delivery.file_name, delivery.data)
        manifest.add_file(delivery)
    for school in county.schools:
        school_week = make_school_week(county, school, week=plan.week, faults=plan.faults)
        for outcome in school_week.outcomes:
            place(plan.out / "inbox" / school.dfe_no / outcome.delivery.file_name, outcome.delivery.data)
        manifest.add_school(school_week)
    path = plan.out / "manifest.json"
    place(path, json.dumps(manifest.record(), ensure_ascii=False, indent=1).encode())
    return path


def _council_files(county: County, week: int) -> list[Delivery]:
    frames = {"calendar": council.calendar_rows(county), "pupils": council.index_rows(county, week)}
    stem = f"{county.terms.year}_w{week}"
    return [
        Delivery("council", dataset, f"{dataset}_{stem}.csv", csv_bytes(frame, dates="%Y-%m-%d"), len(frame))
        for dataset, frame in frames.items()
    ]


def _check(plan: Plan) -> None:
    limits = [
        (1 <= plan.week <= WEEKS, f"week must be from 1 to {WEEKS}"),
        (1 <= plan.schools <= MOST_SCHOOLS, f"schools must be from 1 to {MOST_SCHOOLS}"),
        (plan.seed >= 0, "seed must not be negative"),
        (2020 <= plan.year <= 2090, "year is the starting year of an academic year, from 2020 to 2090"),
        (0 <= plan.faults <= 1, "faults is a share, from 0 to 1"),
    ]
    if wrong := [message for holds, message in limits if not holds]:
        raise ConfigError("; ".join(wrong))
