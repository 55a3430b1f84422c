"""What a person sees of the status, on a narrow and on a wide terminal, once and again and again."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from deploy.status.look import Lag, Status
from deploy.status.report import duration, rendered, watch
from schemas.process.lifecycle import StopRequest

SCHOOLS = 40


def late(number: int) -> dict[str, Any]:
    """A school whose exclusions are late."""
    return {
        "dfe_no": f"83{number:05d}",
        "school_name": "Invented Primary",
        "dataset": "exclusions",
        "last_delivery_seq": 1,
        "last_received_at": "2026-11-06T07:12:00+00:00",
        "expected_by": "2026-11-15",
        "state": "late",
    }


BUSY = Status(
    idle=False,
    processes={
        "kafka": {"state": "running", "pid": 4_000_000},
        "watcher": {"state": "running", "pid": 4_000_001},
        "attendance": {"state": "stopped_itself", "pid": None, "reason": "Six deliveries were parked"},
        "attendance+4000002": {"state": "running", "pid": 4_000_002},
    },
    consumers={"attendance": Lag(rows=1_234_567, seconds=3_700.0), "intake": Lag(rows=0, seconds=0.0)},
    inbox_files=12,
    parked=6,
    held=3,
    unpublished=40,
    freshness=[late(number) for number in range(SCHOOLS)],
)


def seen(status: Status, *, width: int, most_late: int | None = None) -> str:
    """What is printed."""
    console = Console(file=io.StringIO(), width=width)
    console.print(rendered(status, most_late=most_late))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 100])
def test_nothing_is_cut_on_an_ordinary_terminal(width: int) -> None:
    """Counts, processes, instances, lag, reasons and schools stand there whole."""
    told = seen(BUSY, width=width)

    for whole in (
        "12 files waiting",
        "6 parked",
        "3 held",
        "40 to be told",
        "attendance+4000002",
        "stopped itself",
        "1,234,567",
        "62 min",
        "attendance: Six deliveries were parked",
        "8300039",
        "2026-11-06",
        "2026-11-15",
    ):
        assert whole in told
    assert "…" not in told
    assert max(map(len, told.splitlines())) <= width


def test_of_many_late_schools_the_first_are_shown_where_there_is_no_room() -> None:
    """How many more there are is told."""
    told = seen(BUSY, width=80, most_late=5)

    assert "8300004" in told
    assert "8300005" not in told
    assert "and 35 more" in told


def test_watching_shows_each_look_and_ends_when_asked() -> None:
    """What changes between two looks is seen; away from a terminal one stands below the other."""
    stop, console = StopRequest(), Console(file=io.StringIO(), width=80)
    looks = iter([BUSY, replace(BUSY, idle=True)])

    def read() -> Status:
        found = next(looks)
        if found.idle:
            stop.set()
        return found

    last = watch(read, stop, console, every_s=0.0)

    assert isinstance(console.file, io.StringIO)
    assert last.idle
    assert "not everything runs" in console.file.getvalue()
    assert "idle: all work is done" in console.file.getvalue()


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.4, "0 s"), (119, "119 s"), (3_700, "62 min"), (86_400, "24 h"), (200_000, "2 days")]
)
def test_a_duration_is_told_in_the_unit_that_says_most(seconds: float, told: str) -> None:
    """Nobody counts a day in seconds."""
    assert duration(seconds) == told
