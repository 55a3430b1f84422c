"""What the command `replay` does, one function for each of its forms; each returns the exit status."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from consumers.runtime.process import calm_collector
from consumers.runtime.replay.comparing import Comparison, Difference
from consumers.runtime.replay.rebuild import Workshop, workshop
from consumers.runtime.replay.scope import Scope
from consumers.runtime.replay.shadow import exists, kept_of, replay_of, shadow_of
from consumers.runtime.replay.wanted import CancelledReplayError, Outcome, Wanted
from deploy.local import own_log
from deploy.replay.alerts import CONSUMER, Alerts, lines
from deploy.replay.archive import Archive
from deploy.replay.plan import Plan, plan
from deploy.replay.watching import Watching
from deploy.roles import CONSUMERS, consumer
from producers.feeds.values import academic_year_of
from schemas.errors import ConfigError
from schemas.events import LedgerEntry
from schemas.process.lifecycle import StopRequest, stop_on_signals
from schemas.process.settings import Settings

OK: Final = 0
FINDING: Final = 1
ALL: Final = "all"
KEEPS_YEARS: Final = "attendance"
TRIAL_S: Final = 3.0
WORTH_REMEMBERING: Final = 5_000
"""Rows: a smaller replay says nothing about the rate of a large one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked for."""

    dry_run: bool = False
    accept_diff: bool = False
    rows_per_second: float = 0.0
    school: str | None = None
    since: date | None = None
    from_archive: bool = False

    def scope(self, lost: Sequence[LedgerEntry]) -> Scope:
        """What is rebuilt, if nothing is left of these deliveries."""
        return Scope.of(self.school, None if self.since is None else academic_year_of(self.since), lost)


def run(settings: Settings, words: Sequence[str], **options: Any) -> int:
    """Do one form of the command for a consumer, or for all: `CONSUMER`, or `rollback`, `drop`, `release` before it.

    Exit status 1 where a rebuilt state differs from the one that serves, or the replay was cancelled.

    Raises:
        ConfigError: no such form or consumer, or an earlier state is still kept.
        PupilstreamError: it cannot be done, or a server did not answer.

    """
    form, name = words if len(words) == 2 else ("replay", words[0])
    asked = Asked(**options)
    forms: Mapping[str, Callable[[_Session], Awaitable[int]]] = {
        "replay": lambda session: session.replay(asked),
        "rollback": lambda session: session.roll_back(),
        "drop": lambda session: session.drop(),
        "release": lambda session: session.release(asked),
    }
    if len(words) > 2 or form not in forms:
        raise ConfigError("Say `replay CONSUMER`, or `replay rollback|drop|release CONSUMER`")
    return max(_session(settings, one, forms[form]) for one in _named(name))


def _named(name: str) -> tuple[str, ...]:
    if name != ALL and name not in CONSUMERS:
        raise ConfigError(f"There is no consumer {name!r}: choose one of {', '.join(CONSUMERS)}, {ALL}")
    return CONSUMERS if name == ALL else (name,)


def _session(settings: Settings, name: str, act: Callable[[_Session], Awaitable[int]]) -> int:
    cancel = stop_on_signals()
    calm_collector()
    console = Console(highlight=False, soft_wrap=True)
    with ExitStack() as stack:
        stack.enter_context(own_log("replay", settings.home))
        watching = stack.enter_context(Watching(console))

        async def run() -> int:
            async with workshop(consumer(name, settings), settings, watching, cancel) as shop:
                return await act(_Session(shop, settings, console, cancel))

        return asyncio.run(run())


@dataclass(frozen=True, slots=True)
class _Session:
    """One consumer's replay, told to a person."""

    shop: Workshop
    settings: Settings
    console: Console
    cancel: StopRequest

    @property
    def name(self) -> str:
        return self.shop.consumer.name

    async def replay(self, asked: Asked) -> int:
        if await exists(self.shop.connection, kept_of(self.name)):
            raise ConfigError(
                f"The state of {self.name} before the last replay is still kept: `pupilstream replay drop {self.name}` "
                f"if all is well, `pupilstream replay rollback {self.name}` if not; then start again"
            )
        if asked.since is not None and self.name != KEEPS_YEARS:
            raise ConfigError(f"--since is for {KEEPS_YEARS}: {self.name} does not keep its rows by academic year")
        planned = await asyncio.to_thread(plan, self.settings, self.shop.consumer)
        if asked.dry_run:
            return await self._only_plan(planned, asked)
        self._say(*planned.lines(_remembered_rate(self.settings.home, self.name)), *self._fate_of_lost(planned, asked))
        return await self._rebuild(asked, planned)

    async def roll_back(self) -> int:
        held = await self.shop.roll_back()
        self._say(
            f"{self.name}: the earlier state serves again, with all that has arrived since (readers and live consumer "
            f"waited {held * 1000:.0f} ms)",
            f"The other state is kept: `pupilstream replay rollback {self.name}` swaps once more, "
            f"`pupilstream replay drop {self.name}` removes it",
        )
        return OK

    async def drop(self) -> int:
        dropped = await self.shop.drop()
        self._say(f"{self.name}: removed {', '.join(dropped)}" if dropped else f"{self.name}: nothing was kept")
        return OK

    def _fate_of_lost(self, planned: Plan, asked: Asked) -> list[str]:
        """What becomes of deliveries that have left the topics."""
        if not planned.lost:
            return []
        archive = Archive(self.settings)
        found = sum(1 for entry in planned.lost if archive.holds(entry))
        if asked.from_archive:
            copied = len(planned.lost) - found
            return [f"{found} of {len(planned.lost)} lost deliveries are read from the archive, {copied} are not there"]
        return [
            "What lost deliveries told is copied from the state that serves: of attendance a school's years up to the",
            f"last one lost, else all of the school. {found} of {len(planned.lost)} can be read with --from-archive",
        ]

    async def _only_plan(self, planned: Plan, asked: Asked) -> int:
        rate = _remembered_rate(self.settings.home, self.name)
        if rate is None and planned.messages:
            rate = await self.shop.trial(TRIAL_S)
        self._say(*planned.lines(rate), *self._fate_of_lost(planned, asked), "dry run: nothing has changed")
        return OK

    async def _rebuild(self, asked: Asked, planned: Plan) -> int:
        archive = Archive(self.settings)
        found = [entry for entry in planned.lost if asked.from_archive and archive.holds(entry)]
        scope = asked.scope([entry for entry in planned.lost if entry not in found])
        options = {**scope.options, "from_archive": asked.from_archive}
        await self._check_unfinished(options)
        alerts = await self._alerts()
        wanted = Wanted(
            accept_diff=asked.accept_diff,
            rows_per_s=asked.rows_per_second,
            scope=scope,
            earlier=archive.deliveries(found),
            foresee=None if alerts is None else alerts.foresee,
            options=options,
        )
        try:
            outcome = await self.shop.rebuild(wanted)
        except CancelledReplayError as error:
            self._say(str(error))
            return FINDING
        self._tell(outcome)
        return FINDING if outcome.comparison.differences else OK

    async def _alerts(self) -> Alerts | None:
        """Those of the consumer, made whole from their topic; most tell none."""
        if self.name != CONSUMER:
            return None
        alerts = Alerts(self.settings)
        if restored := await alerts.restore():
            self._say(f"{restored} alerts that were told, and had been lost here, are restored from their topic")
        return alerts

    async def release(self, asked: Asked) -> int:
        """Tell what waits, or with `dry_run` list it."""
        if self.name != CONSUMER:
            raise ConfigError(f"{self.name} raises no alerts: there is nothing to release")
        alerts = Alerts(self.settings)
        found = await (alerts.untold() if asked.dry_run else alerts.release())
        self._say(f"{len(found)} alerts {'wait' if asked.dry_run else 'are released'}", *lines(found))
        return OK

    async def _check_unfinished(self, options: Mapping[str, Any]) -> None:
        if not await exists(self.shop.connection, shadow_of(self.name)):
            return
        unfinished = await replay_of(self.shop.connection, shadow_of(self.name))
        if unfinished is None or unfinished.options != options:
            raise ConfigError(
                f"An unfinished replay of {self.name} was begun with other options: start it again with those, or "
                f"`pupilstream replay drop {self.name}` first"
            )
        self._say("going on with the replay that was begun before")

    def _tell(self, outcome: Outcome) -> None:
        if outcome.rows and outcome.seconds:
            rate = outcome.rows / outcome.seconds
            self._say(f"built {outcome.rows:,} rows in {outcome.seconds:.1f} s: {rate:,.0f} rows/s")
            if outcome.rows >= WORTH_REMEMBERING:
                _remember_rate(self.settings.home, self.name, rate)
        self._say(*comparison_lines(outcome.comparison))
        if outcome.untold:
            self._say(
                f"NOT told: {len(outcome.untold)} alerts that the rebuilt state would raise besides; "
                f"`pupilstream replay release {self.name}` sends them once it serves",
                *lines(outcome.untold),
            )
        if outcome.held_s is None:
            self._say(
                "NOT swapped: the rebuilt state differs from the one that serves, which goes on unchanged.",
                f"Right as it is? `pupilstream replay {self.name} --accept-diff` swaps it in. "
                f"Not right? `pupilstream replay drop {self.name}` forgets it.",
            )
        else:
            self._say(
                f"swapped: readers and live consumer waited {outcome.held_s * 1000:.0f} ms. The old state is kept: "
                f"`pupilstream replay rollback {self.name}` goes back, `pupilstream replay drop {self.name}` removes it"
            )

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.console.print(line, markup=False)


def comparison_lines(comparison: Comparison) -> list[str]:
    """What was compared and what differs, for a person."""
    rows = sum(comparison.tables.values())
    lines = [f"compared {rows:,} rows of {len(comparison.tables)} tables, {comparison.schools} schools"]
    if not comparison.same_place:
        lines.append("the live consumer does not run, or is behind: what it has not read yet counts as a difference")
    if not comparison.differences:
        return [*lines, "no difference: counts and checksums of every school agree"]
    return [*lines, *map(_difference, comparison.differences)]


def _difference(one: Difference) -> str:
    samples = f", such as {' '.join(one.samples)}" if one.samples else ""
    return f"DIFFERENT: {one.rows:,} rows of {one.table} {one.what} at {one.schools} schools{samples}"


def _rates_file(home: Path) -> Path:
    return home / "run" / "replay_rates.json"


def _rates(home: Path) -> Mapping[str, float]:
    try:
        loaded: dict[str, float] = json.loads(_rates_file(home).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return loaded


def _remembered_rate(home: Path, name: str) -> float | None:
    return _rates(home).get(name)


def _remember_rate(home: Path, name: str, rate: float) -> None:
    path = _rates_file(home)
    path.write_text(json.dumps({**_rates(home), name: round(rate)}) + "\n", encoding="utf-8")
