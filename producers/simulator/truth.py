"""What is true of a school and of a child in care, counted from the marks themselves, never read back from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from producers.simulator.care import Period
from producers.simulator.codes import ATTENDED, AUTHORISED, CODES, NUMBER, POSSIBLE, UNAUTHORISED, UNCOVERED, Marks
from producers.simulator.terms import Terms

Record = dict[str, object]

_ROLES: Final = {"M": 0, "C": 1}


@dataclass(frozen=True, slots=True)
class CaredEnrolment:
    """One child in care at one school: its marks of weeks x 10, flat, UNCOVERED where no row has the week."""

    person: int
    dfe_no: str
    status: str
    marks: Marks


def count_sessions(marks: Marks) -> Record:
    tables = {"possible": POSSIBLE, "attended": ATTENDED, "authorised": AUTHORISED, "unauthorised": UNAUTHORISED}
    return {name: int(table[marks].sum()) for name, table in tables.items()}


def school_truth(shown: pl.DataFrame, marks: Marks) -> Record:
    """A school's sums as DfE pools them: without guests, and without the subsidiary side of a dual registration."""
    counted = ~shown["status"].is_in(["G", "S"]).to_numpy()
    mine = marks[counted].reshape(int(counted.sum()), -1)
    possible = POSSIBLE[mine].sum(axis=1)
    absent = possible - ATTENDED[mine].sum(axis=1)
    return {
        "enrolments": int((possible > 0).sum()),
        **count_sessions(mine),
        "persistent": int(((10 * absent >= possible) & (possible > 0)).sum()),
        "severe": int(((2 * absent >= possible) & (possible > 0)).sum()),
        "marks": _mark_counts(marks),
    }


def corrections(before: Marks, now: Marks, *, covered: NDArray[np.bool_]) -> int:
    """Sessions of earlier weeks that last week's file showed with another mark."""
    earlier = before.shape[1]
    return int((before != now[:, :earlier])[covered[:, :earlier]].sum())


def child_truth(terms: Terms, periods: Sequence[Period], *, enrolments: Sequence[CaredEnrolment]) -> Record | None:
    """A child's pooled sessions inside its looked-after periods; None where no session of it is covered there."""
    here = np.repeat(_inside(terms, periods, weeks=len(enrolments[0].marks) // 10), 2)
    counted = [each for each in enrolments if each.status != "G"]
    covered = {e.dfe_no: here & (e.marks != UNCOVERED) & (e.marks != NUMBER["D"]) for e in counted}
    schools = sorted(dfe_no for dfe_no, sessions in covered.items() if sessions.any())
    if not schools:
        return None
    pooled = np.full(len(here), UNCOVERED, dtype=np.uint8)
    for possible in (True, False):
        for each in sorted(counted, key=lambda e: (_ROLES.get(e.status, 2), e.dfe_no)):
            take = covered[each.dfe_no] & (POSSIBLE[each.marks] == possible) & (pooled == UNCOVERED)
            pooled[take] = each.marks[take]
    return {"schools": schools, **count_sessions(pooled)}


def _inside(terms: Terms, periods: Sequence[Period], *, weeks: int) -> NDArray[np.bool_]:
    def cared(day: date) -> bool:
        return any(start <= day and (end is None or day <= end) for start, end in periods)

    return np.array([cared(terms.day(index)) for index in range(5 * weeks)])


def _mark_counts(marks: Marks) -> dict[str, list[int]]:
    halves = [np.bincount(marks[:, :, half::2].reshape(-1), minlength=UNCOVERED + 1) for half in (0, 1)]
    return {
        code: [int(half[number]) for half in halves]
        for number, code in enumerate(CODES)
        if any(h[number] for h in halves)
    }
