"""`pupilstream status` for people: one table of processes and how far behind they are, and one of schools' files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from deploy.status.look import Lag, Status
from schemas.process.lifecycle import StopRequest

LOOK_EVERY_S: Final = 2.0
FRESHNESS_STATES: Final = ("on_time", "late", "never", "not_expected")
_LINES_AROUND: Final = 12  # headings, rules and counts; the rest of a screen is for the lines of the tables
_COLOURS: Final = {"running": "green", "stopped": "yellow", "stopped_itself": "bold red", "late": "yellow"}


def show(status: Status, console: Console) -> None:
    """Print one look."""
    console.print(rendered(status))


def watch(read: Callable[[], Status], stop: StopRequest, console: Console, *, every_s: float = LOOK_EVERY_S) -> Status:
    """Show one look after the other until asked to stop; on a terminal each in place of the last. The last one."""
    status = read()
    if not console.is_terminal:
        show(status, console)
        while not stop.wait(every_s):
            status = read()
            show(status, console)
        return status
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while True:
            room = max(3, console.height - _LINES_AROUND - len(status.processes))
            live.update(rendered(status, most_late=room), refresh=True)
            if stop.wait(every_s):
                return status
            status = read()


def rendered(status: Status, *, most_late: int | None = None) -> RenderableType:
    """What runs, how far each consumer is behind, and which schools' files are late (the first `most_late` of them)."""
    late = [line for line in status.freshness if line["state"] in {"late", "never"}]
    parts = [_headline(status), _processes(status), *_reasons(status), _freshness(status)]
    if late:
        parts.append(_late(late[:most_late]))
    if most_late is not None and len(late) > most_late:
        parts.append(Text(f"and {len(late) - most_late} more", style="dim"))
    return Group(*parts)


def _headline(status: Status) -> Text:
    running = all(found["state"] == "running" for found in status.processes.values())
    state = "idle: all work is done" if status.idle else "working" if running else "not everything runs"
    line = Text(state, style="bold green" if status.idle else "bold" if running else "bold red")
    for count, what in (
        (status.inbox_files, "files waiting"),
        (status.held, "held"),
        (status.parked, "parked"),
        (status.unpublished, "to be told"),
    ):
        line.append(
            f"   {count:,} {what}", style="yellow" if count and what in {"held", "parked"} else "not bold default"
        )
    return line


def _processes(status: Status) -> Table:
    table = _table("Process", "State")
    for heading in ("Pid", "Rows behind", "Behind by"):
        table.add_column(heading, justify="right")
    for name, found in status.processes.items():
        state = Text(found["state"].replace("_", " "), style=_COLOURS.get(found["state"], ""))
        table.add_row(name, state, str(found["pid"] or ""), *_lag(status.consumers.get(name)))
    return table


def _reasons(status: Status) -> list[Text]:
    """Why a process stopped by itself."""
    told = {name: found.get("reason") for name, found in status.processes.items()}
    return [Text(f"{name}: {reason}", style="red") for name, reason in told.items() if reason]


def _lag(lag: Lag | None) -> tuple[str, str]:
    return ("", "") if lag is None else (f"{lag.rows:,}", duration(lag.seconds) if lag.rows else "")


def _freshness(status: Status) -> RenderableType:
    if not status.freshness:
        return Text("No school is in the register yet.")
    table = _table("Files of schools")
    for state in FRESHNESS_STATES:
        table.add_column(state.replace("_", " ").capitalize(), justify="right")
    counts = Counter((line["dataset"], line["state"]) for line in status.freshness)
    for dataset in sorted({dataset for dataset, _ in counts}):
        table.add_row(dataset, *(f"{counts[dataset, state]:,}" for state in FRESHNESS_STATES))
    return table


def _late(lines: Sequence[dict[str, Any]]) -> Table:
    table = _table("School", "Dataset", "Last received", "Expected by", "State")
    for line in lines:
        received = str(line["last_received_at"] or "never")[:10]
        state = Text(str(line["state"]), style=_COLOURS["late"])
        table.add_row(str(line["dfe_no"]), str(line["dataset"]), received, str(line["expected_by"] or ""), state)
    return table


def _table(*headings: str) -> Table:
    return Table(*headings, box=SIMPLE_HEAD, pad_edge=False)


def duration(seconds: float) -> str:
    """Seconds for a person, in the unit that says most."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
