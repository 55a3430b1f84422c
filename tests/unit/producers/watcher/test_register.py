"""The agreement register: its lines, who may send what, and what is published of it."""

from __future__ import annotations

from datetime import date

import pytest

from producers.watcher.register import changes, parse_register
from schemas.errors import ConfigError
from schemas.events import Agreement

HEADER = "DfE No,School Name,Contact,Datasets,Agreed From,Agreed To,Profile\n"
DAY = date(2026, 1, 16)


def agreement(school: str = "8309996", *, datasets: tuple[str, ...] = ("attendance",), profile: str = "") -> Agreement:
    return Agreement(school, "Abbey", None, datasets, date(2025, 9, 1), None, profile)


def test_a_line_permits_its_datasets_while_it_is_in_force() -> None:
    """Both ends of an agreement belong to it; before and after it nothing may be sent."""
    register = parse_register((HEADER + "8309996,Abbey,,attendance; Exclusions,2026-01-16,17/01/2026,\n").encode())

    permits = [register.permit("8309996", date(2026, 1, day)) for day in (15, 16, 17, 18)]

    assert [None if p is None else set(p.datasets) for p in permits] == [
        None,
        {"attendance", "exclusions"},
        {"attendance", "exclusions"},
        None,
    ]


def test_headers_are_matched_without_case_spaces_and_order() -> None:
    """A register that a spreadsheet has saved is read all the same."""
    register = parse_register("\ufeffdatasets,dfe-no\nattendance,830/9996\n".encode())

    permit = register.permit("8309996", DAY)

    assert permit is not None
    assert permit.datasets == {"attendance"}


@pytest.mark.parametrize(
    "line",
    [
        "123,Abbey,,attendance,,,",
        "8309996,Abbey,,registers,,,",
        "8309996,Abbey,,attendance,soon,,",
        "8309996,Abbey,,attendance,,,colour=red",
        "8309995,Again,,attendance,,,",
    ],
)
def test_a_faulty_line_is_left_out_alone(line: str) -> None:
    """A wrong number, dataset, date or profile, or a school's second line, does not touch the others."""
    register = parse_register(f"{HEADER}8309995,Beacon,,attendance,,,\n{line}\n".encode())

    assert register.faulty == (3,)
    assert set(register.lines) == {"8309995"}


@pytest.mark.parametrize(
    "content", [b"", b"School Name\nAbbey\n", b"DfE No,Datasets\n\xff\n", b'DfE No,Datasets\n"a\n']
)
def test_a_file_that_is_no_register_is_an_error(content: bytes) -> None:
    """Without its columns, in another encoding, or broken off, nothing of it is used."""
    with pytest.raises(ConfigError):
        parse_register(content)


def test_the_council_needs_no_line() -> None:
    """Pupils and calendar come from the council, under no agreement."""
    permit = parse_register(HEADER.encode()).permit("council", DAY)

    assert permit is not None
    assert permit.datasets == {"pupils", "calendar"}


def test_a_school_may_never_send_the_councils_datasets() -> None:
    """Even where its line says so."""
    permit = parse_register((HEADER + "8309996,Abbey,,attendance;pupils,,,\n").encode()).permit("8309996", DAY)

    assert permit is not None
    assert permit.datasets == {"attendance"}


def test_test_pupils_are_not_published() -> None:
    """The UPNs of test pupils are personal values: the published profile lacks them, the one in use has them."""
    register = parse_register(
        (HEADER + '8309996,Abbey,,attendance,,,"days=5; test=A830999600001;dates=iso"\n').encode()
    )

    assert register.published()["8309996"].profile == "days=5;dates=iso"
    assert register.lines["8309996"].profile.test


def test_changes_name_what_is_new_other_or_gone() -> None:
    """A removed school is withdrawn; one that is as it was is not told again."""
    known = {"1": agreement("1"), "2": agreement("2"), "3": agreement("3")}
    wanted = {"1": agreement("1"), "2": agreement("2", profile="days=5"), "4": agreement("4")}

    assert dict(changes(known, wanted)) == {"2": wanted["2"], "3": None, "4": wanted["4"]}
