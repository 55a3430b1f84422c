"""The command `duty`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import date
from typing import Final

from rich.console import Console

from deploy.duty.asking import ask
from deploy.duty.report import show
from schemas.process.settings import Settings

OK: Final = 0
FINDING: Final = 1


def run_duty(settings: Settings, say: Callable[[str], None], *, on: date | None, as_json: bool) -> int:
    """Print the list of a day, today where none is named; 1 when a day six is on the day or before it.

    Raises:
        RetryableError: the database did not answer.

    """
    duty = asyncio.run(ask(settings, on))
    if as_json:
        say(json.dumps(duty.as_json(), indent=2))
    else:
        show(duty, Console())
    return FINDING if duty.is_due() else OK
