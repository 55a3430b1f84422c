"""Registers as short texts, and back."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.attendance import sessions
from consumers.attendance.grid import SLOTS, Grid
from consumers.attendance.register import NOT_COVERED, Register
from consumers.attendance.sessions import Marks, Sessions

GRID = Grid.of(2025)
TEXTS = [NOT_COVERED, "", "-", "/", "C2", "é", "ILL"]
cells = st.dictionaries(
    st.integers(0, SLOTS - 1), st.tuples(st.integers(1, len(TEXTS) - 1), st.integers(1, 99)), max_size=40
)


def register(*lines: dict[int, tuple[int, int]]) -> Register:
    """A register with these cells, each a mark and a delivery."""
    made = Register.blank(len(lines))
    for line, filled in enumerate(lines):
        for slot, (mark, seq) in filled.items():
            made.marks[line, slot], made.seqs[line, slot] = mark, seq
    return made


def kept(of: Register) -> list[Sessions]:
    """A register as its texts; what sessions count as does not matter here."""
    kinds = np.zeros(of.marks.shape, dtype=np.uint8)
    return sessions.kept(of, kinds, words=sessions.in_words(of.marks, TEXTS), grid=GRID)


@given(st.lists(cells, max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_register_comes_back_from_its_texts(lines: list[dict[int, tuple[int, int]]]) -> None:
    """Every covered session with its mark and its delivery, blank marks and gaps included."""
    before = register(*lines)
    after = Register.blank(len(lines))

    texts = sessions.lay_out(dict(enumerate(kept(before))), after, texts=TEXTS, grid=GRID)

    assert texts == TEXTS
    assert np.array_equal(before.marks, after.marks)
    assert np.array_equal(before.seqs, after.seqs)


def test_a_line_is_kept_in_whole_weeks() -> None:
    """A session that no file covers is a blank between tabs, a blank mark is nothing."""
    monday = GRID.slot(date(2025, 9, 8))

    only = kept(register({monday + 1: (3, 2), monday + 2: (1, 2), monday + 3: (4, 7)}))[0]

    assert only.first_week == only.last_week == date(2025, 9, 8)
    assert only.marks == " \t/\t\tC2" + "\t " * 10
    assert only.kinds == "." * 14
    assert only.seqs == "2x2 1x7"


def test_a_line_without_a_covered_session_is_empty() -> None:
    """It has no week."""
    assert [Sessions()] == kept(register({}))


def test_marks_go_on_only_from_what_they_repeat() -> None:
    """Equal, or longer by whole weeks: yes; another mark, another first week, a mark cut in two: no."""
    first = date(2025, 9, 8)
    held = Sessions(first, first, "\t".join(["C"] * 14))
    slot = GRID.slot(first)

    def goes_on(text: str, start: int = slot) -> bool:
        return Marks(slice(start, start + 14), text).go_on_from(held, GRID)

    assert goes_on(held.marks)
    assert goes_on(held.marks + "\t/" * 14)
    assert not goes_on(held.marks + "2")
    assert not goes_on(held.marks, slot + 14)
    assert not goes_on(held.marks.replace("C", "I", 1))
    assert not Marks(slice(slot, slot + 14), held.marks).go_on_from(Sessions(), GRID)
