"""The command `up`: bring everything up, look after it, and stop it when asked or when all work is done."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Unpack

from rich.console import Console

from deploy import home as homes
from deploy.local import UP, Installation, Say, own_log
from deploy.processes import register_ourselves
from deploy.status import overview, progress
from schemas.codec import decode
from schemas.events import LedgerEntry
from schemas.process.kafka import Admin, read_to_end
from schemas.process.lifecycle import StopRequest, stop_on_signals, why_stopped
from schemas.process.settings import Asked, Settings
from schemas.topics import LEDGER

POLL_S: Final = 0.2
OK, FINDING, INFRASTRUCTURE = 0, 1, 3


def up(home: Path, say: Say, *, until_idle: bool, **given: Unpack[Asked]) -> int:
    """Run everything for a home; the exit status.

    Raises:
        PupilstreamError: something is missing, does not start, or dies again and again.

    """
    homes.prepare(home)
    with homes.held_by_us(home), own_log(UP, home):
        register_ourselves(UP, home)
        stop = stop_on_signals()
        installation = Installation.start(home, say, **given)
        try:
            with overview.told(installation.settings):
                if until_idle:
                    return _work_off(installation, stop, say)
                return _serve(installation, stop, say)
        finally:
            installation.stop(servers=not until_idle)


def _serve(installation: Installation, stop: StopRequest, say: Say) -> int:
    say(f"watching {installation.settings.inbox}; Ctrl-C stops everything")
    told: set[str] = set()
    while not stop.wait(POLL_S):
        given_up = set(installation.look_after())
        for name in sorted(given_up - told):
            say(f"{name} stopped by itself: {_reason(installation.settings.home, name)}")
        told |= given_up
    return OK


def _work_off(installation: Installation, stop: StopRequest, say: Say) -> int:
    settings, begun = installation.settings, time.monotonic()
    before = ledger_ends(settings)
    with progress.shown(settings, Console()) as watching:
        given_up = installation.wait_until_idle(lambda: bool(stop), watching.note)
    for name in given_up:
        say(f"{name} stopped by itself: {_reason(settings.home, name)}")
    if given_up:
        return INFRASTRUCTURE
    arrived = ledger_since(settings, before)
    say(summary(arrived, installation.parked(), time.monotonic() - begun))
    return FINDING if installation.parked() or any(map(_is_finding, arrived)) else OK


def ledger_ends(settings: Settings) -> Mapping[int, int]:
    """Where the ledger ends now, by partition."""
    return {partition: end for (_, partition), end in Admin(settings).end_offsets([LEDGER]).items()}


def ledger_since(settings: Settings, starts: Mapping[int, int]) -> list[LedgerEntry]:
    """What the ledger has taken since."""
    records = read_to_end(settings, LEDGER, starts)
    return [decode(record.value, LedgerEntry) for record in records if record.value is not None]


def summary(arrived: list[LedgerEntry], parked: int, seconds: float) -> str:
    """What happened, in a line or two for a person."""
    states = Counter(entry.state for entry in arrived)
    accepted = sum(entry.rows_accepted or 0 for entry in arrived if entry.state == "published")
    refused = sum(entry.rows_rejected or 0 for entry in arrived if entry.state == "published")
    files = (
        f"{states['published']} accepted, {states['rejected']} rejected, {states['held']} held, "
        f"{states['duplicate']} duplicate"
    )
    lines = [f"{len(arrived)} files in {seconds:.1f} s: {files}", f"{accepted} rows accepted, {refused} refused"]
    if parked:
        lines.append(f"{parked} parked: a consumer could not apply them; see `pupilstream status`")
    return "\n".join(lines)


def _is_finding(entry: LedgerEntry) -> bool:
    """Whether somebody has to look at the file."""
    return entry.state in {"rejected", "held"} or bool(entry.rows_rejected)


def _reason(home: Path, name: str) -> str:
    return why_stopped(home, name) or "its log says why"
