"""Which alerts a team is told, and what is current for it: from the topic in its order, read from the beginning.

Nothing here speaks to Kafka. An alert that was superseded before anybody was told of it is not told; one that
supersedes something the team was told is told in any case, so that whoever takes away what a line supersedes ends with
what is current.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from schemas.process.clock import day_in_london

Alert = dict[str, Any]
"""The fields of one alert, by name."""

_NO_DATE: Final = date.max


@dataclass(slots=True)
class Feed:
    """What has been read so far. `kinds`: those asked for, all if empty. `since`: the first day in London, if any."""

    kinds: Collection[str] = ()
    since: date | None = None
    _read: dict[str, Alert] = field(default_factory=dict)
    _superseded: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)
    _waiting: list[Alert] = field(default_factory=list)

    def take(self, alert: Alert, *, told_before: bool) -> None:
        """The next alert of the topic; `told_before`: an earlier run of this team was told it."""
        self._superseded.update(alert["supersedes"])
        if self._is_wanted(alert):
            self._read[alert["alert_id"]] = alert
        if told_before and (self._is_wanted(alert) or self._replaces_a_told_one(alert)):
            self._told.add(alert["alert_id"])
        if not told_before:
            self._waiting.append(alert)

    def due(self) -> list[Alert]:
        """What is to be told now, in the order of the topic; it counts as told afterwards."""
        found = []
        for alert in self._waiting:
            current = alert["alert_id"] not in self._superseded
            if (current and self._is_wanted(alert)) or self._replaces_a_told_one(alert):
                self._told.add(alert["alert_id"])
                found.append(alert)
        self._waiting.clear()
        return found

    def current(self) -> list[Alert]:
        """What no other alert supersedes, the soonest due first, those without a date last."""
        for alert_id in self._superseded & self._read.keys():
            del self._read[alert_id]
        return sorted(self._read.values(), key=lambda alert: (alert["due_date"] or _NO_DATE, alert["alert_id"]))

    def _is_wanted(self, alert: Alert) -> bool:
        raised_at: datetime = alert["raised_at"]
        recent = self.since is None or day_in_london(raised_at) >= self.since
        return recent and (not self.kinds or alert["kind"] in self.kinds)

    def _replaces_a_told_one(self, alert: Alert) -> bool:
        return not self._told.isdisjoint(alert["supersedes"])
