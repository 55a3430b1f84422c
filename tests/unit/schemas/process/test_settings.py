"""Settings: where they come from, which goes first, and that faults come together."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schemas.errors import ConfigError
from schemas.process.settings import load, write_installation


def home(folder: Path, toml: str = "") -> Path:
    """A home with a config folder."""
    (folder / "config").mkdir()
    (folder / "config" / "pupilstream.toml").write_text(toml)
    return folder


def test_a_bare_home_has_defaults(tmp_path: Path) -> None:
    """The inbox lies in the home, and a file settles in a second."""
    settings = load(home(tmp_path), {})

    assert (settings.inbox, settings.settle_s, settings.today) == (tmp_path / "inbox", 1.0, None)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    """PUPILSTREAM_... variables override the settings file."""
    settings = load(home(tmp_path, "settle_s = 5"), {"PUPILSTREAM_SETTLE_S": "0.2"})

    assert settings.settle_s == 0.2


def test_an_option_goes_before_the_environment(tmp_path: Path) -> None:
    """What a person types wins."""
    settings = load(home(tmp_path), {"PUPILSTREAM_KAFKA": "a:1"}, kafka="b:2")

    assert settings.kafka == "b:2"


def test_other_processes_read_what_up_wrote(tmp_path: Path) -> None:
    """The addresses and the date of a running home are known to every later command."""
    write_installation(home(tmp_path), kafka="127.0.0.1:9", today=date(2025, 9, 15), postgres=None)

    settings = load(tmp_path, {})

    assert (settings.kafka, settings.today) == ("127.0.0.1:9", date(2025, 9, 15))


def test_the_installation_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    """It holds the database's password."""
    write_installation(tmp_path, postgres="secret")

    assert (tmp_path / "run" / "installation.json").stat().st_mode & 0o777 == 0o600


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    """A person mends a file once."""
    with pytest.raises(ConfigError) as caught:
        load(home(tmp_path, 'settle_s = "soon"\ncolour = "red"\ntoday = "tomorrow"'), {})

    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(("shard", "shards"), [("2", "2"), ("-1", "2"), ("0", "0")])
def test_a_shard_that_does_not_exist_is_refused(tmp_path: Path, shard: str, shards: str) -> None:
    """A watcher of it would take no file, and say nothing."""
    with pytest.raises(ConfigError, match="no shard"):
        load(home(tmp_path), {"PUPILSTREAM_SHARD": shard, "PUPILSTREAM_SHARDS": shards})


def test_a_secret_does_not_show_itself(tmp_path: Path) -> None:
    """Neither the database's address nor the key stands in what is printed."""
    settings = load(home(tmp_path), {"PUPILSTREAM_POSTGRES": "postgresql://u:hunter2@h/d"})

    assert "hunter2" not in repr(settings)
    assert repr(settings.secret_key) not in repr(settings)


def test_the_key_of_an_installation_is_made_once(tmp_path: Path) -> None:
    """id: hashes of today must equal those of next year; nobody else may read the key."""
    first = load(home(tmp_path), {}).secret_key

    assert (load(tmp_path, {}).secret_key, len(first)) == (first, 32)
    assert (tmp_path / "config" / "secret.key").stat().st_mode & 0o777 == 0o600
