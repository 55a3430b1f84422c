"""The rows of one delivery in one academic year, read as columns: whose they are, what they say, where marks stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from consumers.attendance.enrolment import Particulars
from consumers.attendance.grid import SLOTS, Grid, IntArray
from consumers.attendance.keys import Carried
from consumers.attendance.register import Stretches
from schemas.events import DeliveryBegun

_STATUS_WHERE_BLANK: Final = "C"
_PARTICULARS: Final = ("upn", "admission_number", "enrolment_status", "part_time", "start_date")


def carried(rows: pl.DataFrame) -> list[Carried]:
    """The different key columns of the rows, in order."""
    columns = (rows[name].to_list() for name in ("pupil_key", "former_upn", "admission_number"))
    return [Carried(*keys) for keys in dict.fromkeys(zip(*columns, strict=True))]


class Delivered:
    """Rows under the keys of the enrolments to which they belong now."""

    def __init__(self, begun: DeliveryBegun, rows: pl.DataFrame, present_keys: Mapping[str, str]) -> None:
        self._begun: Final = begun
        changed = {key: present for key, present in present_keys.items() if key != present}
        self._rows: Final = _own_last(rows, changed) if changed else rows
        self._keys: Final[list[str]] = [changed.get(key, key) for key in self._rows["pupil_key"].to_list()]

    @property
    def delivery_seq(self) -> int:
        """The number of the delivery."""
        return self._begun.delivery_seq

    @property
    def keys(self) -> list[str]:
        """The keys of the rows, in order of appearance."""
        return list(dict.fromkeys(self._keys))

    @property
    def marks(self) -> pl.Series:
        """The marks of all rows, run together."""
        return self._rows["marks"].explode(empty_as_null=False)

    def register(self, numbers: IntArray, lines: Mapping[str, int], grid: Grid) -> IntArray:
        """The marks as numbers, on the lines of their enrolments; sessions after the day of receipt are not covered.

        Raises:
            PoisonError: a mark stands outside the academic year.

        """
        rows = self._rows
        where, slots = Stretches(
            lines=np.fromiter(map(lines.__getitem__, self._keys), dtype=np.int32, count=rows.height),
            first_slots=grid.slots(rows["start_date"].to_physical().to_numpy()),
            lengths=rows["marks"].list.len().cast(pl.Int32).to_numpy(),
            weekdays_only=(rows["days_per_week"] == 5).to_numpy(),
        ).cells()
        covered = slots < grid.slot(self._begun.received_on) + 2
        register = np.zeros((len(lines), SLOTS), dtype=np.int32)
        register[where[covered], slots[covered]] = numbers[covered]
        return register

    def particulars(self) -> dict[str, Particulars]:
        """What the row with the latest Start Date says, by key; of several, the last."""
        starts = self._rows["start_date"].to_physical().to_list()
        latest: dict[str, int] = {}
        for row, key in enumerate(self._keys):
            if starts[row] >= starts[latest.get(key, row)]:
                latest[key] = row
        columns = self._rows[list(latest.values())].select(_PARTICULARS)
        return {
            key: Particulars(upn, number, status or _STATUS_WHERE_BLANK, part_time, start, self.delivery_seq)
            for key, (upn, number, status, part_time, start) in zip(latest, columns.iter_rows(), strict=True)
        }


def _own_last(rows: pl.DataFrame, changed: Mapping[str, str]) -> pl.DataFrame:
    """Rows whose key has changed go first, so that a row of the key itself counts where both cover a session."""
    return rows.sort(~pl.col("pupil_key").is_in(list(changed)), maintain_order=True)
