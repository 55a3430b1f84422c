"""Where records go."""

from __future__ import annotations

import pytest

from schemas.topics import ALERTS, ATTENDANCE, EXCLUSIONS, IDENTITIES, LEDGER, partition_of, topics


@pytest.mark.parametrize(("dfe_no", "partition"), [("8309996", 3), ("8309999", 0), ("8300001", 2)])
def test_a_school_stays_on_its_partition_for_ever(dfe_no: str, partition: int) -> None:
    """Changing the rule would give a partition two orders; these values never change."""
    assert partition_of(dfe_no, 6) == partition


def test_the_council_is_on_the_first_partition() -> None:
    """The council's topics have one."""
    assert partition_of("council", 6) == 0


def test_topics_that_must_meet_have_as_many_partitions() -> None:
    """A school's attendance, exclusions, identities and ledger lie on the same partition number."""
    assert {topics()[name].partitions for name in (ATTENDANCE, EXCLUSIONS, IDENTITIES, LEDGER)} == {6}


def test_alerts_have_one_order() -> None:
    """Subscribers read one partition."""
    assert topics()[ALERTS].partitions == 1
