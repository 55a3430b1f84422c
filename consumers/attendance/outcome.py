"""A school's registers in one academic year before and after a delivery, and what can be read off the two.

The only place where keys, marks and meanings meet; still pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from consumers.attendance import counting, sessions
from consumers.attendance.codes import QUIET_AT_WEEKENDS, CodeBook
from consumers.attendance.delivered import Delivered
from consumers.attendance.enrolment import Correction, Enrolment, Particulars, SchoolYear
from consumers.attendance.grid import IS_WEEKEND, SLOTS, BoolArray, Grid, KindArray, session_of
from consumers.attendance.keys import KeyChange
from consumers.attendance.register import Register
from consumers.attendance.sessions import Marks


@dataclass(frozen=True, slots=True)
class Outcome:
    """Both registers, a line for each key: first those delivered, whose marks are in `words` too.

    A line whose delivered marks only go on from those kept is blank in `before`: nothing of it can be corrected.
    """

    grid: Grid
    lines: Mapping[str, int]
    texts: Sequence[str]
    before: Register
    after: Register
    corrected: BoolArray
    words: Sequence[Marks]

    @classmethod
    def of(
        cls, delivered: Delivered, held: Sequence[Enrolment], *, moves: Sequence[KeyChange], grid: Grid, book: CodeBook
    ) -> Outcome:
        """What comes of a delivery where these enrolments are held, once keys have moved.

        Raises:
            PoisonError: rows that no attendance file may give rise to.

        """
        keys = dict.fromkeys([*delivered.lines, *(enrolment.pupil_key for enrolment in held)])
        lines = {key: line for line, key in enumerate(keys)}
        texts, numbers = delivered.numbered(book.marks)
        marks = delivered.laid_out(numbers, grid, lines=len(lines))
        words = sessions.in_words(marks[: len(delivered.lines)], texts)
        merged = {key for move in moves for key in (move.old_key, move.new_key)}
        repeated = {
            enrolment.pupil_key
            for enrolment in held
            if enrolment.delivery_seq < delivered.delivery_seq
            and enrolment.pupil_key in delivered.lines.keys() - merged
            and words[lines[enrolment.pupil_key]].go_on_from(enrolment.sessions, grid)
        }
        kept = {lines[one.pupil_key]: one.sessions for one in held if one.pupil_key not in repeated}
        before = Register.blank(len(lines))
        texts = sessions.lay_out(kept, before, texts=texts, grid=grid)
        for move in moves:
            before.fold(lines[move.old_key], lines[move.new_key])
        after, corrected = before.overlaid(marks, delivered.delivery_seq)
        mixed = np.flatnonzero((before.marks[: len(words)] != 0).any(axis=1))
        for line, now in zip(mixed.tolist(), sessions.in_words(after.marks[mixed], texts), strict=True):
            words[line] = now
        return cls(grid, lines, texts, before, after, corrected, words)

    def enrolments(
        self,
        told: Mapping[str, Particulars],
        held: Sequence[Enrolment],
        *,
        moves: Sequence[KeyChange],
        kinds: KindArray,
    ) -> Iterator[Enrolment]:
        """The enrolments that the delivery carries, as they are now."""
        new_keys = {move.old_key: move.new_key for move in moves}
        earlier: dict[str, list[Enrolment]] = {}
        for enrolment in held:
            earlier.setdefault(new_keys.get(enrolment.pupil_key, enrolment.pupil_key), []).append(enrolment)
        touched = slice(len(self.words))
        kept = sessions.kept(self.after.part(touched), kinds[touched], words=self.words, grid=self.grid)
        for (key, newest), line, counts in zip(told.items(), kept, counting.counts_of(kinds[touched]), strict=True):
            delivery_seq, particulars = newest.delivery_seq, newest
            for before in earlier.get(key, ()):
                delivery_seq = max(delivery_seq, before.delivery_seq)
                particulars = particulars.or_later(before.particulars)
            yield Enrolment(self.grid.academic_year, key, delivery_seq, particulars, line, counts)

    def corrections(self, delivery_seq: int) -> Iterator[Correction]:
        """Each mark changed, but for those that say nothing on a weekend."""
        keys = list(self.lines)
        for cell in np.flatnonzero(self.corrected).tolist():
            line, slot = divmod(cell, SLOTS)
            old, new = (self.texts[register.marks[line, slot]] for register in (self.before, self.after))
            if IS_WEEKEND[slot] and not QUIET_AT_WEEKENDS.isdisjoint((old, new)):
                continue
            yield Correction(
                academic_year=self.grid.academic_year,
                pupil_key=keys[line],
                week_start=self.grid.week_start(slot),
                session=session_of(slot),
                old_mark=old,
                new_mark=new,
                delivery_seq=delivery_seq,
            )

    def school_year(self, kinds: KindArray) -> SchoolYear:
        """What the registers add up to."""
        totals = counting.mark_totals(self.after.marks, kinds, texts=self.texts)
        return SchoolYear(
            academic_year=self.grid.academic_year,
            codes=tuple(totals),
            am=tuple(am for am, _ in totals.values()),
            pm=tuple(pm for _, pm in totals.values()),
            covered_days=tuple(counting.covered_days(self.after.marks, self.grid)),
            closed_days=tuple(counting.closed_days(self.after.marks, self.texts, grid=self.grid)),
        )
