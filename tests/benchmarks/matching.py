"""`python -m tests.benchmarks.matching`: how right and how fast matching is, beside recordlinkage and Splink.

`--speed` or `--quality` prints one of the two tables alone.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from statistics import mean
from typing import Final

from rich.console import Console
from rich.table import Table

from consumers.matching.deciding import decide
from consumers.matching.index import CouncilIndex
from consumers.matching.pupils import CouncilPupil
from consumers.matching.rules import current
from tests.benchmarks.matching_febrl import Figures, Identifier, Truth, figures, pupils, rows, rules_for
from tests.benchmarks.matching_others import Links, by_recordlinkage, by_splink, is_installed
from tests.benchmarks.matching_speed import speeds
from tests.support.matching_county import county

SEEDS: Final = range(1, 6)
COUNTY: Final = 105_000


def main(arguments: Sequence[str]) -> None:
    """Print what is asked for, or everything."""
    console = Console(width=150)
    console.print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if "--speed" not in arguments:
        console.print(_febrl())
        console.print(_beside())
        console.print(_county())
    if "--quality" not in arguments:
        console.print(_speed())


def _febrl() -> Table:
    table = Table("Rows carry", "Index", "Wrong links", "Certain", "With review", "Linked new", "Asked new")
    table.title = "FEBRL4: 5,000 rows; recall"
    for what, index, found in _runs():
        table.add_row(
            what, index, str(found.wrong), f"{found.recall:.4f}", f"{found.recall_with_review:.4f}",
            str(found.linked_new), str(found.asked_new),
        )  # fmt: skip
    return table


def _runs() -> Iterator[tuple[str, str, Figures]]:
    for half in (False, True):
        for folded in (False, True):
            index = f"{'half' if half else 'whole'}, {'16 cohorts' if folded else 'a century'}"
            yield (
                "names and date of birth",
                index,
                figures(pupils(half=half, folded=folded), rows("none", folded=folded)),
            )
    yield from (_with_identifier(kind) for kind in ("rough", "lettered"))


def _with_identifier(kind: Identifier) -> tuple[str, str, Figures]:
    """The mean of several draws of what is blank, mistyped and another's."""
    runs = [figures(pupils(), rows(kind, seed=seed)) for seed in SEEDS]
    found = Figures(
        rows=runs[0].rows,
        certain=runs[0].certain,
        wrong=sum(run.wrong for run in runs),
        recall=mean(run.recall for run in runs),
        recall_with_review=mean(run.recall_with_review for run in runs),
        linked_new=0,
        asked_new=0,
    )
    letter = " with a check letter" if kind == "lettered" else ""
    return f"a rough number{letter}, mean of {len(SEEDS)}", "whole, a century", found


def _beside() -> Table:
    table = Table("Method", "Index", "Precision", "Recall", "F1", "Linked new")
    table.title = "The same, names and date of birth, beside others"
    for half in (False, True):
        children, truths = pupils(half=half), rows("none")
        for links in _methods(children, truths):
            table.add_row(links.method, "half" if half else "whole", *_judged(links, children, truths))
    for package in ("recordlinkage", "splink"):
        if not is_installed(package):
            table.caption = f"{package} is not installed: pip install '.[bench]'"
    return table


def _methods(children: Sequence[CouncilPupil], truths: Sequence[Truth]) -> Iterator[Links]:
    yield _ours(children, truths)
    if is_installed("recordlinkage"):
        yield by_recordlinkage(children, truths)
    if is_installed("splink"):
        yield from by_splink(children, truths)


def _ours(children: Sequence[CouncilPupil], truths: Sequence[Truth]) -> Links:

    index, rules = CouncilIndex(children), rules_for(children)
    decided = ((place, decide(truth.seen, index, rules).claims) for place, truth in enumerate(truths))
    return Links("pupilstream, certain", {str(place): claimed for place, claimed in decided if claimed})


def _judged(links: Links, children: Sequence[CouncilPupil], truths: Sequence[Truth]) -> tuple[str, str, str, str]:
    known = {child.pupil_id for child in children}
    held = sum(truth.pupil_id in known for truth in truths)
    right = sum(truths[int(place)].pupil_id == child for place, child in links.children.items())
    new = sum(truths[int(place)].pupil_id not in known for place in links.children)
    precision, recall = right / len(links.children), right / held
    return f"{precision:.4f}", f"{recall:.4f}", f"{2 * precision * recall / (precision + recall):.3f}", str(new)


def _county() -> Table:
    made = county(COUNTY, seed=1)
    index, rules = CouncilIndex(made.index), current()
    decided = [(shown, decide(shown.seen, index, rules)) for shown in made.feed]
    certain = [(shown, found) for shown, found in decided if found.outcome == "certain"]
    asked = sum(found.outcome == "possible" for _, found in decided)
    table = Table("What", "Figure", title=f"A simulated county's week, {len(decided):,} rows")
    table.add_row("certain", f"{len(certain):,}")
    table.add_row("certain and wrong", str(sum(found.claims != shown.truth for shown, found in certain)))
    table.add_row("sent to review", f"{asked / len(decided):.2%}")
    beside = sum(shown.old_record in found.candidates for shown, found in decided if shown.old_record)
    table.add_row("adopted children shown beside their old record", str(beside))
    return table


def _speed() -> Table:
    table = Table("What", "Rows", "CPU seconds", "Seconds", "Rows a second of CPU")
    table.title = "Speed, one process, against an index of 120,000"
    for speed in speeds():
        table.add_row(
            speed.what, f"{speed.rows:,}", f"{speed.cpu_s:.2f}", f"{speed.wall_s:.2f}", f"{speed.rows_a_second:,.0f}"
        )
    return table


if __name__ == "__main__":
    main(sys.argv[1:])
