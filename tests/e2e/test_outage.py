"""The broker away for a quarter of a minute in the middle of the work."""

from __future__ import annotations

import pytest

from tests.support.outage import CHILDREN, SCHOOLS, outage

OUTAGE_S = 15.0


@pytest.mark.e2e
def test_a_broker_that_was_away_costs_no_alert_and_doubles_none() -> None:
    """Files before, during and after: each child's alert is told once, also to a subscriber that ran all the time."""
    outcome = outage("stop", OUTAGE_S)

    assert outcome.kinds == {"SUSPENSION_STARTED": CHILDREN * len(SCHOOLS)}
    assert outcome.heard == outcome.ids
