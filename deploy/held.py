"""The commands `held ...`: the files that wait for a person, and what that person decides about them.

Nothing is published from here: a decision is a file below the home that the watcher carries out, now or when it is
started next.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from deploy import processes
from deploy.processes import POLL_S
from producers.watcher import decisions
from producers.watcher.arrival import UnreadFileError, digest
from producers.watcher.decisions import Action, AskedAlreadyError, Decision, HeldFile, Outcome
from producers.watcher.receipts import entry_name, sentence
from schemas.errors import ConfigError
from schemas.process.clock import LONDON
from schemas.process.settings import Settings

OK: Final = 0
FINDING: Final = 1
INFRASTRUCTURE: Final = 3

Say = Callable[[str], None]

_LONGEST_TEXT: Final = 500
_PATIENCE_S: Final = 30.0


def show_all(home: Path, say: Say, *, as_json: bool) -> int:
    """List what waits; 1 when anything does."""
    files = decisions.held_files(home)
    if as_json:
        say(json.dumps([_told(home, file) for file in files], ensure_ascii=False, indent=1))
        return FINDING if files else OK
    for file in files:
        told = _told(home, file)
        say(f"{told['file']}  {told['file_name']}  {told['dataset'] or '-'}  received {_moment(file)}")
        say(f"    {told['sentence']} ({told['reason']})" + ("; decided, not done yet" if told["decided"] else ""))
    if not files:
        say("no file is held")
    return FINDING if files else OK


def show(home: Path, name: str, say: Say, *, as_json: bool) -> int:
    """Tell why one file is held: its receipt, what is unusual about it, and where it lies.

    Raises:
        ConfigError: no held file, or several, go by that name.

    """
    file = _the_one(home, name)
    told = _told(home, file)
    if as_json:
        say(json.dumps(told, ensure_ascii=False, indent=1))
        return OK
    text = _receipt(home, file, ".txt")
    say(f"{file.key}, received {_moment(file)}, lies at {file.path}")
    say(text.read_text(encoding="utf-8").rstrip() if text.exists() else "Its receipt is gone.")
    if told["decided"]:
        say("Somebody has decided about it; the watcher has not done it yet.")
    return OK


def decide(settings: Settings, name: str, action: Action, say: Say, *, by: str, why: str) -> int:
    """Leave a decision for the watcher and, where one runs, wait for what comes of it.

    0 done, or to be done at the next start; 1 the file is held still, or was refused in the end; 3 the watcher does not
    get it done.

    Raises:
        ConfigError: no such file, no text to put on record, or somebody else was first.

    """
    home, file = settings.home, _the_one(settings.home, name)
    for text, what in ((by, "who decides (--by)"), (why, "why (--why)")):
        if not text.strip() or len(text) > _LONGEST_TEXT or not text.isprintable():
            raise ConfigError(f"Say {what} in one line of at most {_LONGEST_TEXT} characters.")
    decision = Decision(file.sender, file.received_at, action, by.strip(), why.strip(), settings.clock.now())
    try:
        decisions.ask(home, decision)
    except AskedAlreadyError as error:
        raise ConfigError(str(error)) from None
    if processes.find("watcher", home) is None:
        say(f"noted: {action} {file.key} will be done when `pupilstream up` runs on this home")
        return OK
    outcome = _wait_for(home, decision)
    if outcome is None:
        log = home / "log" / "watcher.log"
        say(f"noted: the watcher runs but has not done it in {_PATIENCE_S:.0f} s: {log} says why")
        return INFRASTRUCTURE
    say(_words(file, outcome))
    wanted = {"release": {"accepted", "duplicate"}, "reject": {"rejected"}}
    return OK if outcome.state in wanted[action] else FINDING


def _wait_for(home: Path, decision: Decision) -> Outcome | None:
    deadline = time.monotonic() + _PATIENCE_S
    while (outcome := decisions.outcome_of(home, decision)) is None and time.monotonic() < deadline:
        time.sleep(POLL_S)
    return outcome


def _words(file: HeldFile, outcome: Outcome) -> str:
    delivery = f"{file.sender}/{outcome.dataset}/{outcome.delivery_seq}"
    match outcome.state:
        case "accepted":
            return f"released: it is delivery {delivery}"
        case "duplicate":
            return f"released: it is what delivery {delivery} held already, so nothing changes"
        case "held":
            return f"it stays held: {sentence(outcome.reason or '')} ({outcome.reason})"
        case _:
            return f"rejected: {sentence(outcome.reason or '')} ({outcome.reason})"


def _the_one(home: Path, name: str) -> HeldFile:
    """The held file that a person means: by its key, its path, or a file name that only one has."""
    found = [file for file in decisions.held_files(home) if name in _names_of(file)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(f"Several files are called so: say which, {' or '.join(file.key for file in found)}.")
    raise ConfigError("No held file is called so: see `pupilstream held list`.")


def _names_of(file: HeldFile) -> set[str]:
    name, stamp = file.path.name, file.key.partition("/")[2]
    return {file.key, stamp, name, f"{file.sender}/{name}", f"{file.key}/{name}", str(file.path)}


def _moment(file: HeldFile) -> str:
    return f"{file.received_at.astimezone(LONDON):%d/%m/%Y %H:%M}"


def _told(home: Path, file: HeldFile) -> dict[str, Any]:
    receipt = _receipt(home, file, ".json")
    told: dict[str, Any] = json.loads(receipt.read_bytes()) if receipt.exists() else {"reason": None}
    return {
        "file": file.key,
        "sender": file.sender,
        "file_name": file.path.name,
        "dataset": told.get("dataset"),
        "received_at": file.received_at.isoformat(),
        "reason": told["reason"],
        "sentence": sentence(told["reason"] or "Its receipt is gone."),
        "rows_total": told.get("rows_total"),
        "rows_accepted": told.get("rows_accepted"),
        "rows_rejected": told.get("rows_rejected"),
        "path": str(file.path),
        "decided": decisions.is_asked(home, (file.sender, file.received_at)),
    }


def _receipt(home: Path, file: HeldFile, end: str) -> Path:
    """The receipt by name and digest; a file that was held unread has one without digest."""
    folder = home / "receipts" / file.sender
    try:
        sha256 = digest(file.path)
    except (UnreadFileError, OSError):
        sha256 = None
    path = folder / entry_name(file.path.name, sha256, end)
    return path if path.exists() else folder / entry_name(file.path.name, None, end)
