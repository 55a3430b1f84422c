"""The registry of views that can be explained, and the command that asks one of them.

A new explanation is a module of its own beside this one, with a function that is an `Explain`, and one entry in
`EXPLANATIONS`; its SQL stands in `sql/queries.sql`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from consumers.runtime.postgres import connect, translating
from deploy.why import match, pupil_absence, suspension
from deploy.why.explanation import Explanation, Sources
from schemas.errors import ConfigError
from schemas.process.settings import Settings

EXPLANATIONS: Final[Mapping[str, Explanation]] = {
    "pupil_absence": Explanation(
        shows="How a pupil's absence rate is made, and the files and rows it comes from.",
        key=("DFE", "UPN"),
        optional=("YEAR",),
        example="8309996 H830999624001 2025",
        explain=pupil_absence.explain,
    ),
    "match": Explanation(
        shows="Who a school's pupil is, or why nobody is sure: reasons and evidence.",
        key=("DFE", "UPN"),
        example="8309996 H830999624001",
        explain=match.explain,
    ),
    "suspension": Explanation(
        shows="Which rows of which files tell of a suspension, its chain and day six, and what was told.",
        key=("DFE", "UPN", "START"),
        optional=("TYPE",),
        example="8309996 H830999624001 2026-09-14",
        explain=suspension.explain,
    ),
}
"""By view; in the order in which `--help` lists them."""


def views_and_keys() -> list[tuple[str, str]]:
    """Each view with its key, and what is told of it: for `--help`."""
    return [(f"{view} {one.usage}", f"{one.shows} Example: {one.example}") for view, one in EXPLANATIONS.items()]


def checked(view: str, words: Sequence[str]) -> Explanation:
    """The explanation that is asked for.

    Raises:
        ConfigError: no such view, or not as many words as its key has.

    """
    explanation = EXPLANATIONS.get(view)
    if explanation is None:
        raise ConfigError(f"No explanation of that view. There is one of: {', '.join(EXPLANATIONS)}")
    if not explanation.takes(len(words)):
        raise ConfigError(f"The key of {view} is {explanation.usage}, for example: {explanation.example}")
    return explanation


def why(settings: Settings, view: str, words: Sequence[str], echo: Callable[[str], None]) -> bool:
    """Print what is behind one row of a view; whether anything is known of it.

    Raises:
        ConfigError: as `checked`.
        RetryableError: the database did not answer.
        BrokerError: the broker did not.

    """
    lines = asyncio.run(_ask(settings, checked(view, words), words))
    for line in lines or [f"Nothing is known of {view} {' '.join(words)}."]:
        echo(line)
    return bool(lines)


async def _ask(settings: Settings, explanation: Explanation, words: Sequence[str]) -> list[str]:
    connection = await connect(settings, "reporting")
    try:
        with translating():
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await explanation.explain(Sources(connection, settings), words)
    finally:
        await connection.close()
