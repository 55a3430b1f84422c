"""A short stretch of the fuzzing, and the giants: what `make fuzz` does for ten minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.campaign import Campaign, for_runs
from tests.fuzz.giants import GIANTS, sparse_line
from tests.fuzz.harness import Harness


def test_mutated_files_break_nothing(tmp_path: Path) -> None:
    """Two hundred files of a fixed seed: no exception, nothing partial, within the limits of time and memory."""
    assert Campaign(Harness(tmp_path), seed=1).run(for_runs(200)) is None


@pytest.mark.parametrize("name", sorted(GIANTS))
def test_a_giant_takes_no_more_memory_than_others(tmp_path: Path, name: str) -> None:
    """Fifty megabytes of one thing are answered in bounded memory."""
    harness = Harness(tmp_path)
    harness.write(GIANTS[name]())

    assert harness.limits_broken(harness.judge()) == []


def test_a_line_of_a_gigabyte_is_never_read(tmp_path: Path) -> None:
    """Its size is enough."""
    harness = Harness(tmp_path)
    sparse_line(harness.path)

    outcome = harness.judge()

    assert outcome.verdict.receipt.reason == "F11_TOO_LARGE"
    assert outcome.megabytes < 5
