"""The Unique Pupil Number's form and check letter."""

from __future__ import annotations

import pytest

from producers.feeds import upn

VECTORS = [
    ("B801200005001", True),
    ("A801200005001", False),
    ("X80120000A001", False),
    ("E000200005001", True),
    ("P207000016049", True),
    ("Q207000016049", False),
    ("F830999823123", True),
    ("F830999724002", True),
    ("Q830999618010", True),
    ("F83099992500A", True),
    ("R83099981900Z", True),
    ("J001200005001", True),
]


@pytest.mark.parametrize(("number", "valid"), VECTORS)
def test_known_numbers(number: str, *, valid: bool) -> None:
    """Numbers whose letters were worked out elsewhere are judged alike."""
    assert valid == upn.is_valid(number)


@pytest.mark.parametrize("place", range(1, 13))
def test_any_single_wrong_digit_is_caught(place: int) -> None:
    """No change of one digit keeps the letter."""
    number = "F830999823123"
    changed = [number[:place] + digit + number[place + 1 :] for digit in "0123456789" if digit != number[place]]

    assert not any(map(upn.is_valid, changed))


@pytest.mark.parametrize("place", range(1, 12))
def test_neighbours_swapped_are_caught(place: int) -> None:
    """No swap of two different neighbours keeps the letter."""
    number = "F830192835746"
    number = upn.check_letter(number[1:]) + number[1:]
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert upn.is_valid(number)
    assert not upn.is_valid(swapped)


@pytest.mark.parametrize("number", ["", "F83099982312", "F8309998231234", "I830999823123", "F\uff1830999823123"])
def test_another_form_is_no_upn(number: str) -> None:
    """Length, alphabet and script are part of the form."""
    assert not upn.is_valid(number)


def test_a_temporary_number_ends_in_a_letter() -> None:
    """A school's stopgap is told from a permanent number."""
    assert upn.is_temporary("F83099992500A")
    assert not upn.is_temporary("F830999823123")


def test_case_and_spaces_do_not_matter() -> None:
    """A number is compared in capitals without spaces."""
    assert upn.normalise(" f830 9998 23123 ") == "F830999823123"


def test_the_authority_inside_may_be_unknown() -> None:
    """A right letter does not make an authority."""
    assert not upn.has_known_authority("E000200005001")
    assert upn.has_known_authority("J001200005001")
