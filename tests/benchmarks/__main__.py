"""`make bench`: how fast, at what cost in CPU and memory, beside a plain pipeline and what the machine can do at best.

Ratios within one run hold on a noisy machine, and so do CPU seconds; seconds are this machine's alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Final

from rich.console import Console

from schemas.process.log import configure
from tests.benchmarks import alert_latency, attendance, ceilings, county, stages, whole_line
from tests.benchmarks.picture import draw
from tests.benchmarks.report import Figure, keep, machine, show

Part = Callable[[], Iterator[Figure]]

PARTS: Final[dict[str, Part]] = {
    "line": lambda: whole_line.measure(1),
    "stages": lambda: stages.measure(3),
    "attendance": attendance.measure,
    "ceilings": lambda: ceilings.measure(3),
    "line-3": lambda: whole_line.measure(3),
    "line-10": lambda: whole_line.measure(10),
    "county-42": lambda: county.measure(42),
    "county": lambda: county.measure(417),
    "alerts": lambda: alert_latency.measure(417),
}
QUICK: Final = ("line", "stages", "ceilings")


def main() -> None:
    """Measure the parts asked for, print each as it is done, and keep the run unless it was picked by part."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK)}: two minutes")
    parser.add_argument("--only", choices=tuple(PARTS), action="append", help="only this part; may be repeated")
    asked = parser.parse_args()
    configure("benchmark", StringIO())  # what runs in this process says nothing in between
    console, on = Console(), machine()
    console.print(", ".join(f"{what} {value}" for what, value in on.items()))
    figures: list[Figure] = []
    for name in asked.only or (QUICK if asked.quick else PARTS):
        part = list(PARTS[name]())
        show(part, console)
        figures += part
    if not asked.only:
        kept = keep(figures, on, command="make bench quick" if asked.quick else "make bench")
        console.print(f"kept in tests/benchmarks/results/{kept.name}, drawn in docs/{draw(figures).name}")


if __name__ == "__main__":
    main()
