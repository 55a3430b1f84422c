"""Numbers that could not belong to anybody."""

from __future__ import annotations

import numpy as np

from producers.simulator import numbers
from tests.unit.producers.simulator.reading import Folder, upn_is_right


def test_known_permanent_numbers() -> None:
    """The published vectors come out, check letter first."""
    issuer, year, serial = np.array([9998, 9997, 9996]), np.array([23, 24, 18]), np.array([123, 2, 10])

    assert numbers.upns(issuer, year, serials=serial).tolist() == ["F830999823123", "F830999724002", "Q830999618010"]


def test_known_temporary_numbers() -> None:
    """The final letter of a temporary number counts with the value it has as a check letter."""
    issuer, year, serial = np.array([9999, 9998]), np.array([25, 19]), np.array([0, 2200])

    assert numbers.temporary_upns(issuer, year, serials=serial).tolist() == ["F83099992500A", "R83099981900Z"]


def test_every_number_of_the_county_is_right_and_invented(full_year: Folder) -> None:
    """Every UPN in every file has the right check letter and was issued by an establishment in the 9xxx block."""
    shown = {row[name] for rows in full_year.attendance().values() for row in rows for name in ("upn", "former_upn")}
    known = {row["UPN"] for row in full_year.council("pupils")}
    upns = (shown | known) - {""}

    assert [upn for upn in upns if not upn_is_right(upn) or upn[1:5] != "8309"] == []


def test_no_two_children_share_a_number(full_year: Folder) -> None:
    """In the council's index a UPN stands for one child."""
    pairs = {(row["UPN"], row["Pupil ID"]) for row in full_year.council("pupils")}

    assert len(pairs) == len({upn for upn, _ in pairs})
