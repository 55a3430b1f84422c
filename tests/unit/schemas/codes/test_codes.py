"""The code lists hold what the law and DfE's lists say."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from schemas.codes import (
    attendance_codes,
    cancellations,
    exclusion_reasons,
    exclusion_types,
    normalised,
    upn_authorities,
)

CODES = {code.code: code for code in attendance_codes()}
REASONS = {reason.code: reason for reason in exclusion_reasons()}


def test_a_code_stands_once() -> None:
    """No code has two rows."""
    assert len(CODES) == len(attendance_codes())
    assert len(REASONS) == len(exclusion_reasons())


@pytest.mark.parametrize("code", ["H", "J", "Y"])
def test_codes_withdrawn_in_2024_end_on_18_august(code: str) -> None:
    """The codes that the 2024 regulations dropped are in force to the day before."""
    assert CODES[code].in_force(date(2024, 8, 18))
    assert not CODES[code].in_force(date(2024, 8, 19))


@pytest.mark.parametrize("code", ["C1", "C2", "J1", "K", "Q", "Y1", "Y7"])
def test_codes_of_2024_begin_on_19_august(code: str) -> None:
    """The codes that the 2024 regulations added are not in force before."""
    assert not CODES[code].in_force(date(2024, 8, 18))
    assert CODES[code].in_force(date(2024, 8, 19))


def test_what_is_attended_is_possible() -> None:
    """A session that counts as attended counts as possible too."""
    assert [code.code for code in attendance_codes() if code.attended and not code.possible] == []


def test_categories_say_what_counts() -> None:
    """Possible and attended follow from the category alone."""
    counts = {"P": (True, True), "AEA": (True, True), "AA": (True, False), "UA": (True, False)}

    for code in attendance_codes():
        assert counts.get(code.category, (False, False)) == (code.possible, code.attended)


def test_late_marks_are_l_before_and_u_after_the_register_closed() -> None:
    """Only two codes are late."""
    assert {code.code: code.late for code in attendance_codes() if code.late} == {"L": "B", "U": "A"}


def test_the_backslash_is_read_as_data() -> None:
    """The afternoon mark survives the table."""
    assert CODES["\\"].label == "present, afternoon"


@pytest.mark.parametrize(("day", "count"), [(date(2020, 8, 31), 12), (date(2020, 9, 1), 16), (date(2026, 7, 26), 29)])
def test_the_sets_of_reasons(day: date, count: int) -> None:
    """Twelve reasons to 2020, sixteen after, twenty-nine since July 2026."""
    assert count == sum(reason.in_force(day) for reason in exclusion_reasons())


def test_words_belong_to_one_reason() -> None:
    """No wording stands for two reasons."""
    words = Counter(word for reason in exclusion_reasons() for word in reason.words)

    assert [word for word, count in words.items() if count > 1] == []


def test_words_are_normalised() -> None:
    """Every wording in the tables is found by a normalised text."""
    words = {word for reason in exclusion_reasons() for word in reason.words}
    words |= {word for kind in exclusion_types() for word in kind.words}
    words |= cancellations().action_codes | cancellations().descriptions

    assert words == {normalised(word) for word in words}


def test_fixed_term_is_a_word_for_a_suspension() -> None:
    """Older files say FIXD."""
    words = {word: kind.code for kind in exclusion_types() for word in kind.words}

    assert (words["fixd"], words["susp"], words["perm"], words["lnch"]) == ("SUSP", "SUSP", "PERM", "LNCH")


def test_authorities_past_and_pseudo_are_known() -> None:
    """A UPN keeps the number of an abolished authority."""
    assert {"001", "380", "701", "830", "943"} <= upn_authorities()
    assert "000" not in upn_authorities()
