"""How a child's marks at several schools become one number."""

from __future__ import annotations

from datetime import date

import numpy as np

from producers.simulator.codes import NUMBER, UNCOVERED
from producers.simulator.terms import school_year
from producers.simulator.truth import CaredEnrolment, Record, child_truth

_TERMS = school_year(2025)
_ALWAYS = [(date(2020, 1, 1), None)]


def _week(dfe_no: str, status: str, marks: str) -> CaredEnrolment:
    """A first week of ten marks; a space is a session that no row covers."""
    numbers = [UNCOVERED if mark == " " else NUMBER[mark] for mark in marks]
    return CaredEnrolment(1, dfe_no, status, np.array(numbers, dtype=np.uint8))


def _pooled(*enrolments: CaredEnrolment) -> Record | None:
    return child_truth(_TERMS, _ALWAYS, enrolments=list(enrolments))


def test_a_guest_never_counts() -> None:
    """Marks made where the child was a guest are left out, and the school with them."""
    truth = _pooled(_week("8309999", "C", "IIIIIIIIII"), _week("8309998", "G", "//////////"))

    expected = {"schools": ["8309999"], "possible": 10, "attended": 0, "authorised": 10, "unauthorised": 0}
    assert truth == expected


def test_dual_registration_counts_each_session_once() -> None:
    """D is left out on either side, so a week over two schools is ten sessions."""
    truth = _pooled(_week("8309999", "M", "//////DDDD"), _week("8309998", "S", "DDDDDD//II"))

    expected = {"schools": ["8309998", "8309999"], "possible": 10, "attended": 8, "authorised": 2, "unauthorised": 0}
    assert truth == expected


def test_a_possible_session_goes_before_one_that_is_not() -> None:
    """Shut at the main school and open at the other: the other's marks count."""
    truth = _pooled(_week("8309999", "M", "##########"), _week("8309998", "S", "OOOOOOOOOO"))

    assert truth is not None
    assert (truth["possible"], truth["unauthorised"]) == (10, 10)


def test_the_main_school_goes_first() -> None:
    """Of two possible marks for one session that of the main registration counts, then that of a single one."""
    main, single, left = (_week(f"830999{n}", s, m * 10) for n, s, m in ((9, "M", "I"), (8, "C", "/"), (7, "P", "O")))

    first, second = _pooled(left, single, main), _pooled(left, single)

    assert first is not None
    assert second is not None
    assert (first["authorised"], second["attended"]) == (10, 10)


def test_only_days_in_care_count() -> None:
    """A period of Tuesday and Wednesday leaves four sessions."""
    periods = [(date(2025, 9, 2), date(2025, 9, 3))]

    truth = child_truth(_TERMS, periods, enrolments=[_week("8309999", "C", "//////////")])

    assert truth is not None
    assert truth["possible"] == 4


def test_no_covered_session_is_no_truth() -> None:
    """A child whose weeks no file covers has no row."""
    assert _pooled(_week("8309999", "C", " " * 10)) is None
