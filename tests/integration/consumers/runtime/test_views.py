"""The views are made anew when their text changes, and nothing that others have on them is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

import asyncpg
import pytest

from consumers.runtime import migrations
from consumers.runtime.errors import FatalError
from consumers.runtime.migrations import install_views

Tell = Callable[[str], list[asyncpg.Record]]


@pytest.fixture(name="tell")
def _tell(database_dsn: str) -> Iterator[Tell]:
    """Run statements on a database that has the views; `install` makes them anew."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(database_dsn))

        def tell(statement: str) -> list[asyncpg.Record]:
            if statement == "install":
                runner.run(install_views(connection))
                return []
            return runner.run(connection.fetch(statement))

        yield tell
        runner.run(connection.close())


@pytest.fixture(name="role")
def _role(tell: Tell, topic_prefix: str) -> Iterator[str]:
    """A role of another team, which sees nothing yet."""
    name = f"{topic_prefix.removesuffix('.')}_team"
    tell(f"CREATE ROLE {name}")
    yield name
    tell("RESET ROLE")
    tell(f"DROP OWNED BY {name}")
    tell(f"DROP ROLE {name}")


@pytest.fixture(name="reworded")
def _reworded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The views of a version whose text is another: one file more."""
    found = migrations._sql_files
    more = tmp_path / "99_more.sql"
    more.write_text("CREATE VIEW more AS SELECT 1 AS one;")

    def with_one_more(folder: Traversable) -> list[Traversable]:
        return [*found(folder), more]

    monkeypatch.setattr(migrations, "_sql_files", with_one_more)
    return more


def test_views_of_the_same_text_are_left_alone(tell: Tell) -> None:
    """A start that changes nothing touches nothing."""
    before = tell("SELECT oid FROM pg_class WHERE relname = 'pupil_absence'")

    tell("install")

    assert tell("SELECT oid FROM pg_class WHERE relname = 'pupil_absence'") == before


def test_a_view_that_was_lost_comes_back(tell: Tell) -> None:
    """Whoever has dropped a view gets it again with the next start."""
    tell("DROP VIEW reporting.match")

    tell("install")

    assert tell("SELECT count(*) AS rows FROM reporting.match")[0]["rows"] == 0


@pytest.mark.usefixtures("reworded")
def test_what_others_have_on_the_views_outlives_another_text(tell: Tell, role: str) -> None:
    """Grants on schema, views, columns and functions, and a team's own views with theirs."""
    for statement in (
        "CREATE SCHEMA team",
        "CREATE VIEW team.outer_one AS SELECT dfe_no FROM reporting.match",
        "CREATE VIEW team.again AS SELECT count(*) FROM team.outer_one",
        f"GRANT USAGE ON SCHEMA reporting, team TO {role}",
        f"GRANT SELECT ON reporting.freshness, team.again TO {role}",
        f"GRANT SELECT (sender) ON reporting.delivery TO {role}",
    ):
        tell(statement)

    tell("install")
    tell(f"SET ROLE {role}")

    assert tell("SELECT count(*) AS rows FROM reporting.freshness")[0]["rows"] == 0
    assert tell("SELECT count(sender) AS rows FROM reporting.delivery")[0]["rows"] == 0
    assert tell("SELECT * FROM team.again")[0]["count"] == 0


def test_a_view_of_others_that_cannot_be_made_again_stops_everything(tell: Tell, reworded: Path) -> None:
    """It is named, and the views stay as they were."""
    tell("install")
    tell("CREATE VIEW public.of_others AS SELECT one FROM reporting.more")
    reworded.write_text("CREATE VIEW more AS SELECT 1 AS two;")

    with pytest.raises(FatalError, match=r"public\.of_others"):
        tell("install")

    assert tell("SELECT * FROM public.of_others")[0]["one"] == 1
