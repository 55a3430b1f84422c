"""Which alerts to raise: what holds now against what was told, and what no longer holds.

Each alert is raised once. A fact whose child becomes known is told again with the next version; a fact that changes is
told anew; one that no longer holds is superseded by `SUSPENSION_CHANGED`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from consumers.exclusions.cases import Case
from consumers.exclusions.facts import Fact, Kind, facts
from consumers.exclusions.statements import LUNCHTIME
from consumers.exclusions.telling import Alert, Teller

Cases = Mapping[str, Case]
"""Cases by suspension_id: those of whole children."""

_CHANGED: Final[Kind] = "SUSPENSION_CHANGED"
_ABSORBS: Final[Mapping[str, tuple[str, ...]]] = {"YEAR_OVER_45_DAYS": ("YEAR_OVER_45_DAYS", "YEAR_NEAR_45_DAYS")}
"""Kinds that supersede another kind too."""


@dataclass(slots=True)
class _Standing:
    """The current alerts that are not yet found to belong to a fact that still holds."""

    alerts: list[Alert]
    by_row: dict[tuple[str, str, str], list[Alert]] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)

    def claims(self, holding: Sequence[Fact]) -> list[list[Alert]]:
        """For each fact the alerts that have told it so far; each alert belongs to one fact at most.

        It belongs to the fact that has the row it shows; only then to one that has another row on which it rests.
        """
        for one in self.alerts:
            self.by_row.setdefault((one.kind, one.period, one.shown), []).append(one)
        by_shown = [self._claim(fact) for fact in holding]
        for one in self.left():
            for member in one.members:
                self.by_row.setdefault((one.kind, one.period, member), []).append(one)
        return [found + self._claim(fact) for found, fact in zip(by_shown, holding, strict=True)]

    def left(self) -> list[Alert]:
        """The alerts that belong to no fact any more."""
        return [one for one in self.alerts if one.alert_id not in self.claimed]

    def _claim(self, fact: Fact) -> list[Alert]:
        kinds = _ABSORBS.get(fact.kind, (fact.kind,))
        keys = ((kind, fact.period, member) for kind in kinds for member in fact.members)
        found = {one.alert_id: one for key in keys for one in self.by_row.get(key, ())}
        fresh = [one for alert_id, one in found.items() if alert_id not in self.claimed]
        self.claimed.update(one.alert_id for one in fresh)
        return fresh


def raise_alerts(
    told_so_far: Sequence[Alert], *, before: Cases, after: Cases, successors: Mapping[str, str], teller: Teller
) -> list[Alert]:
    """The alerts to raise now; `told_so_far` is what was told of these cases and stands, `before` what they were.

    What was told of a suspension that is no more was told of its successor.
    """
    current = [one.renamed(successors) for one in told_so_far]
    standing = _Standing([one for one in current if one.kind != _CHANGED])
    readdressed = _readdressed(before, after, successors)
    started = {one.shown for one in current if one.kind == "SUSPENSION_STARTED"}
    holding = facts(after.values(), started=started)
    for fact, told in zip(holding, standing.claims(holding), strict=True):
        _tell_fact(fact, told, teller=teller, readdressed=fact.case.bearing.child in readdressed)
    changes = _changes(before, after, standing.left())
    told_changes = _by_shown(one for one in current if one.kind == _CHANGED)
    for shown, fallen in changes.items():
        teller.tell(_change_of(after[shown]), [*told_changes.pop(shown, ()), *fallen])
    for shown, told in told_changes.items():
        if shown in after and after[shown].bearing.child in readdressed:
            _tell_fact(_change_of(after[shown]), told, teller=teller, readdressed=True)
    return teller.raised


def _readdressed(before: Cases, after: Cases, successors: Mapping[str, str]) -> set[str]:
    """The children of whom a row is now someone else's, or in or out of care."""
    now = {name: after.get(successors.get(name, name)) for name in before}
    return {
        case.bearing.child
        for name, case in now.items()
        if case is not None and _address(before[name]) != _address(case)
    }


def _address(case: Case) -> tuple[str | None, bool, bool]:
    return case.bearing.pupil_id, case.bearing.looked_after, case.bearing.social_worker


def _tell_fact(fact: Fact, told: Sequence[Alert], *, teller: Teller, readdressed: bool) -> None:
    """Tell a fact that was not told, that has changed, or whose child has."""
    is_same = len(told) == 1 and told[0].kind == fact.kind and not _has_moved(fact, told[0])
    if not is_same:
        teller.tell(fact, told)
    elif readdressed and told[0].shown == fact.case.suspension_id:
        teller.tell_again(told[0], fact.case)
    elif readdressed:
        teller.tell(fact, told)


def _has_moved(fact: Fact, told: Alert) -> bool:
    """Whether the alert shows a row that is no part of the fact any more, or another day six."""
    return told.shown not in fact.members or (fact.kind == "DAY_SIX_DUE" and fact.due_date != told.event.due_date)


# Changes and what they supersede --------------------------------------------------------------------------------------


def _changes(before: Cases, after: Cases, fallen: Sequence[Alert]) -> dict[str, list[Alert]]:
    """The suspensions of which a change is to be told, each with the alerts that no longer hold because of it."""
    changes: dict[str, list[Alert]] = {
        suspension_id: []
        for suspension_id, case in after.items()
        if suspension_id in before and _is_changed(before[suspension_id], case)
    }
    of_themselves = frozenset(changes)
    for one in fallen:
        candidates = sorted((one.shown, *one.members), key=lambda member: member not in of_themselves)
        shown = next((member for member in candidates if member in after), None)
        if shown is not None:
            changes.setdefault(shown, []).append(one)
    return changes


def _is_changed(old: Case, new: Case) -> bool:
    """Whether a change of the row itself has to be told; lunchtimes are not told of."""
    if old.kind == LUNCHTIME and new.kind == LUNCHTIME:
        return False
    is_back = old.is_unreported and not new.is_unreported and not new.suspension.version.cancelled
    return is_back or _told_of(old) != _told_of(new)


def _told_of(case: Case) -> tuple[object, ...]:
    version = case.suspension.version
    return case.suspension.key[1:], version.end_date, version.sessions, version.cancelled


def _change_of(case: Case) -> Fact:
    return Fact(_CHANGED, case, (case.suspension_id,))


def _by_shown(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    shown: dict[str, list[Alert]] = {}
    for one in alerts:
        shown.setdefault(one.shown, []).append(one)
    return shown
