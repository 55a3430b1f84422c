"""Which alerts stand, told by the rules of INTERFACES.md, section 6, from what is known of each suspension by its name.

Slow and plain. It is told which row of a file is which suspension, so it pairs none; what follows from rows is counted
day by day by `suspension_oracle`. After every piece of news it says what must now be current on the topic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from tests.support.suspension_oracle import Findings, Row, findings, term_of

HISTORIC: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Told:
    """What one file says of one suspension; `uid` is its true name, whatever key, start or type the file gives it."""

    uid: str
    pupil_key: str
    upn: str | None
    kind: str
    start: date
    end: date | None
    sessions: int | None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Who a pupil of a school is: the council's id, periods in care (open ones without last day), a social worker."""

    pupil_id: str | None
    care: tuple[tuple[date, date | None], ...] = ()
    social_worker: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A suspension as its school last told it, and since which file it is told in this version without a break."""

    dfe_no: str
    told: Told
    seq: int
    received: date
    carried: bool = True
    unreported_on: date | None = None
    cancelled_on: date | None = None

    def row(self) -> Row:
        """The same for the oracle of days."""
        told = self.told
        end = None if told.kind == "PERM" else told.end
        return Row(told.uid, self.dfe_no, told.kind, told.start, end, told.sessions, told.cancelled, self.cancelled_on)


@dataclass(frozen=True, slots=True)
class Shown:
    """A suspension with whose it is and what follows from it."""

    held: Held
    child: str
    pupil_id: str | None
    looked_after: bool
    social_worker: bool
    found: Findings

    @property
    def uid(self) -> str:
        """Its true name."""
        return self.held.told.uid

    @property
    def whose(self) -> tuple[str | None, bool, bool]:
        """What has to be told again when it changes."""
        return self.pupil_id, self.looked_after, self.social_worker

    @property
    def is_missing(self) -> bool:
        """Whether the school sends it no longer."""
        return self.held.unreported_on is not None and not self.held.told.cancelled

    @property
    def changing(self) -> tuple[object, ...]:
        """What is told as a change."""
        told = self.held.told
        return told.kind, told.start, None if told.kind == "PERM" else told.end, told.sessions, told.cancelled


@dataclass(frozen=True, slots=True)
class Fact:
    """Something of which one alert must stand: `uid` is the row it shows, `rests_on` all that it is about."""

    kind: str
    uid: str
    rests_on: tuple[str, ...]
    due: date | None = None
    period: object = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that no other supersedes: what it is about, and what it says."""

    fact: Fact
    says: Mapping[str, Any]


@dataclass(slots=True)
class AlertOracle:
    """What must be current after all that was told so far; `days` are the school days of each school."""

    days: Mapping[str, Collection[date]]
    held: dict[str, Held] = field(default_factory=dict)
    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    standing: list[Standing] = field(default_factory=list)
    found: dict[tuple[Row, ...], dict[str, Findings]] = field(default_factory=dict)

    # News

    def file(self, dfe_no: str, seq: int, received: date, told: Iterable[Told], *, completeness: str) -> None:
        """One more file of a school."""
        rows = {one.uid: one for one in told}
        for uid, held in list(self.held.items()):
            if held.dfe_no == dfe_no and uid not in rows:
                reaches = _reaches(completeness, rows.values(), held.told.start)
                gone = received if reaches and held.unreported_on is None else held.unreported_on
                self.held[uid] = replace(held, carried=False, unreported_on=gone)
        for uid, one in rows.items():
            self.held[uid] = _told(self.held.get(uid), one, dfe_no, seq, received)
        self._settle()

    def identify(self, known: Mapping[tuple[str, str], Known]) -> None:
        """Matching says who pupils are."""
        self.known |= known
        self._settle()

    def redate(self, days: Mapping[str, Collection[date]]) -> None:
        """Schools meet on other days."""
        self.days = days
        self.found = {}
        self._settle()

    def current(self) -> Counter[tuple[tuple[str, Any], ...]]:
        """What every current alert says, by name of field."""
        return Counter(tuple(sorted(one.says.items())) for one in self.standing)

    # What follows

    def _settle(self) -> None:
        before, self.shown = self.shown, self._all_shown()
        again = {one.child for uid, one in self.shown.items() if uid in before and before[uid].whose != one.whose}
        changed = {uid for uid, one in self.shown.items() if uid in before and _is_changed(before[uid], one)}
        facts = [fact for child in self._children() for fact in _facts(child, self._started())]
        told_changes = {one.fact.uid: one for one in self.standing if one.fact.kind == "SUSPENSION_CHANGED"}
        left = [one for one in self.standing if one.fact.kind != "SUSPENSION_CHANGED"]
        mine, left = _shared_out(left, facts)
        settled = [self._after(fact, told, again) for fact, told in zip(facts, mine, strict=True)]
        for uid in changed | {_on_which(one, changed) for one in left}:
            fact = Fact("SUSPENSION_CHANGED", uid, (uid,))
            told_changes[uid] = Standing(fact, self._says(fact))
            changed = changed | {uid}
        for uid, one in told_changes.items():
            needs = uid not in changed and self.shown[uid].child in again
            settled.append(self._readdressed(one) if needs else one)
        self.standing = settled

    def _after(self, fact: Fact, mine: list[Standing], again: set[str]) -> Standing:
        """The alert of a fact that holds: as it was told, but for whose child it is; another where the fact has moved.

        One that has to be told again shows the row that it would show today.
        """
        is_same = len(mine) == 1 and mine[0].fact.kind == fact.kind and mine[0].fact.uid in fact.rests_on
        if not is_same or (fact.kind == "DAY_SIX_DUE" and mine[0].fact.due != fact.due):
            return Standing(fact, self._says(fact))
        if self.shown[fact.uid].child not in again:
            return mine[0]
        return self._readdressed(mine[0]) if mine[0].fact.uid == fact.uid else Standing(fact, self._says(fact))

    def _readdressed(self, one: Standing) -> Standing:
        shown = self.shown[one.fact.uid]
        whose = {"pupil_id": shown.pupil_id, "looked_after": shown.looked_after}
        return Standing(one.fact, {**one.says, **whose})

    def _started(self) -> set[str]:
        return {one.fact.uid for one in self.standing if one.fact.kind == "SUSPENSION_STARTED"}

    def _says(self, fact: Fact) -> dict[str, Any]:
        shown = self.shown[fact.uid]
        held, found = shown.held, shown.found
        as_of = held.unreported_on if fact.kind == "NO_LONGER_REPORTED" and held.unreported_on else held.received
        over = found.last_day is not None and held.told.kind != "PERM" and as_of - found.last_day > HISTORIC
        return {
            "kind": fact.kind,
            "data_as_of": as_of,
            "due_date": fact.due,
            "pupil_id": shown.pupil_id,
            "dfe_no": held.dfe_no,
            "type": held.told.kind,
            "start_date": held.told.start,
            "end_date": found.last_day,
            "day_six_date": found.day_six,
            "chain_school_days": found.chain_school_days,
            "term_days": found.term_days,
            "year_days": found.year_days,
            "looked_after": shown.looked_after,
            "historic": over,
            "delivery_seq": held.seq,
        }

    def _all_shown(self) -> dict[str, Shown]:
        children: dict[str, list[Held]] = {}
        for held in self.held.values():
            children.setdefault(self._child(held), []).append(held)
        shown: dict[str, Shown] = {}
        for child, rows in children.items():
            found = self._found(tuple(held.row() for held in rows))
            shown |= {held.told.uid: self._one_shown(child, held, found[held.told.uid]) for held in rows}
        return shown

    def _found(self, rows: tuple[Row, ...]) -> dict[str, Findings]:
        """What follows for one child; most news is about others."""
        if rows not in self.found:
            self.found[rows] = findings(rows, self.days)
        return self.found[rows]

    def _one_shown(self, child: str, held: Held, found: Findings) -> Shown:
        known = self.known.get((held.dfe_no, held.told.pupil_key), Known(None))
        start = held.told.start
        in_care = any(first <= start and (last is None or start <= last) for first, last in known.care)
        return Shown(held, child, known.pupil_id, in_care, known.social_worker, found)

    def _child(self, held: Held) -> str:
        known = self.known.get((held.dfe_no, held.told.pupil_key))
        if known is not None and known.pupil_id is not None:
            return f"pupil {known.pupil_id}"
        upn = held.told.upn
        return f"upn {upn}" if upn and upn[-1].isdigit() else f"key {held.dfe_no} {held.told.pupil_key}"

    def _children(self) -> Iterator[list[Shown]]:
        children: dict[str, list[Shown]] = {}
        for one in self.shown.values():
            children.setdefault(one.child, []).append(one)
        for rows in children.values():
            yield sorted(rows, key=lambda one: (one.held.told.start, one.held.dfe_no, one.held.told.kind))


def _reaches(completeness: str, rows: Iterable[Told], start: date) -> bool:
    if completeness != "reach_back":
        return completeness == "full"
    return any(one.start <= start and term_of(one.start)[0] == term_of(start)[0] for one in rows)


def _told(held: Held | None, one: Told, dfe_no: str, seq: int, received: date) -> Held:
    cancelled_on = held.cancelled_on if held else None
    if one.cancelled and cancelled_on is None:
        cancelled_on = received
    same = held is not None and held.carried and _version(held.told) == _version(one)
    if held is None or not same:
        return Held(dfe_no, one, seq, received, cancelled_on=cancelled_on)
    return Held(dfe_no, one, held.seq, held.received, cancelled_on=cancelled_on)


def _version(told: Told) -> tuple[object, ...]:
    return told.kind, told.start, None if told.kind == "PERM" else told.end, told.sessions, told.cancelled


def _is_changed(old: Shown, new: Shown) -> bool:
    if old.held.told.kind == new.held.told.kind == "LNCH":
        return False
    is_back = old.is_missing and not new.is_missing and not new.held.told.cancelled
    return is_back or old.changing != new.changing


def _on_which(fallen: Standing, changed: Collection[str]) -> str:
    """The row on which it is told that an alert no longer holds: one that has changed, else the one it shows."""
    rows = (fallen.fact.uid, *fallen.fact.rests_on)
    return next((uid for uid in rows if uid in changed), fallen.fact.uid)


def _shared_out(standing: list[Standing], facts: list[Fact]) -> tuple[list[list[Standing]], list[Standing]]:
    """Which alerts have told each fact, and those that belong to none: by the row they show, else by any other."""
    mine: list[list[Standing]] = [[] for _ in facts]
    for rows_of in (lambda one: (one.fact.uid,), lambda one: one.fact.rests_on):
        for fact, told in zip(facts, mine, strict=True):
            found = [one for one in standing if _tells(one, fact) and {*rows_of(one)} & {*fact.rests_on}]
            told.extend(found)
            standing = [one for one in standing if one not in found]
    return mine, standing


def _tells(one: Standing, fact: Fact) -> bool:
    kinds = {fact.kind, "YEAR_NEAR_45_DAYS"} if fact.kind == "YEAR_OVER_45_DAYS" else {fact.kind}
    return one.fact.kind in kinds and one.fact.period == fact.period


# Facts ----------------------------------------------------------------------------------------------------------------


def _facts(rows: list[Shown], started: Collection[str]) -> Iterator[Fact]:
    """All that holds for one child; `rows` in the order in which days are added up."""
    for one in rows:
        yield from _of_row(one, started)
    yield from _days_six(rows)
    yield from _limits(rows)


def _of_row(one: Shown, started: Collection[str]) -> Iterator[Fact]:
    told, alone = one.held.told, (one.uid,)
    if told.cancelled or told.kind == "LNCH":
        return
    if told.kind == "SUSP" or one.uid in started:
        yield Fact("SUSPENSION_STARTED", one.uid, alone, told.start)
    if told.kind == "PERM":
        yield Fact("PERMANENT_EXCLUSION", one.uid, alone, one.found.day_six)
    if one.looked_after or one.social_worker:
        yield Fact("LOOKED_AFTER_SUSPENDED", one.uid, alone, told.start)
    if one.is_missing:
        yield Fact("NO_LONGER_REPORTED", one.uid, alone)


def _days_six(rows: list[Shown]) -> Iterator[Fact]:
    for chain in dict.fromkeys(one.found.chain for one in rows if one.found.day_six is not None):
        six = next(one.found.day_six for one in rows if one.found.chain == chain)
        yield Fact("DAY_SIX_DUE", chain[-1], chain, six)


def _limits(rows: list[Shown]) -> Iterator[Fact]:
    for term in dict.fromkeys(term_of(one.held.told.start) for one in rows):
        here = [one for one in rows if term_of(one.held.told.start) == term]
        names = tuple(one.uid for one in here)
        for kind, limit in (("TERM_OVER_5_DAYS", 5), ("TERM_OVER_15_DAYS", 15)):
            passed = [one.uid for one in here if one.found.term_days > limit]
            if passed:
                yield Fact(kind, passed[0], names, period=term)
    for year in dict.fromkeys(term_of(one.held.told.start)[0] for one in rows):
        here = [one for one in rows if term_of(one.held.told.start)[0] == year]
        names = tuple(one.uid for one in here)
        over = [one.uid for one in here if one.found.year_days > 45]
        near = [one.uid for one in here if one.found.year_days >= 40]
        if over:
            yield Fact("YEAR_OVER_45_DAYS", over[0], names, period=year)
        elif near:
            yield Fact("YEAR_NEAR_45_DAYS", near[0], names, period=year)
