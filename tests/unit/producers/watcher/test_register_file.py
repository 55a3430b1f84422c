"""The register as it changes on disk."""

from __future__ import annotations

from pathlib import Path

from producers.watcher.register_file import RegisterFile
from tests.support.inbox import OTHER_SCHOOL, SCHOOL, settings_of, write_register


def test_a_change_counts_when_it_has_been_quiet(tmp_path: Path) -> None:
    """A half-written register would refuse schools, so nothing is judged until it is stable."""
    settings = settings_of(tmp_path)
    file = RegisterFile(settings.home, settle_s=1.0)
    assert file.refresh(0.0)
    write_register(settings, SCHOOL)

    ready = [file.refresh(now) for now in (1.0, 1.5, 2.0)]

    assert ready == [False, False, True]
    assert set(file.register.lines) == {SCHOOL}


def test_an_unreadable_register_leaves_the_last_good_one(tmp_path: Path) -> None:
    """A mistake in the register stops no school."""
    settings = settings_of(tmp_path)
    file = RegisterFile(settings.home, settle_s=1.0)
    file.refresh(0.0)
    (settings.home / "config" / "agreements.csv").write_bytes(b"\xff")

    ready = [file.refresh(now) for now in (1.0, 2.0)]

    assert ready == [False, True]
    assert set(file.register.lines) == {SCHOOL, OTHER_SCHOOL}


def test_nothing_is_judged_before_there_has_been_a_good_one(tmp_path: Path) -> None:
    """A refused file is deleted, so a register that was broken from the start must be mended first."""
    settings = settings_of(tmp_path)
    (settings.home / "config" / "agreements.csv").write_bytes(b"\xff")

    assert not RegisterFile(settings.home, settle_s=1.0).refresh(0.0)


def test_without_a_register_nobody_may_send(tmp_path: Path) -> None:
    """A missing file is an empty register."""
    settings = settings_of(tmp_path)
    (settings.home / "config" / "agreements.csv").unlink()
    file = RegisterFile(settings.home, settle_s=1.0)

    assert file.refresh(0.0)
    assert file.register.lines == {}
