"""A burst while nobody watched: thousands of files that were there before the watcher, of which no event told."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Final

from rich.console import Console

from tests.support.inbox import RECEIVED_ON, attendance
from tests.support.installation import Installation, ask, installation

SCHOOLS: Final = 20
REPEATS: Final = 25
"""How often each school sends the same bytes, before it sends others."""


def burst(count: int) -> int:
    """0 when each of so many files has its line and its receipt, and each distinct one is a delivery."""
    begun = time.monotonic()
    with installation(today=RECEIVED_ON.isoformat()) as made:
        _fill(made, count)
        made.run("up", "--until-idle")
        lines = dict(ask(made.settings().postgres, "SELECT state, count(*) FROM reporting.delivery GROUP BY state"))
        receipts = sum(1 for _ in (made.home / "receipts").glob("*/*.json"))
    distinct = sum(len(range(0, share, REPEATS)) for share in _shares(count))
    wanted = {"applied": distinct, "duplicate": count - distinct}
    Console().print(f"burst of {count} files: {lines}, {receipts} receipts, {time.monotonic() - begun:.0f} s")
    return 0 if (lines, receipts) == (wanted, count) else 1


def _fill(made: Installation, count: int) -> None:
    """The register and the inbox of an installation of which nothing runs."""
    schools = [f"{8309999 - number}" for number in range(SCHOOLS)]
    (made.home / "config").mkdir()
    register = "".join(f"{dfe_no},attendance\n" for dfe_no in schools)
    (made.home / "config" / "agreements.csv").write_text(f"DfE No,Datasets\n{register}")
    for dfe_no, share in zip(schools, _shares(count), strict=True):
        folder = made.inbox / dfe_no
        folder.mkdir(parents=True)
        for number in range(share):
            (folder / f"{number:05d}.csv").write_bytes(attendance(sender=dfe_no, first=number // REPEATS))


def _shares(count: int) -> list[int]:
    return [len(range(school, count, SCHOOLS)) for school in range(SCHOOLS)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    sys.exit(burst(parser.parse_args().files))
