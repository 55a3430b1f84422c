"""Killed at any moment and started again, an installation ends as if nothing had happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import installation
from tests.support.nemesis import TARGETS, TODAY, Nemesis, adopt_register, begin_with_the_council, county, undisturbed
from tests.support.state import State, differences, state, told

SCHOOLS = 8
SEED = 20250901
KILLS = 3


@pytest.fixture(scope="module", name="outcomes")
def _outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[State, State, list[str], dict[str, int]]]:
    """The state of a peaceful run, of a tormented one, the alert ids that one told, and how often each was killed."""
    folder: Path = tmp_path_factory.mktemp("county")
    arrivals = county(folder, schools=SCHOOLS, seed=SEED)
    with installation(today=TODAY) as peaceful:
        adopt_register(peaceful, folder)
        undisturbed(peaceful, arrivals)
        expected = state(peaceful.settings())
    with installation(today=TODAY) as tormented:
        adopt_register(tormented, folder)
        rest = begin_with_the_council(tormented, arrivals)
        nemesis = Nemesis(tormented, SEED)
        nemesis.torment(rest, KILLS)
        ids = [alert.alert_id for alert in told(tormented.settings())]
        yield expected, state(tormented.settings()), ids, nemesis.killed
        nemesis.end()


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_kills_leave_no_trace(outcomes: tuple[State, State, list[str], dict[str, int]]) -> None:
    """Every process, broker, database and `up` included, killed three times under load: every view is the same."""
    expected, actual, _, _ = outcomes

    assert differences(expected, actual) == []
    assert expected == actual


@pytest.mark.e2e
def test_each_alert_is_told_once(outcomes: tuple[State, State, list[str], dict[str, int]]) -> None:
    """No alert id stands on the topic twice, whatever was killed while it was sent."""
    _, _, ids, _ = outcomes

    assert [alert_id for alert_id, count in Counter(ids).items() if count > 1] == []
    assert ids


@pytest.mark.e2e
def test_every_process_was_killed(outcomes: tuple[State, State, list[str], dict[str, int]]) -> None:
    """The torment reached each of them as often as it should, else the other tests would prove less than they say."""
    _, _, _, killed = outcomes

    assert killed == dict.fromkeys(TARGETS, KILLS)
