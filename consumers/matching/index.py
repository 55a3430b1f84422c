"""The council's index, or the part of it that one piece of work needs, in memory and by every key it is asked for.

Answers in order of pupil id, whatever order it was filled in. Sealed children are known by their identifiers alone: no
search by names or date of birth finds them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from consumers.matching.pupils import CouncilPupil, Seen

Found = tuple[CouncilPupil, ...]
Admission = tuple[str | None, str | None]


class CouncilIndex:
    """Filled once, then only asked."""

    def __init__(self, pupils: Iterable[CouncilPupil]) -> None:
        self._by_upn: Final[defaultdict[str, list[CouncilPupil]]] = defaultdict(list)
        self._by_former_upn: Final[defaultdict[str, list[CouncilPupil]]] = defaultdict(list)
        self._by_admission: Final[defaultdict[Admission, list[CouncilPupil]]] = defaultdict(list)
        self._by_dob: Final[defaultdict[date, list[CouncilPupil]]] = defaultdict(list)
        self._by_names: Final[defaultdict[str, list[CouncilPupil]]] = defaultdict(list)
        self._sealed_upns: Final[set[str]] = set()
        self._sealed_admissions: Final[set[Admission]] = set()
        for pupil in sorted(pupils, key=lambda pupil: pupil.pupil_id):
            if pupil.sealed:
                self._seal(pupil)
            else:
                self._add(pupil)

    def seals(self, seen: Seen) -> bool:
        """Whether an identifier of the row belongs to a sealed child."""
        return (
            seen.upn in self._sealed_upns
            or seen.former_upn in self._sealed_upns
            or (seen.dfe_no, seen.admission_number) in self._sealed_admissions
        )

    def by_upn(self, upn: str | None) -> Found:
        """The children whose UPN it is: several only where the index is at odds with itself."""
        return _preferred(self._by_upn.get(upn or "", ()))

    def by_former_upn(self, upn: str | None) -> Found:
        """The children whose UPN it was."""
        return _preferred(self._by_former_upn.get(upn or "", ()))

    def by_admission(self, seen: Seen) -> Found:
        """The children who have the row's admission number at its school."""
        return _preferred(self._by_admission.get((seen.dfe_no, seen.admission_number), ()))

    def by_dob(self, dob: date | None) -> Found:
        """The children born on that day."""
        return () if dob is None else tuple(self._by_dob.get(dob, ()))

    def by_names(self, name_key: str | None) -> Found:
        """The children with exactly these names, in any order."""
        return tuple(self._by_names.get(name_key or "", ()))

    def _seal(self, pupil: CouncilPupil) -> None:
        self._sealed_upns.update(upn for upn in (pupil.upn, pupil.former_upn) if upn)
        if pupil.dfe_no and pupil.admission_number:
            self._sealed_admissions.add((pupil.dfe_no, pupil.admission_number))

    def _add(self, pupil: CouncilPupil) -> None:
        if pupil.upn:
            self._by_upn[pupil.upn].append(pupil)
        if pupil.former_upn:
            self._by_former_upn[pupil.former_upn].append(pupil)
        if pupil.dfe_no and pupil.admission_number:
            self._by_admission[pupil.dfe_no, pupil.admission_number].append(pupil)
        if pupil.dob:
            self._by_dob[pupil.dob].append(pupil)
        if pupil.name_key:
            self._by_names[pupil.name_key].append(pupil)


def _preferred(pupils: Sequence[CouncilPupil]) -> Found:
    """A record that the newest index lacks gives way to those it has."""
    current = tuple(pupil for pupil in pupils if pupil.current) if len(pupils) > 1 else ()
    return current or tuple(pupils)
