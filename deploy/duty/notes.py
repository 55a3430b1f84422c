"""What an officer should know before ringing: shown beside a child, never a reason to leave it out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

LAST_COMPULSORY_YEAR: Final = 11
_NUMBERED: Final = re.compile(r"(?:year|yr|y)?\.?\s*0*([0-9]{1,2})", re.IGNORECASE)
_NURSERY: Final = re.compile(r"[ne][0-9]?|nursery", re.IGNORECASE)
_RECEPTION: Final = re.compile(r"(?:year )?r|reception", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class About:
    """What is known of one chain beside its dates.

    `compulsory_from`, `compulsory_to`: between which days the child has to be in school, where its birth date is known.
    """

    nc_year: str | None
    compulsory_from: date | None
    compulsory_to: date | None
    no_longer_reported: bool
    end_unknown: bool
    day_six_if_half_day: date | None


def notes(about: About, on: date) -> tuple[str, ...]:
    """Sentences about a chain on a day, what to ask the school first."""
    return (*_questions(about), *_other_day_six(about, on), *_age(about, on))


def _questions(about: About) -> Iterator[str]:
    if about.no_longer_reported:
        yield "Ask the school: it no longer sends this suspension. Was it withdrawn, or entered anew?"
    if about.end_unknown:
        yield "Ask the school when it ends: it was sent without an end, so day six is counted on."


def _other_day_six(about: About, on: date) -> Iterator[str]:
    """Whether half a first day counts as day one is settled nowhere; behind both dates it does not matter."""
    if about.day_six_if_half_day is not None and about.day_six_if_half_day >= on:
        yield f"If the first day was half a day, day six is {about.day_six_if_half_day:%a %d %b}."


def _age(about: About, on: date) -> Iterator[str]:
    year = school_year(about.nc_year)
    if about.compulsory_from is not None and on < about.compulsory_from:
        yield f"Not of compulsory school age until {about.compulsory_from:%d %b %Y}: check whether the duty applies."
    elif about.compulsory_to is not None and on > about.compulsory_to:
        yield f"Above compulsory school age since {about.compulsory_to:%d %b %Y}: check whether the duty applies."
    elif about.compulsory_from is None:
        yield from _age_by_year(about.nc_year, year)
    if year == LAST_COMPULSORY_YEAR:
        yield "Year 11: there is no duty once the child has no examination left to sit."


def _age_by_year(sent: str | None, year: int | None) -> Iterator[str]:
    """What the year group alone can tell."""
    if year is not None and year > LAST_COMPULSORY_YEAR:
        yield f"Year {year}: above compulsory school age, check whether the duty applies."
    elif _RECEPTION.fullmatch((sent or "").strip()):
        yield "Reception: perhaps not of compulsory school age yet."
    elif _NURSERY.fullmatch((sent or "").strip()):
        yield "Nursery: not of compulsory school age."


def school_year(sent: str | None) -> int | None:
    """The number in a year group as schools write it: `11`, `Year 11`, `Y11`; none for any other."""
    found = _NUMBERED.fullmatch((sent or "").strip())
    return int(found[1]) if found else None
