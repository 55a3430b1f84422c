"""A year of suspensions that schools correct, move, forget and cancel, of children who become known late.

Every suspension has a true name and a story: what its school says of it in each week. Pieces of news come out in order,
each for the consumer and for the oracle of alerts; nothing here knows what follows from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Final

import holidays

from consumers.exclusions.calendar import COUNTY, CalendarRow
from consumers.exclusions.statements import FiledRow
from consumers.runtime.work import Work
from schemas.events import LookedAfterPeriod, PupilIdentity
from tests.support.alert_oracle import AlertOracle, Known, Told
from tests.support.suspension_oracle import days_between
from tests.support.suspensions import calendar_file, exclusions_file, filed_row, identities

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
FIRST_FRIDAY: Final = date(2025, 9, 12)
WEEKS: Final = 39
TERMS: Final = (
    (date(2025, 9, 3), date(2025, 10, 24)),
    (date(2025, 11, 3), date(2025, 12, 19)),
    (date(2026, 1, 5), date(2026, 2, 13)),
    (date(2026, 2, 23), date(2026, 3, 27)),
    (date(2026, 4, 13), date(2026, 5, 22)),
    (date(2026, 6, 1), date(2026, 7, 22)),
)
COMPLETENESS: Final = ("full", "reach_back", "latest")
LATEST: Final = 10 * WEEK
"""How far back a school that sends only the latest rows goes."""

Calendar = Mapping[str, frozenset[date]]


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news: for the consumer, and told to the oracle."""

    work: Work
    tell: Callable[[AlertOracle], None]


@dataclass(slots=True)
class Child:
    """A child at one school or two, and what matching says of it anew in a week, of its keys at some of its schools."""

    number: int
    schools: tuple[str, ...]
    upn: str | None
    upn_from: int
    versions: dict[int, tuple[Known, tuple[str, ...]]] = field(default_factory=dict)
    rows: list[Story] = field(default_factory=list)

    def upn_in(self, week: int) -> str | None:
        """The UPN that schools send."""
        return self.upn if week >= self.upn_from else None

    @property
    def id_key(self) -> str:
        """The key of its names."""
        return f"id:{self.number:016x}"


@dataclass(slots=True)
class Story:
    """One suspension: what its school says of it from each week on, week 0 included; None where it says nothing."""

    uid: str
    dfe_no: str
    says: dict[int, Told | None]

    def in_week(self, week: int) -> Told | None:
        """What the week's export holds of it."""
        return self.says[max(since for since in self.says if since <= week)]


class Year:
    """The news of a year, from a seed."""

    def __init__(self, seed: int, *, schools: int, children: int) -> None:
        self._random: Final = Random(seed)
        self.schools: Final = tuple(f"83099{90 + number}" for number in range(schools))
        self._off: dict[str, set[date]] = {dfe_no: self._inset() for dfe_no in self.schools}
        self.first_calendar: Final = self._calendar()
        self._children: Final = [self._child(number) for number in range(children)]
        self._calendars = 0

    def calendar(self) -> News:
        """The council's calendar, as it is now."""
        self._calendars += 1
        rows = [CalendarRow(COUNTY, first, last, "TERM") for first, last in TERMS]
        rows += [CalendarRow(dfe_no, day, day, "INSET") for dfe_no in self.schools for day in sorted(self._off[dfe_no])]
        days = self._calendar()
        return News(calendar_file(*rows, seq=self._calendars), lambda oracle: oracle.redate(days))

    def week(self, week: int) -> Iterator[News]:
        """What comes in a week, in a random order: files, some twice, what matching says, now and then a calendar."""
        news = [self._file(dfe_no, week) for dfe_no in self.schools]
        news += [one for child in self._children for one in self._identity(child, week)]
        if self._random.random() < 0.15:
            dfe_no = self._random.choice(self.schools)
            self._off[dfe_no] = self._inset()
            news.append(self.calendar())
        self._random.shuffle(news)
        for one in news:
            yield one
            if self._random.random() < 0.05:
                yield replace(one, tell=lambda _oracle: None)

    # Files and identities

    def _file(self, dfe_no: str, week: int) -> News:
        received = FIRST_FRIDAY + (week - 1) * WEEK
        completeness = COMPLETENESS[self.schools.index(dfe_no) % len(COMPLETENESS)]
        since = received - LATEST if completeness == "latest" else date.min
        told = [
            (child, replace(said, upn=child.upn_in(week), pupil_key=child.upn_in(week) or child.id_key))
            for child in self._children
            for story in child.rows
            if story.dfe_no == dfe_no and (said := story.in_week(week)) is not None and said.start >= since
        ]
        self._random.shuffle(told)
        rows = [_filed(child, said) for child, said in told]
        work = exclusions_file(*rows, dfe_no=dfe_no, delivery_seq=week, received_on=received, completeness=completeness)
        return News(
            work,
            lambda oracle: oracle.file(dfe_no, week, received, (said for _, said in told), completeness=completeness),
        )

    def _identity(self, child: Child, week: int) -> Iterator[News]:
        """What matching says anew of all the keys under which a child has been seen."""
        known, schools = child.versions.get(week, (Known(None), ()))
        keys = {(dfe_no, key) for dfe_no in schools for key in (child.upn, child.id_key) if key}
        records = [
            PupilIdentity(
                dfe_no=dfe_no,
                pupil_key=key,
                pupil_id=known.pupil_id,
                outcome="certain" if known.pupil_id else "possible",
                looked_after=tuple(LookedAfterPeriod(*period) for period in known.care),
                social_worker=known.social_worker,
            )
            for dfe_no, key in sorted(keys)
        ]
        for dfe_no in schools:  # matching tells school by school, as its partitions do
            mine = [one for one in records if one.dfe_no == dfe_no]
            yield News(identities(*mine), partial(_identify, {(dfe_no, one.pupil_key): known for one in mine}))

    # Children and their stories

    def _child(self, number: int) -> Child:
        random = self._random
        schools = tuple(random.sample(self.schools, random.choice([1, 1, 2])))
        upn = random.choice([f"H{number:012d}", f"H{number:012d}", f"H{number:011d}A", None])
        late = upn is not None and random.random() < 0.2
        child = Child(number, schools, upn, random.randint(3, 30) if late else 1)
        if random.random() < 0.8:
            child.versions = self._known(number, schools)
        for story in self._stories(child, plain=late):
            child.rows.append(story)
        return child

    def _known(self, number: int, schools: tuple[str, ...]) -> dict[int, tuple[Known, tuple[str, ...]]]:
        """When matching learns who the child is, and what changes afterwards, at all its schools or at one."""
        random, week = self._random, self._random.choice([1, 1, 1, self._random.randint(2, 30)])
        known = Known(f"P{number}", social_worker=random.random() < 0.2)
        versions = {week: (known, schools)}
        while random.random() < 0.6 and week < WEEKS:
            week = random.randint(week + 1, min(week + 12, WEEKS + 1))
            first = FIRST_FRIDAY + random.randint(-10, 270) * DAY
            known = random.choice(
                [
                    replace(known, care=((first, None),)),
                    replace(known, care=((first, first + random.randint(5, 60) * DAY),)),
                    replace(known, social_worker=not known.social_worker),
                    replace(known, pupil_id=random.choice([f"P{number}", f"Q{number}", None])),
                ]
            )
            versions[week] = known, random.choice([schools, schools[:1], schools[-1:]])
        return versions

    def _stories(self, child: Child, *, plain: bool) -> Iterator[Story]:
        """Spells away from school one after the other, often with no day between; after one without end no other."""
        random, place = self._random, self._random.randint(0, 60)
        lengths = random.choice([(1, 2, 2, 3), (1, 3, 5, 5, 8), (5, 8, 10, 15)])
        for number in range(40):
            dfe_no = random.choice(child.schools)
            days = sorted(self.first_calendar[dfe_no])
            length = random.choice(lengths)
            if place + length + 3 >= len(days):
                return
            told = self._told(f"{child.number}/{number}", days[place], days[place + length - 1], length)
            yield Story(told.uid, dfe_no, self._versions(told, days, plain=plain))
            if told.kind == "PERM" or (told.end is None and told.sessions is None):
                return
            place += length + random.choice([0, 0, 1, 2, 8, 20])

    def _told(self, uid: str, start: date, end: date, length: int) -> Told:
        kind = self._random.choices(["SUSP", "LNCH", "PERM"], [90, 6, 4])[0]
        sessions = self._random.choice([2 * length, 2 * length, 2 * length - 1, None])
        sessions = length if kind == "LNCH" else sessions
        told = Told(uid, "", None, kind, start, None if kind == "PERM" else end, None if kind == "PERM" else sessions)
        blank = self._random.random()
        if kind == "SUSP" and blank < 0.02:
            return replace(told, end=None, sessions=None)
        return replace(told, end=None) if blank < 0.06 and told.sessions is not None else told

    def _versions(self, told: Told, days: list[date], *, plain: bool) -> dict[int, Told | None]:
        """What is said in which week: from the first export after it began, or some weeks later."""
        random = self._random
        stories = ["", "", "", "", "end", "moved", "cancelled", "back", "permanent", "gone", "gap", "sessions"]
        story = "" if plain or told.kind == "LNCH" else random.choice(stories)
        late = 0 if story == "end" else random.choice([0, 0, 0, 0, 1, 2])  # else a longer one may pass for a moved one
        week = max(1, -(-(told.start - FIRST_FRIDAY).days // 7) + 1) + late
        says: dict[int, Told | None] = {0: None, week: told}
        later = week + random.choice([1, 1, 2])
        if story == "end" and told.end is not None:
            place = days.index(told.end)
            says |= {week: replace(told, end=days[place + random.choice([1, 2])]), later: told}
        elif story == "moved" and told.end is not None and days.index(told.end) - days.index(told.start) >= 2:
            says |= {week: replace(told, start=days[days.index(told.start) + 1]), later: told}
        elif story == "sessions" and told.sessions is not None:
            says |= {later: replace(told, sessions=told.sessions + 1)}
        elif story == "cancelled":
            says |= {later: replace(told, cancelled=True)}
        elif story == "back":
            says |= {later: replace(told, cancelled=True), later + 2: told}
        elif story == "permanent" and told.kind == "PERM":
            says |= {week: replace(told, kind="SUSP", end=told.start + DAY, sessions=4), later: told}
        elif story == "gone" and told.end is not None:
            says |= {later: None}
        elif story == "gap" and told.end is not None:
            says |= {later: None, later + 2: told}
        return says

    # Days

    def _inset(self) -> set[date]:
        """Five days on which a school does not meet for pupils."""
        return {self._random.choice([first, last, first + 7 * DAY]) for first, last in self._random.choices(TERMS, k=5)}

    def _calendar(self) -> Calendar:
        """The school days by the rule: weekdays in term, no INSET, no bank holiday; next year as nobody has said."""
        free = holidays.country_holidays("GB", subdiv="ENG", years=[2025, 2026, 2027])
        met = {day for first, last in TERMS for day in days_between(first, last)}
        met |= set(days_between(date(2026, 9, 1), date(2027, 7, 31)))
        open_days = {day for day in met if day.weekday() < 5 and day not in free}
        return {dfe_no: frozenset(open_days - self._off[dfe_no]) for dfe_no in self.schools}


def _identify(known: Mapping[tuple[str, str], Known], oracle: AlertOracle) -> None:
    oracle.identify(known)


def _filed(child: Child, said: Told) -> FiledRow:
    return filed_row(
        pupil_key=said.pupil_key,
        id_key=child.id_key,
        upn=said.upn,
        start_date=said.start,
        end_date=said.end,
        sessions=said.sessions,
        type=said.kind,
        cancelled=said.cancelled,
    )
