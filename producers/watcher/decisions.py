"""What people decide about held files: the requests that the watcher reads, and the record of what came of each.

    HOME/held/<sender>/<stamp>/<file>               a file that waits for a person
    HOME/held/.asked/<sender>.<stamp>.json          what somebody has decided about it: who, when and why
    HOME/held/.decided/<sender>.<stamp>.<asked>.json  the same and its outcome, for auditors

The watcher alone writes to the topics: a command leaves its request here, whether a watcher runs or not, and a sweep
carries it out. A request goes away when its outcome is on record.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from producers.watcher import durable
from producers.watcher.arrival import is_stamp, moment_of, stamp_of
from producers.watcher.inbox import names
from schemas.errors import PupilstreamError
from schemas.process.log import get_logger

Action = Literal["release", "reject"]

_HELD: Final = "held"
_ASKED: Final = ".asked"
_DECIDED: Final = ".decided"
_END: Final = ".json"


class AskedAlreadyError(PupilstreamError):
    """Somebody has decided about a file, and the watcher has not done it yet."""

    def __init__(self) -> None:
        super().__init__("Somebody has decided about this file, and the watcher has not done it yet: wait for it.")


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that waits for a person."""

    sender: str
    received_at: datetime
    path: Path

    @property
    def key(self) -> str:
        """What a person calls it by."""
        return f"{self.sender}/{stamp_of(self.received_at)}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody wants done with a held file."""

    sender: str
    received_at: datetime
    action: Action
    by: str
    why: str
    asked_at: datetime

    @property
    def identity(self) -> tuple[str, datetime]:
        """What the ledger knows the file by."""
        return self.sender, self.received_at

    @property
    def words(self) -> str:
        """For the receipt, which the sender reads."""
        done = "released" if self.action == "release" else "rejected"
        return f"The council looked at it on {self.asked_at:%d/%m/%Y} and {done} it: {self.why}"

    def file(self, home: Path) -> Path | None:
        """Where the file lies now; None when it has been put away."""
        place = home / _HELD / self.sender / stamp_of(self.received_at)
        return next((place / name for name in sorted(names(place)) if not name.startswith(".")), None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a decision; `state` is still `held` where it could not be carried out, for the reason given."""

    state: str
    dataset: str | None
    delivery_seq: int | None
    reason: str | None


def held_files(home: Path) -> list[HeldFile]:
    """Every file that waits for a person, the oldest first."""
    found = [
        HeldFile(sender, moment_of(stamp), home / _HELD / sender / stamp / name)
        for sender in names(home / _HELD)
        for stamp in filter(is_stamp, names(home / _HELD / sender))
        for name in names(home / _HELD / sender / stamp)
        if not name.startswith(".")
    ]
    return sorted(found, key=lambda file: (file.received_at, file.sender))


def ask(home: Path, decision: Decision) -> None:
    """Leave a request for the watcher; whole or not at all.

    Raises:
        AskedAlreadyError: one waits already.

    """
    folder = durable.private_folder(durable.private_folder(home / _HELD) / _ASKED)
    draft = folder / f".{uuid.uuid4().hex}"
    durable.write(draft, _json(decision).encode())
    try:
        os.link(draft, folder / _request(decision.identity))
    except FileExistsError:
        raise AskedAlreadyError from None
    finally:
        draft.unlink()
    durable.sync_folder(folder)


def is_asked(home: Path, identity: tuple[str, datetime]) -> bool:
    """Whether a decision about this file still waits for the watcher."""
    return (home / _HELD / _ASKED / _request(identity)).exists()


def asked(home: Path) -> list[Decision]:
    """What is to be done, in the order asked; what is no request is put aside."""
    found = [decision for name in _requests(home) if (decision := _read(home, name)) is not None]
    return sorted(found, key=lambda decision: decision.asked_at)


def identities(home: Path) -> Iterator[tuple[str, datetime]]:
    """The held files about which something was decided."""
    yield from (decision.identity for decision in asked(home))


def waiting(home: Path) -> int:
    """How many decisions are still to be carried out."""
    return len(_requests(home))


def close(home: Path, decision: Decision, outcome: Outcome) -> None:
    """Put the outcome on record and the request away; may be done again after a crash."""
    folder = durable.private_folder(home / _HELD / _DECIDED)
    durable.write(_record(folder, decision), _json(decision, **asdict(outcome)).encode())
    durable.sync_folder(folder)
    (home / _HELD / _ASKED / _request(decision.identity)).unlink(missing_ok=True)
    durable.sync_folder(home / _HELD / _ASKED)


def outcome_of(home: Path, decision: Decision) -> Outcome | None:
    """What came of it; None: it still waits."""
    try:
        told = json.loads(_record(home / _HELD / _DECIDED, decision).read_bytes())
    except FileNotFoundError:
        return None
    return Outcome(told["state"], told["dataset"], told["delivery_seq"], told["reason"])


def _requests(home: Path) -> list[str]:
    return [name for name in names(home / _HELD / _ASKED) if not name.startswith(".") and name.endswith(_END)]


def _read(home: Path, name: str) -> Decision | None:
    path = home / _HELD / _ASKED / name
    try:
        decision = _decision(json.loads(path.read_bytes()))
        understood = _request(decision.identity) == name
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        understood = False
    if not understood:
        get_logger().error("held_request_not_understood")
        path.rename(durable.private_folder(home / _HELD / _DECIDED) / f"not-understood.{uuid.uuid4().hex}")
        return None
    return decision


def _decision(told: dict[str, Any]) -> Decision:
    return Decision(
        sender=str(told["sender"]),
        received_at=datetime.fromisoformat(told["received_at"]),
        action=_action(told["action"]),
        by=str(told["by"]),
        why=str(told["why"]),
        asked_at=datetime.fromisoformat(told["asked_at"]),
    )


def _action(text: str) -> Action:
    if text == "release":
        return "release"
    if text == "reject":
        return "reject"
    raise ValueError


def _request(identity: tuple[str, datetime]) -> str:
    sender, received_at = identity
    return f"{sender}.{stamp_of(received_at)}{_END}"


def _record(folder: Path, decision: Decision) -> Path:
    return folder / f"{decision.sender}.{stamp_of(decision.received_at)}.{stamp_of(decision.asked_at)}{_END}"


def _json(decision: Decision, **more: Any) -> str:
    told = {**asdict(decision), **more}
    return json.dumps({name: _plain(value) for name, value in told.items()}, ensure_ascii=False, indent=1) + "\n"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
