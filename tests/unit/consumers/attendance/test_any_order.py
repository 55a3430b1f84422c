"""Whole histories of a school's files, against the oracle and in any order."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.runtime.work import Delivery
from tests.support.attendance_oracle import Registers
from tests.support.pupil_rows import SCHOOL, Row
from tests.support.registers import MONDAY, YEAR, Shelf, file, week

PUPILS = 4
WEEKS = 3
texts = st.sampled_from(["/", "\\", "I", "O", "L", "U", "#", "-", "", "C2", "D", "??"])
statuses = st.sampled_from([None, "C", "M", "S", "G"])


def key(pupil: int, seq: int, changed_at: dict[int, int]) -> dict[str, Any]:
    """How a pupil is known in a delivery: by admission number, later by UPN; one of them by a former UPN."""
    upn, temporary = f"UPN{pupil}", f"TEMP{pupil}"
    if seq >= changed_at[pupil]:
        known = {"pupil_key": upn, "upn": upn}
        return {**known, "former_upn": temporary} if pupil == 0 else {**known, "admission_number": str(pupil)}
    if pupil == 0:
        return {"pupil_key": temporary, "upn": temporary}
    return {"pupil_key": f"adm:{pupil}", "upn": None, "admission_number": str(pupil)}


@st.composite
def histories(draw: st.DrawFn) -> list[Delivery]:
    """Up to five files of one school, each with some pupils and weeks, in their turn."""
    changed_at = {pupil: draw(st.integers(1, 7)) for pupil in range(PUPILS)}
    return [draw(_files(seq, changed_at)) for seq in range(1, draw(st.integers(1, 5)) + 1)]


@st.composite
def _files(draw: st.DrawFn, seq: int, changed_at: dict[int, int]) -> Delivery:
    rows = [
        draw(_rows(number, key(pupil, seq, changed_at)))
        for pupil in range(PUPILS)
        for number in range(WEEKS)
        if draw(st.integers(0, 3))
    ]
    received_on = MONDAY + timedelta(days=draw(st.integers(0, 7 * WEEKS)))
    return file(*rows, *rows[:1], seq=seq, received_on=received_on)


@st.composite
def _rows(draw: st.DrawFn, number: int, known: dict[str, Any]) -> Row:
    marks = draw(st.lists(texts, min_size=10, max_size=10))
    weekend = draw(st.sampled_from([[], ["#"] * 4, ["", "-", "/", "#"]]))
    day = MONDAY + timedelta(weeks=number)
    return week([*marks, *weekend], start_date=day, enrolment_status=draw(statuses), **known)


@given(histories())
@settings(max_examples=60, deadline=None)
def test_a_history_comes_to_what_the_oracle_says(files: list[Delivery]) -> None:
    """Marks, counts, corrections, totals and closed days, row by row the slow way."""
    shelf, registers = Shelf().receive(*files), Registers().receive(*files)

    assert {(year, name) for _, year, name in registers.pupils} == set(shelf.enrolments)
    for (year, name), one in shelf.enrolments.items():
        pupil = registers.pupils[SCHOOL, year, name]
        assert registers.counts(SCHOOL, year, name) == {k: n for k, n in asdict(one.counts).items() if n}
        assert (pupil.row["enrolment_status"] or "C", pupil.delivery_seq) == (
            one.particulars.enrolment_status,
            one.delivery_seq,
        )
        assert _dated(registers.weeks(SCHOOL, year, name)) == _kept(one.sessions.marks)
    assert registers.corrections == {
        (SCHOOL, c.pupil_key, c.academic_year, c.week_start, c.session, c.old_mark, c.new_mark, c.delivery_seq)
        for c in shelf.corrections
    }


@given(histories())
@settings(max_examples=60, deadline=None)
def test_totals_of_a_school_come_to_what_the_oracle_says(files: list[Delivery]) -> None:
    """Totals of marks, closed days."""
    shelf, registers = Shelf().receive(*files), Registers().receive(*files)

    for year, kept in shelf.school_years.items():
        told = {(code, 0): n for code, n in zip(kept.codes, kept.am, strict=True) if n}
        told |= {(code, 1): n for code, n in zip(kept.codes, kept.pm, strict=True) if n}
        assert registers.mark_counts(SCHOOL, year) == told
        assert registers.closed_days(SCHOOL, year) == list(kept.closed_days)


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_enrolments_do_not_depend_on_the_order_of_deliveries(files: list[Delivery], random: Any) -> None:
    """Shuffled, and some of them twice: the same enrolments, totals and closed days."""
    shuffled = [*files, *random.sample(files, random.randrange(len(files) + 1))]
    random.shuffle(shuffled)

    in_turn, in_any_order = Shelf().receive(*files), Shelf().receive(*shuffled)

    assert in_turn.enrolments == in_any_order.enrolments
    assert in_turn.school_years == in_any_order.school_years


@given(histories(), st.data())
@settings(max_examples=40, deadline=None)
def test_deliveries_again_in_their_turn_change_nothing(files: list[Delivery], data: st.DataObject) -> None:
    """Corrections included: each delivery as often as it likes, an earlier one in between."""
    once, again = Shelf().receive(*files), Shelf()
    for place, delivery in enumerate(files):
        again.receive(delivery, data.draw(st.sampled_from(files[: place + 1])), delivery)

    assert once.enrolments == again.enrolments
    assert once.corrections == again.corrections
    assert once.school_years == again.school_years


def _dated(weeks: dict[Any, list[str | None]]) -> list[str]:
    """The weeks from the first to the last, as the table writes them."""
    if not weeks:
        return [""]
    first, last = min(weeks), max(weeks)
    mondays = (first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1))
    return [" " if mark is None else mark for monday in mondays for mark in weeks.get(monday, [None] * 14)]


def _kept(marks: str) -> list[str]:
    return marks.split("\t")


def test_the_histories_change_keys_within_the_year() -> None:
    """A pupil known by number, then by UPN."""
    changed_at = {1: 2}

    assert [key(1, seq, changed_at)["pupil_key"] for seq in (1, 2)] == ["adm:1", "UPN1"]
    assert MONDAY.year == YEAR
