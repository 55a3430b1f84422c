"""The county as a whole: terms, schools, children and rolls. It holds who is where, never anybody's marks."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from producers.simulator.care import take_into_care
from producers.simulator.enrolments import enrol
from producers.simulator.identity import write_down
from producers.simulator.people import populate
from producers.simulator.schools import School, found_schools
from producers.simulator.terms import Closures, Terms, closures, school_year


@dataclass(frozen=True, slots=True)
class County:
    seed: int
    terms: Terms
    schools: tuple[School, ...]
    closures: tuple[Closures, ...]
    people: pl.DataFrame
    enrolments: pl.DataFrame

    def roll(self, school: School) -> pl.DataFrame:
        """Everybody who is on a school's roll at any time of the year, in the order of its export."""
        mine = self.enrolments.filter(pl.col("school") == school.index).drop("school")
        return mine.join(self.people.drop("first_week", "first_day"), on="person", how="left").sort(
            "surname", "forename", "person"
        )


def found_county(seed: int, year: int, *, schools: int) -> County:
    """The same county for the same three numbers, whatever the week."""
    terms = school_year(year)
    founded = found_schools(seed, schools)
    people = populate(seed, year, schools=founded)
    people = take_into_care(seed, terms, people=write_down(seed, year, people=people))
    shut = tuple(closures(seed, terms, school=school.index) for school in founded)
    return County(seed, terms, founded, shut, people, enrol(seed, founded, people=people))
