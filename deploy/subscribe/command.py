"""The command `subscribe`: a team's alerts as lines of JSON, and a table of what is current.

A line is written before the team's offset moves, so a subscriber that dies tells its last lines again: `alert_id` says
which are the same. Everything else about the way of an alert is exactly once.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from deploy import home as homes
from deploy.checking import NO_HOME
from deploy.private_files import write_private
from deploy.subscribe.feed import Alert, Feed
from deploy.subscribe.group import TeamGroup
from schemas.alerts import alert_kinds, read_alert
from schemas.codec import newest
from schemas.errors import ConfigError
from schemas.process.kafka import Record
from schemas.process.lifecycle import StopRequest
from schemas.process.settings import Settings, load

OK: Final = 0
_TEAM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Say = Callable[[str], None]
"""Writes one line."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a team asks for. `since`: tell again from this day on, whatever was told before."""

    team: str
    kinds: tuple[str, ...] = ()
    since: date | None = None
    once: bool = False
    state: Path | None = None


def wish(team: str, kinds: str | None, since: date | None, state: Path | None, *, once: bool) -> Wish:
    """The wish that a command line states.

    Raises:
        ConfigError: with everything that is wrong with it.

    """
    asked = tuple(word.strip().upper() for word in (kinds or "").split(",") if word.strip())
    known = [one.kind for one in alert_kinds()]
    faults = [f"There is no kind {kind!r}: the kinds are {', '.join(known)}." for kind in asked if kind not in known]
    if not _TEAM.fullmatch(team):
        faults.append("--team is letters, digits, '.', '_' and '-', at most 100: for example --team virtual-school.")
    if state is not None and not state.absolute().parent.is_dir():
        faults.append(f"There is no folder {state.absolute().parent} for --state: make it, or choose another file.")
    if faults:
        raise ConfigError("\n".join(faults))
    return Wish(team, asked, since, once, state)


def settings_of(home: Path | None, kafka: str | None) -> Settings:
    """Where the topic is: as the installation says whose home it is, or the broker that is named.

    Raises:
        ConfigError: no broker is named.

    """
    settings = load(homes.existing(home.absolute()) if home else NO_HOME, kafka=kafka)
    if not settings.kafka:
        raise ConfigError("Which broker? Add --home DIR of the installation, or --kafka HOST:PORT.")
    return settings


def subscribe(settings: Settings, asked: Wish, stop: StopRequest, *, say: Say, note: Say) -> int:
    """Tell the team's alerts until asked to stop or, with `once`, until the end of the topic; the exit status.

    1. Read the topic to its end.
    2. Write the lines that are due.
    3. Write the table.
    4. Keep how far the team has been told.

    Raises:
        ConfigError: the broker has no such topic.
        BrokerError: the broker does not let us read.
        ContractError: a record is no alert.

    """
    feed = Feed(asked.kinds, asked.since)
    with TeamGroup(settings, asked.team, note) as group:
        for event in group.events(stop, once=asked.once):
            if event is None:
                feed = Feed(asked.kinds, asked.since)
            elif isinstance(event, Record):  # 1
                feed.take(read_alert(event.value or b""), told_before=_was_told(event, group.told, asked))
            else:
                _tell(feed.due(), say)  # 2
                _write_table(asked.state, feed)  # 3
                group.keep(event)  # 4
                if asked.once:
                    break
    return OK


def close_quietly() -> int:
    """Whoever read our lines has gone (`| head`): nothing more can be said, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OK


def _was_told(record: Record, told: int | None, asked: Wish) -> bool:
    return asked.since is None and told is not None and record.offset < told


def _tell(alerts: Sequence[Alert], say: Say) -> None:
    for alert in alerts:
        say(json.dumps(alert, default=lambda value: value.isoformat(), ensure_ascii=False))


def _write_table(path: Path | None, feed: Feed) -> None:
    """The current alerts as CSV, one line an alert, in one step: a reader never meets half of it."""
    if path is None:
        return
    names = [field["name"] for field in newest("ExclusionAlert").definition["fields"]]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in alert.items()} for alert in feed.current())
    write_private(path, text.getvalue())


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(value) if isinstance(value, list) else value
