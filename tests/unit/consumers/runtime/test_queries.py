"""Named queries: found by name, described, and unique."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from consumers.runtime import queries
from consumers.runtime.errors import FatalError


def package_with(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of the test's own with these queries."""
    name = f"queries_of_{folder.name.replace('-', '_')}"
    sql = folder / name / "sql"
    sql.mkdir(parents=True)
    (sql.parent / "__init__.py").touch()
    (sql / "queries.sql").write_text(text)
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    return name


def test_queries_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each query is what stands between its name and the next."""
    text = "-- name: one\n-- Gives one.\nSELECT 1;\n\n-- name: two\n-- Gives two.\nSELECT\n    2;\n"

    found = queries.load(package_with(tmp_path, text, monkeypatch))

    assert dict(found) == {"one": "-- Gives one.\nSELECT 1;", "two": "-- Gives two.\nSELECT\n    2;"}


@pytest.mark.parametrize(
    "text",
    ["-- name: one\nSELECT 1;\n", "-- name: one\n-- Gives one.\nSELECT 1;\n-- name: one\n-- Gives two.\nSELECT 2;\n"],
    ids=["not described", "name twice"],
)
def test_every_query_is_described_and_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A query without a describing line, or with another's name, is refused."""
    package = package_with(tmp_path, text, monkeypatch)

    with pytest.raises(FatalError):
        queries.load(package)
