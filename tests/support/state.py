"""All that an installation has come to know, as plain values: what two runs of the same files must agree on.

Left out is what a run may differ in: moments, and how often an alert had to be told again on the way.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import asyncpg

from schemas.codec import decode
from schemas.events import ExclusionAlert
from schemas.process.kafka import read_to_end
from schemas.process.settings import Settings
from schemas.topics import ALERTS

MOMENTS: Final = frozenset({"received_at", "published_at", "applied_at", "last_received_at", "raised_at"})
TOLD_AGAIN: Final = frozenset({"alert_id", "version", "supersedes", "raised_at"})

State = dict[str, list[str]]


def state(settings: Settings) -> State:
    """Every view of `reporting`, row by row, sorted, and the current alerts of the topic."""
    views = asyncio.run(_views(settings.postgres))
    views.pop("alert")
    return {**views, "current alerts": current_alerts(settings)}


def told(settings: Settings) -> list[ExclusionAlert]:
    """Every alert on the topic, in order."""
    return [decode(r.value, ExclusionAlert) for r in read_to_end(settings, ALERTS) if r.value is not None]


def current_alerts(settings: Settings) -> list[str]:
    """The alerts that no other supersedes, without what a second telling changes."""
    alerts = told(settings)
    superseded = {alert_id for alert in alerts for alert_id in alert.supersedes}
    current = [alert for alert in alerts if alert.alert_id not in superseded]
    return sorted(repr(_content(alert)) for alert in current)


def differences(left: State, right: State) -> list[str]:
    """What one state has and the other lacks, at most a few lines a view: for the message of a failed test."""
    found = []
    for view in sorted(left.keys() | right.keys()):
        lost = sorted(set(left.get(view, [])) - set(right.get(view, [])))
        gained = sorted(set(right.get(view, [])) - set(left.get(view, [])))
        found += [f"{view} - {row}" for row in lost[:3]] + [f"{view} + {row}" for row in gained[:3]]
        if len(left.get(view, [])) != len(right.get(view, [])):
            found.append(f"{view}: {len(left.get(view, []))} rows and {len(right.get(view, []))}")
    return found


def _content(alert: ExclusionAlert) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in alert.__dataclass_fields__ if name not in TOLD_AGAIN}


async def _views(dsn: str) -> State:
    connection = await asyncpg.connect(dsn)
    try:
        names = await connection.fetch("SELECT viewname FROM pg_views WHERE schemaname = 'reporting' ORDER BY 1")
        return {row["viewname"]: await _rows(connection, row["viewname"]) for row in names}
    finally:
        await connection.close()


async def _rows(connection: asyncpg.Connection, view: str) -> list[str]:
    rows = await connection.fetch(f"SELECT * FROM reporting.{view}")
    return sorted(repr({name: value for name, value in row.items() if name not in MOMENTS}) for row in rows)
