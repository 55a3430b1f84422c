"""The broker's jars: listed in `kafka/jars.lock`, fetched once into the cache, each checked against its SHA-256.

The list is Maven's own resolution, written down: nothing is resolved here, every jar is named exactly. A cache that is
half filled or damaged is repaired, and any number of processes may fill it at the same time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from deploy.errors import ServerError
from schemas.process.settings import cache_folder

KAFKA_VERSION: Final = "4.4.0"
LOCK_FILE: Final = Path(__file__).parents[1] / "kafka" / "jars.lock"
ROUNDS: Final = 3
DOWNLOADS_AT_ONCE: Final = 8
TIMEOUT_S: Final = 60


@dataclass(frozen=True, slots=True)
class Jar:
    """One file of Maven Central."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        """Its file name."""
        return f"{self.artifact}-{self.version}.jar"


def locked_jars() -> tuple[Jar, ...]:
    """The jars of the broker, in the order of the class path."""
    return tuple(map(_jar, LOCK_FILE.read_text(encoding="utf-8").splitlines()))


def broker_jars(cache: Path | None = None) -> tuple[Path, ...]:
    """Every jar of the broker, in place and intact; what is missing is fetched first.

    Raises:
        ServerError: when a jar cannot be had.

    """
    folder = (cache or cache_folder()).absolute() / f"kafka-{KAFKA_VERSION}"
    jars = locked_jars()
    missing = _missing(jars, folder)
    failures: list[str] = []
    for _ in range(ROUNDS):
        if not missing:
            return tuple(folder / jar.name for jar in jars)
        failures = _fetch(missing, folder)
        missing = _missing(missing, folder)
    raise ServerError(
        f"Kafka could not be fetched: {len(missing)} of {len(jars)} jars are missing ({failures[0]}). Check the "
        f"connection to Maven Central (HTTPS_PROXY; a mirror goes into the [repositories] of jgo's configuration), or "
        f"copy {folder} from a machine that has it, or name a running broker with --kafka HOST:PORT."
    )


def _jar(line: str) -> Jar:
    coordinates, sha256 = line.split()
    group, artifact, version = coordinates.split(":")
    return Jar(group, artifact, version, sha256)


def _missing(jars: Iterable[Jar], folder: Path) -> list[Jar]:
    return [jar for jar in jars if not is_intact(jar, folder / jar.name)]


def is_intact(jar: Jar, path: Path) -> bool:
    """Whether the file is that very jar."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


def _fetch(jars: Sequence[Jar], folder: Path) -> list[str]:
    """One attempt at each jar; the reasons of those that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".fetching-", dir=folder) as draft, ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        attempt = partial(_fetch_one, repository=_repository(Path(draft)), folder=folder)
        return [reason for reason in pool.map(attempt, jars) if reason]


def _repository(draft: Path) -> Any:
    """Maven Central and the mirrors that this machine's jgo configuration names, downloading into a draft folder."""
    from jgo.config import GlobalSettings  # noqa: PLC0415 - a third of a second, needed once a machine
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415 - as above
    from jgo.maven import MavenContext  # noqa: PLC0415 - as above

    repositories = {**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL}
    return MavenContext(repo_cache=draft, remote_repos=repositories, timeout=TIMEOUT_S)


def _fetch_one(jar: Jar, *, repository: Any, folder: Path) -> str | None:
    """Bring one jar into the folder, if it is the right one; otherwise the reason why not."""
    try:
        draft: Path = repository.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (OSError, RuntimeError) as error:  # all that jgo and requests raise
        return f"{jar.name}: {type(error).__name__}"
    if not is_intact(jar, draft):
        return f"{jar.name}: its SHA-256 is not the one in {LOCK_FILE.name}"
    draft.replace(folder / jar.name)
    return None
