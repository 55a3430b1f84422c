"""Fetching the broker's jars, and mending a cache that is not whole. Needs Maven Central, or its mirror."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.errors import ServerError
from deploy.servers import jars
from deploy.servers.jars import Jar, broker_jars, locked_jars


@pytest.fixture(name="three_small_jars")
def _three_small_jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Jar]:
    """A list that names three of the jars only."""
    small = [jar for jar in locked_jars() if jar.artifact in {"slf4j-api", "metrics-core", "jspecify"}]
    lock_file(tmp_path / "jars.lock", small, monkeypatch)
    return small


def lock_file(path: Path, listed: list[Jar], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make these the jars of the broker."""
    path.write_text("".join(f"{jar.group}:{jar.artifact}:{jar.version} {jar.sha256}\n" for jar in listed))
    monkeypatch.setattr(jars, "LOCK_FILE", path)


def test_the_list_names_each_jar_once_and_exactly() -> None:
    """All 45 jars of Kafka 4.4.0 are listed, by version and SHA-256, under different file names."""
    listed = locked_jars()

    assert len({jar.name for jar in listed}) == 45
    assert all(len(jar.sha256) == 64 for jar in listed)
    assert {jar.version for jar in listed if jar.group == "org.apache.kafka"} == {jars.KAFKA_VERSION}


def test_an_empty_cache_is_filled_by_two_at_once(three_small_jars: list[Jar], tmp_path: Path) -> None:
    """Two starts that fetch into the same empty cache both end with every jar, and leave no drafts."""
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(broker_jars, [tmp_path, tmp_path])

    assert first == second
    assert sorted(path.name for path in first[0].parent.iterdir()) == sorted(jar.name for jar in three_small_jars)


def test_a_damaged_cache_is_mended(three_small_jars: list[Jar], tmp_path: Path) -> None:
    """A jar that is missing and one that is cut short are fetched again; the intact one is left alone."""
    missing, short, intact = broker_jars(tmp_path)
    before = intact.stat().st_ino
    missing.unlink()
    short.write_bytes(short.read_bytes()[:1000])

    mended = broker_jars(tmp_path)

    assert all(jars.is_intact(jar, path) for jar, path in zip(three_small_jars, mended, strict=True))
    assert intact.stat().st_ino == before


def test_a_jar_with_another_checksum_is_refused(
    three_small_jars: list[Jar], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Maven Central gives is not used unless it is what the list says; the message says what to do."""
    expected = replace(three_small_jars[0], sha256="0" * 64)
    lock_file(tmp_path / "other.lock", [expected], monkeypatch)

    with pytest.raises(ServerError, match=r"1 of 1 jars.*SHA-256.*--kafka HOST:PORT"):
        broker_jars(tmp_path)

    assert not any(path.suffix == ".jar" for path in (tmp_path / "kafka-4.4.0").iterdir())
