"""What follows from a change: the cases of every child it touches, over all schools, and the alerts to raise.

Reads and writes through the store, inside the engine's transaction; the rules stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from consumers.exclusions.alerts import Cases, raise_alerts
from consumers.exclusions.calendar import academic_year
from consumers.exclusions.cases import Pupil, bearing, reckon
from consumers.exclusions.handler import Change
from consumers.exclusions.store import Store
from consumers.exclusions.telling import Teller
from consumers.exclusions.versions import Suspension
from schemas.process.clock import Clock


@dataclass(frozen=True, slots=True)
class Consequences:
    """Brings cases and alerts up to date after a change."""

    store: Store
    clock: Clock
    secret: bytes

    async def follow(self, change: Change, *, alone: bool = False) -> None:
        """Reckon the children of a change anew, write what differs, and raise what is to be told.

        `alone`: nobody else can touch any child, because the calendar is held alone.
        """
        moved = [*change.written, *change.touched]
        if not moved and not change.removed:
            return
        children = await self._children(moved, change.removed)
        if not alone:
            await self.store.lock_children(children)
        before = await self.store.cases(children)
        after = await self._reckoned(before, change)
        await self.store.save_cases(before=before, after=after)
        await self._raise(change, before=before, after=after)

    async def _children(self, moved: Iterable[Suspension], removed: frozenset[str]) -> set[str]:
        """Those who had the suspensions until now, and those who have them from now on."""
        ones = list(moved)
        identities = await self.store.identities(_pupils(ones))
        now = {bearing(one, identities.get((one.dfe_no, one.key.pupil_key))).child for one in ones}
        return now | await self.store.children_of([*(one.suspension_id for one in ones), *removed])

    async def _reckoned(self, before: Cases, change: Change) -> Cases:
        held = {name: case.suspension for name, case in before.items() if name not in change.removed}
        suspensions = held | {one.suspension_id: one for one in change.written}
        if not suspensions:
            return {}
        ones = suspensions.values()
        cases = reckon(
            ones,
            identities=await self.store.identities(_pupils(ones)),
            calendars=await self.store.calendars(
                {one.dfe_no for one in ones}, min(academic_year(one.key.start_date) for one in ones)
            ),
        )
        return {case.suspension_id: case for case in cases}

    async def _raise(self, change: Change, *, before: Cases, after: Cases) -> None:
        names = {*before, *after, *change.removed}
        current = await self.store.current_alerts(names)
        subjects = names | {one.subject for one in current}  # a fact keeps counting after a suspension that is no more
        teller = Teller(self.secret, self.clock.now(), await self.store.alert_versions(subjects))
        raised = raise_alerts(current, before=before, after=after, successors=change.successors, teller=teller)
        await self.store.follow_renaming(change.successors, _rekeyed(before, after) | {*change.successors.values()})
        await self.store.save_alerts(raised)


def _rekeyed(before: Cases, after: Cases) -> set[str]:
    """Suspensions whose pupil has another key than before."""
    kept = before.keys() & after.keys()
    return {name for name in kept if before[name].suspension.key.pupil_key != after[name].suspension.key.pupil_key}


def _pupils(suspensions: Iterable[Suspension]) -> set[Pupil]:
    return {(one.dfe_no, one.key.pupil_key) for one in suspensions}
