"""Registers as matrices."""

from __future__ import annotations

import numpy as np
import pytest

from consumers.attendance.grid import SLOTS
from consumers.attendance.register import Register, Stretches
from consumers.runtime.errors import PoisonError


def laid_out(first_slot: int, marks: list[int], *, weekdays_only: bool = False, end: int = SLOTS) -> dict[int, int]:
    """The covered cells of a register of one line, after one stretch of marks."""
    cells = np.zeros((1, SLOTS), dtype=np.int32)
    one = Stretches(
        lines=np.array([0], dtype=np.int32),
        first_slots=np.array([first_slot], dtype=np.int32),
        lengths=np.array([len(marks)], dtype=np.int32),
        weekdays_only=np.array([weekdays_only]),
    )
    one.lay_out(np.array(marks, dtype=np.int32), cells, end=end)
    return {int(slot): int(cells[0, slot]) for slot in np.flatnonzero(cells[0])}


def register(marks: list[int], seqs: list[int]) -> Register:
    """A register of one line that begins with these cells."""
    made = Register.blank(1)
    made.marks[0, : len(marks)], made.seqs[0, : len(seqs)] = marks, seqs
    return made


def test_marks_for_every_day_run_on_through_weekends() -> None:
    """From Friday on: the third mark is Saturday's."""
    assert laid_out(8, [1, 2, 3, 4]) == {8: 1, 9: 2, 10: 3, 11: 4}


def test_marks_for_weekdays_skip_weekends() -> None:
    """From Friday on: the third mark is Monday's, the thirteenth that of the Monday after."""
    slots = list(laid_out(8, list(range(1, 15)), weekdays_only=True))

    assert [8, 9, *range(14, 24), 28, 29] == slots


@pytest.mark.parametrize("first_slot", [10, 12])
def test_marks_for_weekdays_from_a_weekend_begin_on_monday(first_slot: int) -> None:
    """A start on Saturday or Sunday means the Monday after."""
    assert laid_out(first_slot, [1, 2], weekdays_only=True) == {14: 1, 15: 2}


def test_marks_after_the_last_covered_day_stand_nowhere() -> None:
    """Planned codes of days to come."""
    assert laid_out(0, [1, 2, 3, 4], end=2) == {0: 1, 1: 2}


@pytest.mark.parametrize("first_slot", [-2, SLOTS - 1])
def test_marks_outside_the_year_are_refused(first_slot: int) -> None:
    """They would stand in another pupil's line."""
    with pytest.raises(PoisonError):
        laid_out(first_slot, [1, 2])


def test_the_greater_delivery_counts_whichever_comes_first() -> None:
    """An older delivery applied late fills only sessions that no newer one covers, and corrects nothing."""
    held = register([1, 0, 2], [5, 0, 5])
    late = np.zeros((1, SLOTS), dtype=np.int32)
    late[0, :3] = [9, 9, 2]

    after, corrected = held.overlaid(late, 4)

    assert after.marks[0, :3].tolist() == [1, 9, 2]
    assert after.seqs[0, :3].tolist() == [5, 4, 5]
    assert not corrected.any()


def test_a_newer_delivery_corrects_where_the_mark_differs() -> None:
    """A session first covered now is no correction, nor is the same mark again."""
    held = register([1, 0, 2], [5, 0, 5])
    newer = np.zeros((1, SLOTS), dtype=np.int32)
    newer[0, :3] = [9, 9, 2]

    after, corrected = held.overlaid(newer, 6)

    assert after.marks[0, :3].tolist() == [9, 9, 2]
    assert np.argwhere(corrected).tolist() == [[0, 0]]


def test_a_line_moved_into_another_loses_to_its_newer_sessions() -> None:
    """Per session the greater delivery counts; the old line is blank afterwards."""
    both = Register.blank(2)
    both.marks[:, :3], both.seqs[:, :3] = [[1, 1, 1], [2, 2, 0]], [[1, 3, 1], [2, 2, 0]]

    both.fold(0, 1)

    assert both.marks[1, :3].tolist() == [2, 1, 1]
    assert both.seqs[1, :3].tolist() == [2, 3, 1]
    assert not both.marks[0].any()
