"""What `pupilstream review` does. Details of children go to the clerk's terminal alone: into no log and no file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import asyncpg
from rich.console import Console

from consumers.runtime.postgres import connect, translating
from deploy.review import screen
from deploy.review.answering import Verdict, events, publish, wait_until_obeyed
from deploy.review.questions import SCHEMA, Line, Question, Restricted, find, index_children, open_questions, restricted
from schemas.errors import ConfigError
from schemas.events import Answer
from schemas.process.settings import Settings

ANSWERS: Final[dict[str, Answer]] = {
    "same": "same",
    "different": "different",
    "cannot-tell": "cannot_tell",
    "withdraw": "withdrawn",
}
"""As they are typed; the last takes back what was said before."""

Result = TypeVar("Result")
Echo = Callable[[str], None]


def show_all(settings: Settings, echo: Echo, *, school: str | None, as_json: bool, sealed: bool) -> bool:
    """List what waits; whether anything does."""

    async def read(connection: asyncpg.Connection) -> tuple[list[Line], list[Restricted]]:
        return await open_questions(connection, school), await restricted(connection, school)

    lines, apart = asyncio.run(_on_database(settings, read))
    if sealed:
        screen.show_restricted(apart, Console())
        return bool(apart)
    if as_json:
        echo(json.dumps([line._asdict() for line in lines]))
        return bool(lines)
    if lines:
        screen.show_list(lines, Console())
    echo(f"{len(lines)} open" + (f"; {len(apart)} more for those who may see sealed records" if apart else ""))
    return bool(lines)


def show(settings: Settings, name: str) -> None:
    """Put one question side by side; a sealed one is not shown.

    Raises:
        ConfigError: there is no such question, or it touches a sealed record.

    """
    screen.show_question(asyncio.run(_on_database(settings, lambda connection: _unsealed(connection, name))), Console())


def decide(settings: Settings, name: str, verdict: Verdict, echo: Echo) -> None:
    """Answer a question; no child named means the only one shown, and for `cannot_tell` all that are.

    Raises:
        ConfigError: no such question, or it is not clear which child is meant.
        BrokerError: the answer may not have been taken.

    """

    async def answer(connection: asyncpg.Connection) -> bool:
        question = await _unsealed(connection, name)
        meant = await _meant(connection, question, verdict)
        said = events(question, Verdict(verdict.answer, meant, verdict.by, verdict.why), settings)
        await asyncio.to_thread(publish, settings, said)
        return await wait_until_obeyed(connection, said)

    obeyed = asyncio.run(_on_database(settings, answer))
    echo("answered, and matching obeys it" if obeyed else "answered; matching obeys it as soon as it runs")


async def _unsealed(connection: asyncpg.Connection, name: str) -> Question:
    question = await find(connection, name)
    if question.outcome == "sealed":
        raise ConfigError("This row touches a sealed record: it is not shown, and not for this queue")
    return question


async def _meant(connection: asyncpg.Connection, question: Question, verdict: Verdict) -> Sequence[str | None]:
    named = [pupil_id for pupil_id in verdict.pupil_ids if pupil_id]
    if named:
        if len(await index_children(connection, named)) != len(set(named)):
            raise ConfigError("A pupil id that the index does not have: `pupilstream review show` has those to choose")
        if verdict.answer == "same" and len(named) > 1:
            raise ConfigError("The row can be the same as one child only: name one with --pupil")
        return named
    shown = [child.pupil_id for child, _ in question.children]
    if verdict.answer == "withdrawn":
        return sorted({said.pupil_id for said in question.said}, key=lambda pupil_id: pupil_id or "")
    if verdict.answer == "cannot_tell":
        return [*shown, None]
    if len(shown) != 1:
        raise ConfigError(f"Which child? {len(shown)} are shown: name one with --pupil")
    return shown


async def _on_database(settings: Settings, ask: Callable[[asyncpg.Connection], Awaitable[Result]]) -> Result:
    connection = await connect(settings, SCHEMA)
    try:
        with translating():
            return await ask(connection)
    finally:
        await connection.close()
