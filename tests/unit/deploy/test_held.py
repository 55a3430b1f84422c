"""The commands about held files, on a home where nothing runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.held import decide, show_all
from producers.watcher import decisions
from producers.watcher.decisions import Outcome
from schemas.errors import ConfigError
from schemas.process.settings import Settings
from tests.support.inbox import OTHER_SCHOOL, SCHOOL, settings_of

STAMP = "1768550400000000"


@pytest.fixture(name="settings")
def _settings(tmp_path: Path) -> Settings:
    """A home without any process."""
    return settings_of(tmp_path)


def hold(settings: Settings, *, sender: str = SCHOOL, stamp: str = STAMP, name: str = "marks.csv") -> None:
    """Put a file where the watcher puts one that is held."""
    place = settings.home / "held" / sender / stamp
    place.mkdir(parents=True)
    (place / name).write_bytes(b"UPN\n")


def ask_for(settings: Settings, name: str, *, by: str = "A. Clerk", why: str = "a trip") -> tuple[int, str]:
    """Release a file; exit status and what was said."""
    said: list[str] = []
    status = decide(settings, name, "release", said.append, by=by, why=why)
    return status, "\n".join(said)


def test_a_decision_is_noted_for_the_next_start(settings: Settings) -> None:
    """With who and why, for the watcher to read."""
    hold(settings)

    status, said = ask_for(settings, "marks.csv")

    (decision,) = decisions.asked(settings.home)
    assert (status, "`pupilstream up`" in said) == (0, True)
    assert (decision.sender, decision.action, decision.by, decision.why) == (SCHOOL, "release", "A. Clerk", "a trip")


@pytest.mark.parametrize(
    "name", [f"{SCHOOL}/{STAMP}", STAMP, "marks.csv", f"{SCHOOL}/marks.csv", f"{SCHOOL}/{STAMP}/marks.csv"]
)
def test_a_file_goes_by_its_key_or_its_name(settings: Settings, name: str) -> None:
    """However a person calls it."""
    hold(settings)
    hold(settings, sender=OTHER_SCHOOL, stamp="1768550400000001", name="other.csv")

    assert ask_for(settings, name)[0] == 0


def test_a_name_that_two_files_have_is_wrong_use(settings: Settings) -> None:
    """The message says how to tell them apart."""
    hold(settings)
    hold(settings, sender=OTHER_SCHOOL)

    with pytest.raises(ConfigError, match=f"{OTHER_SCHOOL}/{STAMP}"):
        ask_for(settings, "marks.csv")


def test_a_second_decision_is_wrong_use(settings: Settings) -> None:
    """The first person's counts."""
    hold(settings)
    ask_for(settings, "marks.csv")

    with pytest.raises(ConfigError, match="has decided"):
        ask_for(settings, "marks.csv", by="B. Clerk")


@pytest.mark.parametrize(("by", "why"), [("", "a trip"), ("A. Clerk", "  "), ("A. Clerk", "a\ntrip")])
def test_a_decision_says_who_and_why_in_a_line(settings: Settings, by: str, why: str) -> None:
    """Or nothing is put on record."""
    hold(settings)

    with pytest.raises(ConfigError):
        ask_for(settings, "marks.csv", by=by, why=why)

    assert decisions.asked(settings.home) == []


def test_what_is_held_is_a_finding(settings: Settings) -> None:
    """Exit status 1, until nothing waits any more; a decision that is not done yet is shown."""
    said: list[str] = []
    empty = show_all(settings.home, said.append, as_json=False)
    hold(settings)
    ask_for(settings, "marks.csv")

    status = show_all(settings.home, said.append, as_json=True)

    (told,) = json.loads(said[-1])
    assert (empty, said[0], status) == (0, "no file is held", 1)
    assert (told["file"], told["sender"], told["decided"]) == (f"{SCHOOL}/{STAMP}", SCHOOL, True)


def test_an_outcome_on_record_ends_the_request(settings: Settings) -> None:
    """Also when it is put on record twice, as after a crash."""
    hold(settings)
    ask_for(settings, "marks.csv")
    (decision,) = decisions.asked(settings.home)
    outcome = Outcome("accepted", "attendance", 2, None)

    for _ in range(2):
        decisions.close(settings.home, decision, outcome)

    assert decisions.outcome_of(settings.home, decision) == outcome
    assert decisions.waiting(settings.home) == 0


def test_a_request_under_another_files_name_is_put_aside(settings: Settings) -> None:
    """What it says and what it is called must be one file."""
    hold(settings)
    ask_for(settings, "marks.csv")
    folder = settings.home / "held" / ".asked"
    (request,) = folder.iterdir()
    request.rename(folder / f"{OTHER_SCHOOL}.{STAMP}.json")

    assert decisions.asked(settings.home) == []
    assert decisions.waiting(settings.home) == 0
