"""A school's registers in one academic year before and after a delivery, and what can be read off the two.

The only place where keys, marks and meanings meet; still pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from consumers.attendance import counting, sessions
from consumers.attendance.codes import CodeBook
from consumers.attendance.delivered import Delivered
from consumers.attendance.enrolment import Correction, Enrolment, Particulars, SchoolYear
from consumers.attendance.grid import IS_WEEKEND, BoolArray, Grid, KindArray, session_of
from consumers.attendance.keys import KeyChange
from consumers.attendance.register import Register, numbered


@dataclass(frozen=True, slots=True)
class Outcome:
    """Both registers, a line for each key; `corrected` are the cells whose mark the delivery changes."""

    grid: Grid
    lines: Mapping[str, int]
    texts: Sequence[str]
    before: Register
    after: Register
    corrected: BoolArray
    kinds: KindArray

    @classmethod
    def of(
        cls, delivered: Delivered, held: Sequence[Enrolment], moves: Iterable[KeyChange], grid: Grid, book: CodeBook
    ) -> Outcome:
        """What comes of a delivery where these enrolments are held, once keys have moved.

        Raises:
            PoisonError: rows that no attendance file may give rise to.

        """
        keys = dict.fromkeys([*(enrolment.pupil_key for enrolment in held), *delivered.keys])
        lines = {key: line for line, key in enumerate(keys)}
        kept = [enrolment.sessions for enrolment in held]
        kept_marks, lengths = sessions.marks_of(kept)
        texts, kept_numbers, numbers = numbered(kept_marks, delivered.marks)
        before = Register.blank(len(lines))
        sessions.put(before, kept, (kept_numbers, lengths), grid)
        for move in moves:
            before.fold(lines[move.old_key], lines[move.new_key])
        after, corrected = before.overlaid(delivered.register(numbers, lines, grid), delivered.delivery_seq)
        kinds = counting.kinds_of(after.marks, texts, grid, book)
        return cls(grid, lines, texts, before, after, corrected, kinds)

    def enrolments(
        self, told: Mapping[str, Particulars], held: Iterable[Enrolment], moves: Iterable[KeyChange]
    ) -> Iterator[Enrolment]:
        """The enrolments that the delivery carries, as they are now."""
        new_keys = {move.old_key: move.new_key for move in moves}
        earlier: dict[str, list[Enrolment]] = {}
        for enrolment in held:
            earlier.setdefault(new_keys.get(enrolment.pupil_key, enrolment.pupil_key), []).append(enrolment)
        touched = np.array([self.lines[key] for key in told], dtype=np.int32)
        kinds = self.kinds[touched]
        kept = sessions.taken(self.after.part(touched), kinds, self.texts, self.grid)
        for (key, newest), line, counts in zip(told.items(), kept, counting.counts_of(kinds), strict=True):
            before = earlier.get(key, [])
            yield Enrolment(
                academic_year=self.grid.academic_year,
                pupil_key=key,
                delivery_seq=max(newest.delivery_seq, *(enrolment.delivery_seq for enrolment in before), 0),
                particulars=reduce(Particulars.or_later, (enrolment.particulars for enrolment in before), newest),
                sessions=line,
                counts=counts,
            )

    def corrections(self, delivery_seq: int) -> Iterator[Correction]:
        """Each mark changed, but for marks that say nothing on a weekend."""
        quiet = counting.quiet(self.texts)
        silent = IS_WEEKEND & (quiet[self.before.marks] | quiet[self.after.marks])
        keys = list(self.lines)
        for line, slot in np.argwhere(self.corrected & ~silent).tolist():
            yield Correction(
                academic_year=self.grid.academic_year,
                pupil_key=keys[line],
                week_start=self.grid.week_start(slot),
                session=session_of(slot),
                old_mark=self.texts[self.before.marks[line, slot]],
                new_mark=self.texts[self.after.marks[line, slot]],
                delivery_seq=delivery_seq,
            )

    def school_year(self) -> SchoolYear:
        """What the registers add up to."""
        totals = counting.mark_totals(self.after.marks, self.kinds, self.texts)
        return SchoolYear(
            academic_year=self.grid.academic_year,
            codes=tuple(totals),
            am=tuple(am for am, _ in totals.values()),
            pm=tuple(pm for _, pm in totals.values()),
            covered_days=tuple(counting.covered_days(self.after.marks, self.grid)),
            closed_days=tuple(counting.closed_days(self.after.marks, self.texts, self.grid)),
        )
