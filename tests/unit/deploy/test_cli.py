"""The command line: help that a newcomer understands, and exit statuses."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from deploy.cli import cli, last_complete_year

COMMANDS = sorted(cli.commands)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """`--help` works on every level and says what the command does."""
    answer = CliRunner().invoke(cli, [command, "--help"])

    assert (answer.exit_code, len(answer.output.splitlines()) > 4) == (0, True)


def test_the_first_help_names_a_first_step() -> None:
    """A newcomer learns what to type next."""
    assert "pupilstream demo" in CliRunner().invoke(cli, ["--help"]).output


@pytest.mark.parametrize("command", ["env", "status", "down"])
def test_a_home_without_an_installation_is_wrong_use(command: str, tmp_path: Path) -> None:
    """The message says how to start one."""
    answer = CliRunner().invoke(cli, [command, "--home", str(tmp_path)], env={"PUPILSTREAM_HOME": ""})

    assert "pupilstream up" in str(answer.exception)


def test_the_home_may_stand_before_the_command(tmp_path: Path) -> None:
    """`--home` is understood anywhere on the line."""
    answer = CliRunner().invoke(cli, ["--home", str(tmp_path), "env"], env={"PUPILSTREAM_HOME": ""})

    assert str(tmp_path) in str(answer.exception)


def test_no_home_at_all_is_wrong_use() -> None:
    """Neither the line nor the environment names one."""
    answer = CliRunner().invoke(cli, ["env"], env={"PUPILSTREAM_HOME": ""})

    assert (answer.exit_code, "--home" in answer.output) == (click.UsageError.exit_code, True)


@pytest.mark.parametrize(
    ("today", "year"), [(date(2026, 11, 25), 2025), (date(2026, 8, 1), 2025), (date(2026, 7, 31), 2024)]
)
def test_the_last_complete_year(today: date, year: int) -> None:
    """An academic year is over on 31 July."""
    assert last_complete_year(today) == year


def test_released_schemas_can_be_checked_by_anybody() -> None:
    """It needs no home and no server."""
    answer = CliRunner().invoke(cli, ["schemas", "check"], env={"PUPILSTREAM_HOME": ""}, standalone_mode=False)

    assert (answer.return_value, answer.output.endswith(" 0 faults\n")) == (0, True)


def test_a_schema_that_was_edited_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken promise is named."""
    monkeypatch.setattr("schemas.compatibility.fingerprint", lambda _name: "another")

    answer = CliRunner().invoke(cli, ["schemas", "check"], standalone_mode=False)

    assert (answer.return_value, "LedgerEntry.v1: released, then edited" in answer.output) == (1, True)
