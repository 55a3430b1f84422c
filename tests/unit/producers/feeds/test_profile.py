"""What was agreed with a school about its files' form."""

from __future__ import annotations

import pytest

from producers.feeds.profile import Profile
from schemas.errors import ConfigError


def test_a_blank_profile_is_the_rule_of_the_house() -> None:
    """Comma, UTF-8, both date forms, sessions by evidence."""
    profile = Profile.parse("")

    assert Profile() == profile
    assert (profile.delimiter, profile.encoding, profile.dates, profile.sessions) == (",", "utf-8", None, None)


def test_every_key_is_read() -> None:
    """The keys of the agreement register all have their place."""
    profile = Profile.parse(
        "encoding=windows-1252; delimiter=semicolon; dates=dmy; sessions=fixed2; days=5; exclusions=latest"
    )

    expected = Profile("windows-1252", ";", "dmy", "fixed2", days=5, exclusions="latest")
    assert expected == profile


def test_an_equals_sign_may_be_a_substitute() -> None:
    """The first equals sign ends the key, the next may be a mark."""
    assert Profile.parse("marks==:I01,+:X01").marks == (("=", "I01"), ("+", "X01"))


def test_test_pupils_are_compared_like_upns() -> None:
    """Case and spaces do not matter."""
    assert Profile.parse("test=f830 999823123,T1").test == frozenset({"F830999823123", "T1"})


@pytest.mark.parametrize(
    "text",
    ["encoding=latin-9", "encoding=nonsense", "days=6", "dates=us", "marks=I01", "marks==:I01,=:X01", "days=5;days=7"],
)
def test_a_wrong_value_names_its_key(text: str) -> None:
    """A fault is told by its key."""
    with pytest.raises(ConfigError, match=text.partition("=")[0]):
        Profile.parse(text)


def test_a_fault_never_shows_the_value() -> None:
    """A value may be a child's number."""
    with pytest.raises(ConfigError) as caught:
        Profile.parse("F830999823123=x")

    assert "F830999823123" not in str(caught.value)
