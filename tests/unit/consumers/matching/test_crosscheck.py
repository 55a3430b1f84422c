"""What a UPN in common means, by how far the rest agrees: the table of conflict rules, line by line."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from consumers.matching.crosscheck import verdict
from tests.support.pupil_rows import child, evidence, seen


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, ("certain",)),
        ({"surname": "Bello"}, ("certain", "SURNAME_CHANGED")),
        ({"forename": "Amara Grace", "surname": "Bello"}, ("unless_nearer", "FORENAME_VARIES")),
        ({"forename": "Amarra"}, ("unless_nearer", "FORENAME_VARIES")),
        ({"forename": "Amarra", "surname": "Bello"}, ("unless_nearer", "FORENAME_VARIES")),
        ({"forename": "A", "surname": "Bello"}, ("possible", "TWIN_OR_RENAMED")),
        ({"forename": "Amarra", "surname": "Okaffor"}, ("unless_nearer", "FORENAME_VARIES")),
        ({"forename": "Amarra", "surname": None}, ("unless_nearer", "FORENAME_VARIES")),
        ({"forename": "A"}, ("unless_nearer", "FORENAME_VARIES")),
        ({"forename": "Adaeze"}, ("possible", "TWIN_OR_RENAMED")),
        ({"forename": None}, ("certain", "FORENAME_MISSING")),
        ({"forename": None, "surname": "Bello"}, ("possible", "UPN_UNCHECKED")),
        ({"dob": date(2014, 7, 3)}, ("certain", "DOB_SWAPPED")),
        ({"dob": date(2014, 3, 1)}, ("certain", "DOB_SLIP")),
        ({"dob": date(2014, 3, 25)}, ("certain", "DOB_TWO_PARTS")),
        ({"dob": date(2014, 7, 3), "forename": "Adaeze"}, ("possible", "UPN_DOB_DIFFERS")),
        ({"dob": None}, ("certain", "DOB_MISSING")),
        ({"dob": None, "forename": "Amarra"}, ("certain", "DOB_MISSING")),
        ({"dob": None, "forename": "Amarra", "surname": "Okaffor"}, ("possible", "UPN_UNCHECKED")),
        ({"dob": date(2014, 7, 3), "surname": "Bello"}, ("possible", "UPN_DOB_DIFFERS")),
        ({"dob": None, "forename": "Adaeze"}, ("possible", "UPN_UNCHECKED")),
        ({"dob": None, "forename": "Ruth", "surname": "Bello"}, ("possible", "UPN_CLASH")),
        ({"dob": date(2012, 11, 25)}, ("possible", "UPN_DOB_DIFFERS")),
        ({"dob": date(2012, 11, 25), "forename": "Ruth", "surname": "Bello"}, ("possible", "UPN_CLASH")),
        ({"forename": "Okafor", "surname": "Amara"}, ("certain", "NAMES_SWAPPED")),
    ],
)
def test_a_upn_is_believed_only_as_far_as_the_rest_agrees(row: dict[str, Any], expected: tuple[str, ...]) -> None:
    """Each line of the table of conflict rules that begins with a UPN hit."""
    outcome, reasons = verdict(evidence(seen(**row), child()))

    assert expected == (outcome, *reasons)
