"""What an installation is told: read once, frozen, every fault reported together.

Order: environment (`PUPILSTREAM_...`), `HOME/config/pupilstream.toml`, what `up` wrote into `HOME/run/`, defaults.
Secrets come from files of the home, never from arguments. The only reader of environment variables.
"""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

from schemas.errors import ConfigError
from schemas.process.clock import Clock

PREFIX: Final = "PUPILSTREAM_"


class Secret(str):
    """A text that does not show itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('***')"


NO_SECRET: Final = Secret("")
LOOKED_AFTER: Final = "1"


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation, as one process sees it. Durations in seconds, sizes in bytes."""

    home: Path
    inbox: Path
    kafka: str = ""
    postgres: Secret = NO_SECRET
    topic_prefix: str = ""
    today: date | None = None
    settle_s: float = 1.0
    sweep_s: float = 1.0
    shard: int = 0
    shards: int = 1
    instance: str = LOOKED_AFTER
    parked_limit: int = 5
    heap_mb: int = 512
    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"
    secret_key: bytes = field(default=b"", repr=False)

    @property
    def clock(self) -> Clock:
        """The clock that rules are judged by."""
        return Clock(self.today)

    @property
    def looked_after(self) -> bool:
        """Whether this is the one process of its kind that `up` takes care of, and no further instance beside it."""
        return self.instance == LOOKED_AFTER

    def topic(self, name: str) -> str:
        """The name of a catalogue topic on this installation's broker."""
        return f"{self.topic_prefix}{name}"

    def name(self, what: str) -> str:
        """The name of a consumer group or transactional id on this installation's broker."""
        return f"{self.topic_prefix}{what}"


class Asked(TypedDict, total=False):
    """What the options of a command may ask for; None asks for nothing."""

    inbox: Path | None
    kafka: str | None
    postgres: str | None
    today: date | None


def load(
    home: Path, environment: Mapping[str, str] | None = None, *, remembered: bool = True, **given: Unpack[Asked]
) -> Settings:
    """The settings of a home; `given` (options of a command) goes before everything else, where it is not None.

    `remembered=False` leaves out what the last `up` wrote: for `up` itself.

    Raises:
        ConfigError: with every fault found, one a line.

    """
    faults: list[str] = []
    last = read_installation(home) if remembered else {}
    merged: dict[str, Any] = {
        **{name: value for name, value in last.items() if name in _KINDS},
        **_from_toml(home / "config" / "pupilstream.toml", faults),
        **_from_environment(os.environ if environment is None else environment),
        **{name: value for name, value in given.items() if value is not None},
    }
    values = {name: _converted(name, merged[name], faults) for name in merged if name in _KINDS}
    faults += [f"Unknown setting {name!r}: see docs/settings.md." for name in merged if name not in _KINDS]
    if faults:
        raise ConfigError("\n".join(faults))
    values.setdefault("inbox", home / "inbox")
    settings = Settings(home=home, secret_key=_secret_key(home), **values)
    if not 0 <= settings.shard < settings.shards:
        raise ConfigError(
            f"There is no shard {settings.shard} of {settings.shards}: `shard` counts from 0 to `shards` - 1."
        )
    return settings


def default_home(environment: Mapping[str, str] | None = None) -> Path | None:
    """The home that `PUPILSTREAM_HOME` names."""
    named = (os.environ if environment is None else environment).get(f"{PREFIX}HOME")
    return Path(named) if named else None


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where fetched programs are kept between installations."""
    told = os.environ if environment is None else environment
    named = told.get(f"{PREFIX}CACHE")
    general = told.get("XDG_CACHE_HOME")
    return Path(named) if named else (Path(general) if general else Path.home() / ".cache") / "pupilstream"


def java_home(environment: Mapping[str, str] | None = None) -> Path | None:
    """The Java that `PUPILSTREAM_JAVA_HOME` names."""
    named = (os.environ if environment is None else environment).get(f"{PREFIX}JAVA_HOME")
    return Path(named) if named else None


def write_installation(home: Path, **values: object) -> None:
    """Keep what other processes of this home must know: addresses, inbox, date; readable by the owner alone."""
    folder = home / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".installation.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({name: str(value) for name, value in values.items() if value is not None}))
    draft.replace(folder / "installation.json")


def read_installation(home: Path) -> dict[str, str]:
    """What the last `up` of this home wrote, or nothing."""
    try:
        loaded: dict[str, str] = json.loads((home / "run" / "installation.json").read_text())
    except FileNotFoundError:
        return {}
    return loaded


def _from_toml(path: Path, faults: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        faults.append(f"{path} is not valid TOML: mend or remove it.")
        return {}


def _from_environment(told: Mapping[str, str]) -> dict[str, str]:
    names = {name.removeprefix(PREFIX).lower(): value for name, value in told.items() if name.startswith(PREFIX)}
    return {name: value for name, value in names.items() if name in _KINDS and value != ""}


_KINDS: Final[dict[str, Any]] = {
    "inbox": Path,
    "kafka": str,
    "postgres": Secret,
    "topic_prefix": str,
    "today": lambda value: value if isinstance(value, date) else date.fromisoformat(value),
    "settle_s": float,
    "sweep_s": float,
    "shard": int,
    "shards": int,
    "instance": str,
    "parked_limit": int,
    "heap_mb": int,
    "metrics_port": int,
    "metrics_host": str,
}


def _converted(name: str, value: object, faults: list[str]) -> Any:
    try:
        return _KINDS[name](value)
    except (TypeError, ValueError):
        faults.append(f"{PREFIX}{name.upper()} has a value of the wrong form: see docs/settings.md.")
        return None


def _secret_key(home: Path) -> bytes:
    """The installation's own key for id: hashes, made once; a home that is not there yet gets one for the moment."""
    path = home / "config" / "secret.key"
    if not path.parent.is_dir():
        return secrets.token_bytes(32)
    if not path.exists():
        draft = path.with_name(f".secret.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process of this home was first: its key counts
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()
