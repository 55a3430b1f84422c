"""When an installation counts as idle."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consumers.runtime.offsets import Place
from consumers.runtime.progress import Progress
from deploy.status.look import Look

READ = {"attendance": frozenset({"pupils.attendance.v1"}), "intake": frozenset({"intake.ledger.v1"})}


def progress(topic: str, position: int) -> Progress:
    """A consumer that stands at a position of partition 0."""
    return Progress({Place(topic, 0): position}, unpublished=0, parked=0, incidents=0)


def resting() -> Look:
    """A look at an installation that has nothing to do."""
    return Look(
        inbox_files=0,
        ends={("pupils.attendance.v1", 0): 22, ("pupils.attendance.v1", 1): 0, ("intake.ledger.v1", 0): 5},
        progress={"attendance": progress("pupils.attendance.v1", 22), "intake": progress("intake.ledger.v1", 5)},
        watcher_has_swept=True,
    )


def test_nothing_to_do_is_quiet() -> None:
    """Positions at the ends, no file, no outbox; a partition never written needs no position."""
    assert resting().quiet(READ)


@pytest.mark.parametrize(
    "busy",
    [
        replace(resting(), inbox_files=1),
        replace(resting(), ends={**resting().ends, ("intake.ledger.v1", 0): 6}),
        replace(resting(), ends={**resting().ends, ("pupils.attendance.v1", 1): 1}),
        replace(resting(), progress={"intake": progress("intake.ledger.v1", 5)}),
        replace(resting(), watcher_has_swept=False),
        replace(
            resting(),
            progress={**resting().progress, "intake": replace(progress("intake.ledger.v1", 5), unpublished=1)},
        ),
    ],
    ids=["a file waits", "a record waits", "a new partition waits", "a consumer is new", "no sweep yet", "an outbox"],
)
def test_anything_to_do_is_not_quiet(busy: Look) -> None:
    """Each of these is work that is not done."""
    assert not busy.quiet(READ)


def test_a_parked_delivery_does_not_keep_it_busy() -> None:
    """It is behind the position; a person has to look at it."""
    parked = replace(progress("intake.ledger.v1", 5), parked=1)
    look = replace(resting(), progress={**resting().progress, "intake": parked})

    assert (look.quiet(READ), look.parked) == (True, 1)
