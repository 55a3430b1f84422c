"""One school's week: its two files, with whatever goes wrong, and its part of the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from producers.simulator import chains, columns, truth
from producers.simulator.codes import Marks
from producers.simulator.county import County
from producers.simulator.faults import BadRow, Fault, State, choose_fault, spoil_file, spoil_rows
from producers.simulator.files import Delivery, csv_bytes, with_aliases
from producers.simulator.registers import blank_uncovered, covered, keep_register
from producers.simulator.schools import School
from producers.simulator.suspensions import Suspension, suspend
from producers.simulator.terms import Closures, Terms


@dataclass(frozen=True, slots=True)
class Outcome:
    """A file as it is handed over, and what a correct reader makes of it."""

    delivery: Delivery
    state: State
    rule: str | None
    bad_rows: tuple[BadRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SchoolWeek:
    school: School
    fault: Fault | None
    outcomes: list[Outcome]
    sums: truth.Record
    cared: list[truth.CaredEnrolment]
    suspensions: list[truth.Record]


@dataclass(frozen=True, slots=True)
class _View:
    """The school as its export of a week sees it."""

    school: School
    terms: Terms
    closures: Closures
    week: int
    shown: pl.DataFrame
    marks: Marks
    covered: NDArray[np.bool_]
    told: list[Suspension]

    @property
    def today(self) -> int:
        return 5 * self.week - 1


def make_school_week(county: County, school: School, *, week: int, faults: float) -> SchoolWeek:
    closures, roll = county.closures[school.index], county.roll(school)
    suspensions = suspend(county.seed, school, closures=closures, roll=roll)
    register = keep_register(county.seed, school, closures=closures, roll=roll, suspensions=suspensions)
    rows = covered(roll, week)
    shown = columns.as_shown(roll, week).with_columns(pl.Series("part_time", register.part_time))
    marks = register.as_seen(week)
    told = [each for each in suspensions if each.first < 5 * week]
    view = _View(school, county.terms, closures, week, shown, marks, rows, told)
    fault = choose_fault(county.seed, week, school=school.index, share=faults)
    outcomes = _attendance(county.seed, view, fault=fault) + _exclusions(view, fault)
    here = blank_uncovered(marks, rows)
    record = truth.school_truth(shown.filter(pl.Series(rows.any(axis=1))), here[rows.any(axis=1)])
    record["corrections"] = truth.corrections(register.as_seen(week - 1), marks, covered=rows) if week > 1 else 0
    return SchoolWeek(school, fault, outcomes, record, _cared(view, here), _suspension_truths(view))


def _attendance(seed: int, view: _View, *, fault: Fault | None) -> list[Outcome]:
    frame = columns.attendance_rows(view.school, view.terms, shown=view.shown, marks=view.marks, covered=view.covered)
    bad: list[BadRow] = []
    if fault is not None and fault.dataset == "attendance":
        spare = np.flatnonzero(_unremarkable(view)[np.nonzero(view.covered)[0]])
        frame, bad = spoil_rows(seed, view.week, school=view.school.index, fault=fault, frame=frame, spare=spare)
    return _deliver(view, frame, dataset="attendance", fault=fault, bad=tuple(bad))


def _exclusions(view: _View, fault: Fault | None) -> list[Outcome]:
    frame = columns.exclusion_rows(
        view.school, view.terms, closures=view.closures, shown=view.shown, told=view.told, today=view.today
    )
    return _deliver(view, frame, dataset="exclusions", fault=fault)


def _deliver(
    view: _View, frame: pl.DataFrame, *, dataset: str, fault: Fault | None, bad: tuple[BadRow, ...] = ()
) -> list[Outcome]:
    habits = view.school.habits
    written = with_aliases(frame, dataset) if habits.aliases else frame
    name = f"{dataset}_{view.terms.year}_w{view.week}.csv"
    delivery = Delivery(view.school.dfe_no, dataset, name, csv_bytes(written, bom=habits.bom), len(frame))
    if fault is None or fault.dataset != dataset:
        return [Outcome(delivery, "accepted", None)]
    return [Outcome(each, state, rule, bad) for each, state, rule in spoil_file(fault, delivery)]


def _unremarkable(view: _View) -> NDArray[np.bool_]:
    """Enrolments whose rows may be spoilt: no child in care, nobody suspended, nothing special about name or roll."""
    plain = (~pl.col("in_care") & (pl.col("variation") == "") & (pl.col("status") == "C")).alias("plain")
    allowed = view.shown.select(plain).to_series().to_numpy().copy()
    allowed[[each.row for each in view.told]] = False
    return np.asarray(allowed)


def _cared(view: _View, marks: Marks) -> list[truth.CaredEnrolment]:
    enrolments = view.shown.select("person", "status", "in_care").iter_rows()
    return [
        truth.CaredEnrolment(person, view.school.dfe_no, status, marks[row].reshape(-1))
        for row, (person, status, in_care) in enumerate(enrolments)
        if in_care and view.covered[row].any()
    ]


def _suspension_truths(view: _View) -> list[truth.Record]:
    records = []
    for each in view.told:
        pupil, last = view.shown.row(each.row, named=True), each.shown_last(view.today)
        siblings = [other for other in view.told if other.row == each.row]
        chain = chains.chain_up(siblings, view.closures, today=view.today).get(each)
        records.append(
            {
                "dfe_no": view.school.dfe_no,
                "pupil_id": None if pupil["variation"] == "not_in_index" else pupil["pupil_id"],
                "upn": pupil["shown_upn"],
                "variation": pupil["variation"],
                "sealed": pupil["sealed"],
                "type": each.kind,
                "start": view.terms.day(each.first).isoformat(),
                "end": None if last is None else view.terms.day(last).isoformat(),
                "sessions": columns.sessions(view.closures, each, last=last),
                "reasons": sorted(each.reasons),
                "chain_start": chain and view.terms.day(chain.first).isoformat(),
                "chain_school_days": chain and chain.school_days(view.closures),
                "day_six_date": chain and chain.day_six(view.terms, view.closures),
            }
        )
    return records
