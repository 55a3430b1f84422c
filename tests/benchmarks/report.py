"""What a run of the benchmark found, as a table for a person and as JSON to keep, with the machine it ran on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

import psutil
from rich.console import Console
from rich.table import Table

RESULTS: Final = Path(__file__).with_name("results")
GIGABYTE: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number: in which section it stands, of what, in which unit, and what we aim at, in words."""

    section: str
    what: str
    value: float
    unit: str
    target: str = ""


def rate(section: str, what: str, rows: int, seconds: float, target: str = "") -> Figure:
    """Rows a second."""
    return Figure(section, what, rows / seconds, "rows/s", target)


def cost(section: str, what: str, rows: int, cpu_s: float, target: str = "") -> Figure:
    """CPU seconds for a million rows: what does not change with the noise of the machine."""
    return Figure(section, what, cpu_s * 1_000_000 / rows, "CPU s a million rows", target)


def machine() -> dict[str, str]:
    """The machine in words that say how much it can do, and nothing about whose it is."""
    memory = psutil.virtual_memory().total / GIGABYTE
    return {
        "cores": str(os.cpu_count()),
        "architecture": platform.machine(),
        "memory": f"{memory:.0f} GiB",
        "python": platform.python_version(),
        "load_before": f"{os.getloadavg()[0]:.1f}",
    }


def show(figures: Iterable[Figure], console: Console) -> None:
    """Print one table a section."""
    for section, own in groupby(figures, lambda figure: figure.section):
        table = Table("What", title=section, title_justify="left")
        table.add_column("Figure", justify="right")
        table.add_column("Unit")
        table.add_column("Target")
        for figure in own:
            table.add_row(figure.what, _number(figure.value), figure.unit, figure.target)
        console.print(table)


def keep(figures: Iterable[Figure], on: dict[str, str], *, command: str) -> Path:
    """Write the run to `results/<date>.json`; where it stands."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}.json"
    run = {"command": command, "machine": on, "figures": list(_rounded(figures))}
    path.write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
    return path


def _rounded(figures: Iterable[Figure]) -> Iterator[dict[str, object]]:
    for figure in figures:
        yield {**asdict(figure), "value": float(f"{figure.value:.4g}")}


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
