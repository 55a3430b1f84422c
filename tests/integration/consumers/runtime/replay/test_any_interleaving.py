"""The same topics give byte-identical tables, however they interleave, in whatever batches, for however many."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.roles import CONSUMERS, consumer
from tests.support.consumer_database import settings_for
from tests.support.interleaving import Reading, read_in_order, state_after

ROWS_AT_LEAST = 4


@pytest.mark.parametrize("name", CONSUMERS)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_way_of_reading_gives_the_same_tables(database_dsn: str, name: str, data: st.DataObject) -> None:
    """Corrections, A-B-A, changes of key and answers come out the same, byte for byte."""
    told, read = settings_for(database_dsn), consumer(name, settings_for(database_dsn))
    plain = read_in_order(read)
    order = data.draw(st.permutations(plain.order))
    other = Reading(tuple(order), joined=data.draw(st.booleans()), instances=data.draw(st.integers(1, 3)))

    expected, found = [
        asyncio.run(state_after(told, consumer(name, told), reading, f"{name}_{uuid.uuid4().hex[:8]}"))
        for reading in (plain, other)
    ]

    assert len(expected.splitlines()) > ROWS_AT_LEAST
    assert found == expected
