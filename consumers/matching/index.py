"""The council's index in memory, by every key that children are looked for.

Answers in order of pupil id, whatever order it was filled in. Sealed children are known by their identifiers alone: no
search by names or date of birth finds them, and nothing here gives one out as a candidate.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import Final, TypeVar

from consumers.matching.evidence import Known, Person, is_permanent, known
from consumers.matching.names import name_key, sound_key, start_key
from consumers.matching.pupils import CouncilPupil, Seen

Found = Sequence[Known]
Admission = tuple[str | None, str | None]
Key = TypeVar("Key", bound=Hashable)


class CouncilIndex:
    """Filled once, then only asked. What details are looked up by is built when the first row needs it."""

    def __init__(self, pupils: Iterable[CouncilPupil]) -> None:
        with collector_paused():
            ordered = sorted(pupils)
            self._open: Final = [known(pupil) for pupil in ordered if not pupil.sealed]
            self._sealed: Final = {pupil.pupil_id: pupil for pupil in ordered if pupil.sealed}

    def settle(self) -> None:
        """Build every key now, for an index that is kept: the collector need never look through it again."""
        _ = self._by_id, self._by_upn, self._by_former_upn, self._by_admission
        _ = self._by_dob, self._by_names, self._by_likeness, self._sealed_keys
        gc.freeze()

    def __len__(self) -> int:
        """Children that can be found by details."""
        return len(self._open)

    def sealed_by(self, seen: Seen) -> str | None:
        """The sealed child that an identifier of the row belongs to."""
        upns, admissions = self._sealed_keys
        found = (seen.upn and upns.get(seen.upn)) or (seen.former_upn and upns.get(seen.former_upn))
        return found or (admissions.get((seen.dfe_no, seen.admission_number)) if seen.admission_number else None)

    def is_sealed(self, pupil_id: str) -> bool:
        """Whether it is a sealed child's."""
        return pupil_id in self._sealed

    def by_id(self, pupil_id: str) -> Known | None:
        """The child, unless it is sealed."""
        return self._by_id.get(pupil_id)

    def by_upn(self, upn: str | None) -> Found:
        """The children whose UPN it is: several only where the index is at odds with itself."""
        return _preferred(self._by_upn.get(upn, ())) if upn else ()

    def by_former_upn(self, upn: str | None) -> Found:
        """The children whose UPN it was."""
        return _preferred(self._by_former_upn.get(upn, ())) if upn else ()

    def by_admission(self, seen: Seen) -> Found:
        """The children who have the row's admission number at its school."""
        if not seen.admission_number:
            return ()
        return _preferred(self._by_admission.get((seen.dfe_no, seen.admission_number), ()))

    def by_dob(self, dob: date | None) -> Found:
        """The children born on that day."""
        return self._by_dob.get(dob, ()) if dob else ()

    def alike(self, mine: Person) -> list[Known]:
        """The children worth comparing by details, in order of pupil id.

        Born on the row's day, or on it with day and month exchanged; with its names, names of that sound or beginning,
        or a name they are known by, in any order.
        """
        found = {child.pupil.pupil_id: child for child in self.by_dob(mine.dob)}
        exchanged = swapped_day(mine.dob)
        groups = [self.by_dob(exchanged)] if exchanged else []
        groups += [self._by_names.get(key, ()) for key in name_keys(mine)]
        groups += [self._by_likeness.get(key, ()) for key in likeness_keys(mine)]
        for group in groups:
            for child in group:
                found[child.pupil.pupil_id] = child
        return [found[pupil_id] for pupil_id in sorted(found)]

    @cached_property
    def _by_id(self) -> dict[str, Known]:
        return {child.pupil.pupil_id: child for child in self._open}

    @cached_property
    def _by_upn(self) -> dict[str, list[Known]]:
        """A temporary UPN ages out with its record: it may have been given to another child since."""
        return _grouped(
            (child.pupil.upn, child)
            for child in self._open
            if child.pupil.upn and (child.pupil.current or is_permanent(child.pupil.upn))
        )

    @cached_property
    def _by_former_upn(self) -> dict[str, list[Known]]:
        return _grouped((child.pupil.former_upn, child) for child in self._open if child.pupil.former_upn)

    @cached_property
    def _by_admission(self) -> dict[Admission, list[Known]]:
        return _grouped(
            ((child.pupil.dfe_no, child.pupil.admission_number), child)
            for child in self._open
            if child.pupil.dfe_no and child.pupil.admission_number
        )

    @cached_property
    def _by_dob(self) -> dict[date, list[Known]]:
        return _grouped((child.person.dob, child) for child in self._open if child.person.dob)

    @cached_property
    def _by_names(self) -> dict[str, list[Known]]:
        return _grouped((key, child) for child in self._open for key in name_keys(child.person))

    @cached_property
    def _by_likeness(self) -> dict[str, list[Known]]:
        return _grouped((key, child) for child in self._open for key in likeness_keys(child.person))

    @cached_property
    def _sealed_keys(self) -> tuple[dict[str, str], dict[Admission, str]]:
        upns: dict[str, str] = {}
        admissions: dict[Admission, str] = {}
        for pupil_id, pupil in self._sealed.items():
            upns |= {upn: pupil_id for upn in (pupil.upn, pupil.former_upn) if upn}
            if pupil.dfe_no and pupil.admission_number:
                admissions[pupil.dfe_no, pupil.admission_number] = pupil_id
        return upns, admissions


@contextmanager
def collector_paused() -> Iterator[None]:
    """A county is a million small values without a cycle: looking for one again and again takes half the time."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def name_keys(person: Person) -> Iterator[str]:
    """What a person's names are looked up by: the forename, and each name the person is known by, with the surname."""
    for forename in (person.forename, *person.known_as):
        key = name_key(forename, person.surname)
        if key:
            yield key


def likeness_keys(person: Person) -> Iterator[str]:
    """What names spelt in another way are looked up by: how they sound, and how they begin, in any order."""
    for key in (sound_key(person.forename, person.surname), start_key(person.forename, person.surname)):
        if key:
            yield key


def swapped_day(dob: date | None) -> date | None:
    """The date with day and month exchanged, where that is another date."""
    if dob is None or dob.day == dob.month or dob.day > 12:
        return None
    return dob.replace(day=dob.month, month=dob.day)


def _grouped(pairs: Iterable[tuple[Key, Known]]) -> dict[Key, list[Known]]:
    groups: defaultdict[Key, list[Known]] = defaultdict(list)
    with collector_paused():
        for key, child in pairs:
            groups[key].append(child)
    return dict(groups)


def _preferred(children: Found) -> Found:
    """A record that the newest index lacks gives way to those it has."""
    if len(children) < 2:
        return children
    return [child for child in children if child.pupil.current] or children
