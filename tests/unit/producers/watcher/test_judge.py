"""What is read before it is judged, and that it is judged in the same way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from producers.feeds.parsing import parse
from producers.watcher import judge as judging
from producers.watcher.arrival import Arrival
from producers.watcher.judge import Judge
from producers.watcher.ledger import Ledger
from producers.watcher.publish import entry_of
from producers.watcher.receipts import Receipt
from producers.watcher.register import parse_register
from schemas.process.settings import Settings
from tests.support.inbox import RECEIVED_ON, SCHOOL, attendance, settings_of

RECEIVED_AT = datetime(RECEIVED_ON.year, RECEIVED_ON.month, RECEIVED_ON.day, 12, tzinfo=UTC)


@dataclass(slots=True)
class Bench:
    """A judge, its ledger, and how often files have been parsed."""

    settings: Settings
    judge: Judge
    ledger: Ledger
    parsed: list[Path]


@pytest.fixture(name="bench")
def _bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A judge whose register knows the school's attendance."""
    settings, parsed = settings_of(tmp_path), list[Path]()

    def counting(path: Path, context: Any) -> Any:
        parsed.append(path)
        return parse(path, context)

    monkeypatch.setattr(judging, "parse", counting)
    with ThreadPoolExecutor() as pool:
        ledger = Ledger(settings, list)
        bench = Bench(settings, Judge(settings, ledger, pool), ledger, parsed)
        agree(bench, "attendance")
        yield bench


def agree(bench: Bench, datasets: str, profile: str = "") -> None:
    """Put another register in force."""
    bench.judge.register = parse_register(f"DfE No,Datasets,Profile\n{SCHOOL},{datasets},{profile}\n".encode())


def arrival(bench: Bench, content: bytes) -> Arrival:
    """A file as it lies in the spool."""
    path = bench.settings.home / "marks.csv"
    path.write_bytes(content)
    return Arrival(SCHOOL, path.name, RECEIVED_AT, path, hashlib.sha256(content).hexdigest())


def test_a_file_read_ahead_is_read_once_and_judged_alike(bench: Bench) -> None:
    """The verdict is that of a file that was not."""
    file = arrival(bench, attendance())
    without, _ = bench.judge.judge(file)
    bench.parsed.clear()

    bench.judge.read_ahead(file)
    verdict, block = bench.judge.judge(file)

    assert verdict == without
    assert block is not None
    assert len(bench.parsed) == 1


def test_a_refusal_read_ahead_is_a_refusal(bench: Bench) -> None:
    """What parsing raises, judging hears."""
    file = arrival(bench, b"")

    bench.judge.read_ahead(file)

    assert bench.judge.judge(file)[0].receipt.reason == "F01_EMPTY"


def test_a_file_read_under_another_profile_is_read_again(bench: Bench) -> None:
    """The register may change in between."""
    file = arrival(bench, attendance())
    bench.judge.read_ahead(file)
    agree(bench, "attendance", "delimiter=semicolon")

    assert bench.judge.judge(file)[0].receipt.reason == "C01_DELIMITER"


def test_a_file_without_an_agreement_is_not_read_ahead(bench: Bench) -> None:
    """Nothing but its header may be looked at."""
    agree(bench, "exclusions")

    bench.judge.read_ahead(arrival(bench, attendance()))

    assert [reading.result() for reading in bench.judge._ahead.values()] == [None]
    assert bench.parsed == []


def test_a_file_that_is_the_head_is_not_read_ahead(bench: Bench) -> None:
    """A burst of repeated files costs no parsing."""
    file = arrival(bench, attendance())
    receipt = Receipt("marks.csv", file.sha256, SCHOOL, "attendance", 1, "accepted", None, 3, 3, 0)
    bench.ledger.note(entry_of(file, receipt))

    bench.judge.read_ahead(file)

    assert bench.judge.judge(file)[0].receipt.state == "duplicate"
    assert bench.parsed == []


def test_a_large_file_is_not_read_ahead(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of them at once would take too much memory."""
    monkeypatch.setattr(judging, "_SMALL", 10)

    bench.judge.read_ahead(arrival(bench, attendance()))

    assert bench.judge._ahead == {}
