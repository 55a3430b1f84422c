"""`make fuzz`: the giants once, then mutated files until time is up; the first fault ends it and its file is kept."""

from __future__ import annotations

import argparse
import faulthandler
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from tests.fuzz.campaign import Campaign, Tally, for_seconds
from tests.fuzz.giants import GIANTS, sparse_line
from tests.fuzz.harness import Harness

_HANGS_AFTER_S: Final = 120.0
_TOLD_EVERY_S: Final = 30.0


def main() -> int:
    """Fuzz; 0 when nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same files [the time]")
    asked = parser.parse_args()
    seed = int(time.time()) if asked.seed is None else asked.seed
    folder = Path(tempfile.mkdtemp(prefix="ps-fuzz-"))
    fault = _fuzz(Harness(folder), Console(), seed, asked.seconds)
    faulthandler.cancel_dump_traceback_later()
    if fault is None:
        shutil.rmtree(folder)
        return 0
    Console().print(f"found: {fault}; the file is {folder / 'file.csv'}; seed {seed}", markup=False)
    return 1


def _fuzz(harness: Harness, console: Console, seed: int, seconds: float) -> str | None:
    ends = for_seconds(seconds)
    for name, make in {**GIANTS, "a sparse line of 1 GB": None}.items():
        faulthandler.dump_traceback_later(_HANGS_AFTER_S, exit=True)
        if make is None:
            sparse_line(harness.path)
        else:
            harness.write(make())
        outcome = harness.judge()
        console.print(f"{name}: {outcome.verdict.receipt.reason}, {outcome.seconds:.1f} s, {outcome.megabytes:.0f} MB")
        broken = harness.limits_broken(outcome)
        if broken:
            return f"{name}: {'; '.join(broken)}"
    campaign, told = Campaign(harness, seed), time.monotonic()

    def goes_on(tally: Tally) -> bool:
        nonlocal told
        faulthandler.dump_traceback_later(_HANGS_AFTER_S, exit=True)  # a hang leaves its file where it lies
        if time.monotonic() - told > _TOLD_EVERY_S:
            told = time.monotonic()
            console.print(_progress(tally))
        return ends(tally)

    fault = campaign.run(goes_on)
    console.print(_progress(campaign.tally))
    return fault


def _progress(tally: Tally) -> str:
    return (
        f"{tally.runs} files, {len(tally.lines)} lines of the feeds reached, {len(tally.signatures)} answers; "
        f"at most {tally.slowest:.2f} s of CPU and {tally.largest:.0f} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
