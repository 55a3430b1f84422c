"""The rows of one delivery in one academic year, read as columns: whose they are, what they say, where marks stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from consumers.attendance.enrolment import Particulars
from consumers.attendance.grid import SLOTS, Grid, IntArray
from consumers.attendance.keys import Carried
from consumers.attendance.register import NOT_COVERED, Stretches, numbered
from consumers.attendance.sessions import SEPARATOR
from consumers.runtime.errors import PoisonError
from schemas.events import DeliveryBegun

_STATUS_WHERE_BLANK: Final = "C"
_KEYS: Final = ("pupil_key", "former_upn", "admission_number")
_PARTICULARS: Final = ("upn", "admission_number", "enrolment_status", "part_time", "start_date")


def carried(rows: pl.DataFrame) -> list[Carried]:
    """The different key columns of the rows, in order."""
    return [Carried(*keys) for keys in rows.select(_KEYS).unique(maintain_order=True).iter_rows()]


class Delivered:
    """Rows under the keys of the enrolments to which they belong now, each key with a line of its own from 0."""

    def __init__(self, begun: DeliveryBegun, rows: pl.DataFrame, *, present_keys: Mapping[str, str]) -> None:
        renamed = pl.col("pupil_key").is_in([key for key, present in present_keys.items() if key != present])
        self._renamed: Final = rows.filter(renamed).height if set(present_keys) != set(present_keys.values()) else 0
        self._rows: Final = rows.sort(~renamed, maintain_order=True) if self._renamed else rows
        self._begun: Final = begun
        self.lines: Final = {key: line for line, key in enumerate(dict.fromkeys(present_keys.values()))}
        line_of_key = {key: self.lines[present] for key, present in present_keys.items()}
        keys = self._rows["pupil_key"].to_list()
        self._line_of_row: Final = np.fromiter(map(line_of_key.__getitem__, keys), np.int32, len(keys))

    @property
    def delivery_seq(self) -> int:
        """The number of the delivery."""
        return self._begun.delivery_seq

    def numbered(self, known: Sequence[str]) -> tuple[Sequence[str], IntArray]:
        """Texts, that of an uncovered session first, then those known; and every mark as the number of its text.

        Raises:
            PoisonError: a mark that the kept form cannot hold.

        """
        texts, numbers = numbered(self._rows["marks"].explode(empty_as_null=False), [NOT_COVERED, *known])
        if not numbers.all() or any(SEPARATOR in text for text in texts):
            raise PoisonError("mark_not_clean", "A mark is a blank or holds a tab: the producer is at fault")
        return texts, numbers

    def laid_out(self, numbers: IntArray, grid: Grid, *, lines: int) -> IntArray:
        """The marks on their lines of a register with so many; sessions after the day of receipt are not covered.

        Raises:
            PoisonError: a mark stands outside the academic year.

        """
        rows = self._rows
        stretches = Stretches(
            lines=self._line_of_row,
            first_slots=grid.slots(rows["start_date"].to_physical().to_numpy()),
            lengths=rows["marks"].list.len().cast(pl.Int32).to_numpy(),
            weekdays_only=(rows["days_per_week"] == 5).to_numpy(),
        )
        end = grid.slot(self._begun.received_on) + 2
        marks = np.zeros((lines, SLOTS), dtype=np.int32)
        # Rows whose key has changed since go first: where a row of the key itself covers a session too, that counts.
        renamed = int(stretches.lengths[: self._renamed].sum())
        stretches.part(slice(self._renamed)).lay_out(numbers[:renamed], marks, end=end)
        stretches.part(slice(self._renamed, None)).lay_out(numbers[renamed:], marks, end=end)
        return marks

    def particulars(self) -> dict[str, Particulars]:
        """What the row with the latest Start Date says, by key; of several, the last."""
        order = np.argsort(self._rows["start_date"].to_physical().to_numpy(), kind="stable")
        latest = np.zeros(len(self.lines), dtype=np.intp)
        latest[self._line_of_row[order]] = order
        rows = self._rows.select(_PARTICULARS)[latest.tolist()].iter_rows()
        return {
            key: Particulars(upn, number, status or _STATUS_WHERE_BLANK, part_time, start, self.delivery_seq)
            for key, (upn, number, status, part_time, start) in zip(self.lines, rows, strict=True)
        }
