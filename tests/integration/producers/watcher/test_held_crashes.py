"""Whatever dies while a decision about a held file is carried out, it is carried out once."""

from __future__ import annotations

import signal

import pytest

from schemas.process.settings import Settings
from tests.support.holding import assert_released, decide, files_below, hold_one, ledger
from tests.support.inbox import SCHOOL
from tests.support.watching import TIMEOUT_S, receipt, start_process, work_off

pytestmark = pytest.mark.backends

KAFKA = "schemas.process.kafka:TransactionalProducer"
STEPS = [
    f"{KAFKA}.begin after 1",
    f"{KAFKA}.flush after 1",
    f"{KAFKA}.commit before 1",
    f"{KAFKA}.commit after 1",
    "producers.watcher.desk:receipts.write after 1",
    "producers.watcher.archive:remove before 1",
    "producers.watcher.decisions:close before 1",
    "producers.watcher.durable:write after 3",
]
"""Each kills the watcher with a decision half carried out; the last between the record and the end of the request."""


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_of_a_release_leaves_one_delivery(settings: Settings, step: str) -> None:
    """The next watcher finishes what the dead one began."""
    hold_one(settings)
    decide(settings, "release")
    assert start_process(settings, dies_at=step).wait(TIMEOUT_S) == -signal.SIGKILL

    work_off(settings)

    assert_released(settings)


@pytest.mark.parametrize("step", [f"{KAFKA}.commit after 1", "producers.watcher.archive:remove before 1"])
def test_a_crash_in_a_rejection_leaves_one_rejected_file(settings: Settings, step: str) -> None:
    """The next watcher finishes it."""
    hold_one(settings)
    decide(settings, "reject")
    assert start_process(settings, dies_at=step).wait(TIMEOUT_S) == -signal.SIGKILL

    work_off(settings)

    assert [entry.state for entry in ledger(settings).values()] == ["published", "rejected"]
    assert len(files_below(settings.home / "rejected")) == 1
    assert receipt(settings, SCHOOL, "second.csv")["state"] == "rejected"
