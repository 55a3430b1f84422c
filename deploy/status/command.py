"""The command `status`: one look, as tables or as JSON, or one after the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from rich.console import Console

from deploy.local import embedded_servers
from deploy.status import report
from deploy.status.look import Status
from deploy.status.look import status as read_status
from schemas.process.lifecycle import stop_on_signals
from schemas.process.settings import Settings

OK, FINDING = 0, 1


def status(settings: Settings, say: Callable[[str], None], *, as_json: bool, live: bool) -> int:
    """Tell how the installation does; 1 when a delivery is parked."""
    embedded = embedded_servers(settings.home)

    def look() -> Status:
        return asyncio.run(read_status(settings, embedded=embedded))

    if live:
        found = report.watch(look, stop_on_signals(), Console())
    else:
        found = look()
        if as_json:
            say(json.dumps(found.as_json(), indent=2))
        else:
            report.show(found, Console())
    return FINDING if found.parked else OK
