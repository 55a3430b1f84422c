"""`pupilstream status` for people: three small tables."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from deploy.status import Status


def show(status: Status) -> None:
    """Print what runs, how far each consumer is behind, and which schools are late."""
    console = Console()
    console.print("idle" if status.idle else "working, or not running", style="bold")
    console.print(f"files waiting: {status.inbox_files}    parked deliveries: {status.parked}")
    console.print(_processes(status))
    console.print(_lags(status))
    late = [line for line in status.freshness if line["state"] in {"late", "never"}]
    console.print(_late(late) if late else "No school is late." if status.freshness else "No school is known yet.")


def _processes(status: Status) -> Table:
    table = Table("Process", "State", "Pid", title="Processes", title_justify="left")
    for name, found in status.processes.items():
        table.add_row(name, found["state"].replace("_", " "), str(found["pid"] or ""))
    return table


def _lags(status: Status) -> Table:
    table = Table("Consumer", "Rows behind", "Seconds behind", title="Lag", title_justify="left")
    for name, lag in status.consumers.items():
        table.add_row(name, str(lag.rows), f"{lag.seconds:.0f}")
    return table


def _late(lines: list[dict[str, object]]) -> Table:
    table = Table("School", "Dataset", "Last received", "Expected by", "State", title="Late", title_justify="left")
    for line in lines:
        received = str(line["last_received_at"] or "never")[:10]
        table.add_row(
            str(line["dfe_no"]), str(line["dataset"]), received, str(line["expected_by"] or ""), str(line["state"])
        )
    return table
