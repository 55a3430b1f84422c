"""The command `check`: the receipt that a file would get, worked out where the file lies."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from producers.watcher.examine import check as examine
from producers.watcher.examine import unchecked_permit
from producers.watcher.register import Permit, parse_register
from schemas.errors import ConfigError
from schemas.process.clock import Clock
from schemas.process.settings import load

OK: Final = 0
FINDING: Final = 1
SENDER: Final = re.compile(r"[0-9]{7}|council")
NO_HOME: Final = Path("/nonexistent")  # defaults alone, and a key for the moment


def check(file: Path, say: Callable[[str], None], *, home: Path | None, sender: str | None, as_json: bool) -> int:
    """Print the receipt; 1 when the file, or a row of it, would be refused or held.

    Raises:
        ConfigError: the home has no readable register.

    """
    named = sender or _sender_of(file)
    settings = load(home or NO_HOME)
    today = settings.clock.today()
    permit = unchecked_permit() if home is None else _permit(home, named, settings.clock)
    receipt = examine(file, named, permit, received_on=today, secret=settings.secret_key)
    say((receipt.as_json() if as_json else receipt.as_text()).rstrip())
    return FINDING if receipt.state in {"rejected", "held"} or receipt.rows_rejected else OK


def _sender_of(file: Path) -> str:
    """The folder's name, as in an inbox; elsewhere nobody in particular, and any one school will do."""
    folder = file.absolute().parent.name
    return folder if SENDER.fullmatch(folder) else ""


def _permit(home: Path, sender: str, clock: Clock) -> Permit | None:
    path = home / "config" / "agreements.csv"
    try:
        register = parse_register(path.read_bytes())
    except OSError:
        raise ConfigError(f"There is no register at {path}: leave --home out to check the file alone.") from None
    return register.permit(sender, clock.today())
