"""`make chaos`: each process killed twenty times under load, and the state compared with that of a peaceful run.

Then the broker goes away for a minute in the middle of the work: ended, killed, and asleep. At last a burst of files
that were there before the watcher.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console

from tests.chaos.burst import burst
from tests.support.installation import installation
from tests.support.nemesis import TODAY, Nemesis, adopt_register, begin_with_the_council, county, undisturbed
from tests.support.outage import CHILDREN, SCHOOLS, WAYS, Way, outage
from tests.support.state import differences, state, told


def main() -> int:
    """Run one campaign; 0 when nothing was lost, doubled or changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="kills of each process")
    parser.add_argument("--schools", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outage", type=float, default=60.0, help="seconds for which the broker is away")
    parser.add_argument("--burst", type=int, default=5000, help="files that are there before the watcher")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ps-county-") as folder:
        found = _campaign(Path(folder), asked.kills, asked.schools, asked.seed)
    return max(found, *(_outage(way, asked.outage) for way in WAYS), burst(asked.burst))


def _campaign(folder: Path, kills: int, schools: int, seed: int) -> int:
    console, begun = Console(), time.monotonic()
    arrivals = county(folder, schools=schools, seed=seed)
    with installation(today=TODAY) as peaceful:
        adopt_register(peaceful, folder)
        undisturbed(peaceful, arrivals)
        expected = state(peaceful.settings())
    console.print(f"{len(arrivals)} files of {schools} schools worked off in peace; seed {seed}")
    with installation(today=TODAY) as tormented:
        adopt_register(tormented, folder)
        rest = begin_with_the_council(tormented, arrivals)
        nemesis = Nemesis(tormented, seed)
        nemesis.torment(rest, kills)
        found = differences(expected, state(tormented.settings()))
        twice = [i for i, n in Counter(a.alert_id for a in told(tormented.settings())).items() if n > 1]
        nemesis.end()
    console.print(f"kills: {nemesis.killed}, {time.monotonic() - begun:.0f} s")
    console.print(f"differences: {found or 'none'}; alerts told twice: {twice or 'none'}")
    return 1 if found or twice else 0


def _outage(way: Way, seconds: float) -> int:
    """0 when each child's alert was told once, to the topic and to a subscriber; it fails where one was told twice."""
    begun = time.monotonic()
    outcome = outage(way, seconds)
    missed = CHILDREN * len(SCHOOLS) - outcome.kinds["SUSPENSION_STARTED"]
    unheard = len(outcome.ids - outcome.heard)
    Console().print(
        f"broker away for {seconds:.0f} s ({way}), {time.monotonic() - begun:.0f} s in all: {len(outcome.ids)} alerts, "
        f"{missed} missed, 0 twice, {unheard} not heard by the subscriber"
    )
    return 1 if missed or unheard else 0


if __name__ == "__main__":
    sys.exit(main())
