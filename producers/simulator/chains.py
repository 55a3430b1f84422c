"""Day six of each child's suspensions at a school, from the calendar alone: a second opinion on the product's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from producers.simulator.suspensions import Suspension
from producers.simulator.terms import Closures, Terms

_DAY_SIX = 6


@dataclass(frozen=True, slots=True)
class Chain:
    """Rows of one pupil with no school day between them; `last` is None where one of them has no end."""

    first: int
    last: int | None

    def school_days(self, closures: Closures) -> int | None:
        return None if self.last is None else int((~closures.shut[self.first : self.last + 1]).sum())

    def day_six(self, terms: Terms, closures: Closures) -> str | None:
        """The sixth school day from the first, if the chain still covers it."""
        days = closures.open_days()
        place = int(np.searchsorted(days, self.first)) + _DAY_SIX - 1
        if place >= len(days) or (self.last is not None and days[place] > self.last):
            return None
        return terms.day(int(days[place])).isoformat()


def chain_up(told: list[Suspension], closures: Closures, *, today: int) -> dict[Suspension, Chain]:
    """The chain of each suspension and permanent exclusion of one pupil, given in order; lunchtimes belong to none."""
    runs: list[list[Suspension]] = []
    for each in told:
        if each.kind == "LNCH":
            continue
        if runs and _touches(runs[-1][-1].shown_last(today), each.first, closures=closures):
            runs[-1].append(each)
        else:
            runs.append([each])
    return {each: Chain(run[0].first, run[-1].shown_last(today)) for run in runs for each in run}


def _touches(last: int | None, first: int, *, closures: Closures) -> bool:
    return last is not None and not (~closures.shut[last + 1 : first]).any()
