"""Exclusions files of a simulated county, week by week, as the watcher would publish them; and what is true meanwhile.

The files are the simulator's bytes, read by the real feeds. The truth is the simulator's own: it knows every day six.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from consumers.exclusions.calendar import COUNTY, CalendarRow
from consumers.runtime.work import Delivery
from producers.feeds.context import Context
from producers.feeds.parsing import parse
from producers.feeds.profile import Profile
from producers.simulator import columns, council
from producers.simulator.chains import Chain, chain_up
from producers.simulator.county import County, found_county
from producers.simulator.files import csv_bytes, with_aliases
from producers.simulator.schools import School
from producers.simulator.suspensions import Suspension, suspend
from tests.support.suspensions import calendar_file, sent_file

SECRET: Final = b"the installation's secret"


@dataclass(frozen=True, slots=True)
class Truth:
    """One suspension as it is known in a week, and its chain; `day_now`: school days of the chain to that Friday."""

    dfe_no: str
    upn: str | None
    kind: str
    start: date
    end: date | None
    chain: tuple[str, int, date] | None
    chain_end: date | None
    chain_school_days: int | None
    day_six: date | None
    day_now: int


class SimulatedYear:
    """A county and its year."""

    def __init__(self, folder: Path, *, seed: int, year: int, schools: int) -> None:
        self._path: Final = folder / "exclusions.csv"
        self._sent: Final[dict[str, bytes]] = {}
        self.county: Final[County] = found_county(seed, year, schools=schools)
        self._rolls: Final = [self.county.roll(school) for school in self.county.schools]
        self._suspensions: Final = [
            suspend(seed, school, closures=closures, roll=roll)
            for school, closures, roll in zip(self.county.schools, self.county.closures, self._rolls, strict=True)
        ]

    def calendar(self) -> Delivery:
        """The council's calendar of the year."""
        rows = council.calendar_rows(self.county).iter_rows()
        return calendar_file(*(CalendarRow(dfe_no or COUNTY, first, last, kind) for dfe_no, first, last, kind in rows))

    def files(self, week: int) -> Iterator[Delivery]:
        """The files of a week, received on its Friday; the same bytes as last week are no delivery."""
        for school in self.county.schools:
            content = self._content(school, week)
            if content != self._sent.get(school.dfe_no):
                self._sent[school.dfe_no] = content
                yield self._delivery(school, week, content)

    def truths(self, week: int) -> list[Truth]:
        """Every suspension that some file has told by then."""
        return [truth for school in self.county.schools for truth in self._truths(school, week)]

    def _told(self, school: School, week: int) -> list[Suspension]:
        return [each for each in self._suspensions[school.index] if each.first < 5 * week]

    def _shown(self, school: School, week: int) -> pl.DataFrame:
        return columns.as_shown(self._rolls[school.index], week)

    def _content(self, school: School, week: int) -> bytes:
        frame = columns.exclusion_rows(
            school,
            self.county.terms,
            closures=self.county.closures[school.index],
            shown=self._shown(school, week),
            told=self._told(school, week),
            today=5 * week - 1,
        )
        written = with_aliases(frame, "exclusions") if school.habits.aliases else frame
        return csv_bytes(written, bom=school.habits.bom)

    def _delivery(self, school: School, week: int, content: bytes) -> Delivery:
        self._path.write_bytes(content)
        friday = council.friday(self.county, week)
        profile = Profile.parse("exclusions=full" if school.habits.full else "")
        sent = parse(self._path, Context(school.dfe_no, friday, profile, SECRET))
        return sent_file(sent, dfe_no=school.dfe_no, delivery_seq=week, received_on=friday)

    def _truths(self, school: School, week: int) -> Iterator[Truth]:
        told, shown, today = self._told(school, week), self._shown(school, week), 5 * week - 1
        closures, terms = self.county.closures[school.index], self.county.terms
        for each in told:
            chain: Chain | None = chain_up([one for one in told if one.row == each.row], closures, today=today).get(
                each
            )
            last = each.shown_last(today)
            six = chain.day_six(terms, closures) if chain else None
            yield Truth(
                dfe_no=school.dfe_no,
                upn=shown["shown_upn"][each.row],
                kind=each.kind,
                start=terms.day(each.first),
                end=None if last is None else terms.day(last),
                chain=(school.dfe_no, each.row, terms.day(chain.first)) if chain else None,
                chain_end=terms.day(chain.last) if chain and chain.last is not None else None,
                chain_school_days=chain.school_days(closures) if chain else None,
                day_six=date.fromisoformat(six) if six else None,
                day_now=int((~closures.shut[chain.first : today + 1]).sum()) if chain else 0,
            )
