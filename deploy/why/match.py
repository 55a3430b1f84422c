"""Why a school's pupil is who it is said to be: the decision in sentences, without a detail of any child."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from consumers.runtime import queries
from deploy.review.words import evidence, reasons
from deploy.why.explanation import Sources

_SQL: Final = "deploy.why"
_OUTCOMES: Final = {
    "certain": "Certain: this pupil is {pupil_id}.",
    "possible": "Possible: a person is asked. {shown}.",
    "new": "New: no child of the council's index.",
    "sealed": "Sealed: the row touches a sealed record, and nothing more is told here.",
}
_PATHS: Final = {
    "upn": "the UPN",
    "old_upn": "a child's former UPN that the school still sends",
    "former_upn": "the former UPN that the school gives",
    "admission_number": "school and admission number, with the details",
    "details": "names, date of birth and other details",
    "clerk": "a clerk's answer",
    "sealed": "an identifier",
    "none": "nothing that leads anywhere",
}


async def explain(sources: Sources, words: Sequence[str]) -> list[str]:
    """As `Explain`: school and pupil key (a UPN, `adm:<number>` or `id:<hash>`)."""
    sql, connection = queries.load(_SQL), sources.connection
    row = await connection.fetchrow(sql["match_of_pupil"], *words)
    if row is None:
        return []
    said = await connection.fetch(sql["answers_on_match"], row["question"])
    return report(dict(row), said)


def report(row: dict[str, Any], said: Sequence[asyncpg.Record]) -> list[str]:
    """The lines to print."""
    shown = f"Shown are {', '.join(row['candidates'])}" if row["candidates"] else "No child is shown"
    lines = [_OUTCOMES[row["outcome"]].format(pupil_id=row["pupil_id"], shown=shown), _source(row)]
    if row["outcome"] == "sealed":
        return lines
    lines.append(f"Found by {_PATHS[row['path']]}; decided by {'a clerk' if row['decided_by'] == 'clerk' else 'rule'}.")
    lines += [f"- {sentence}" for sentence in reasons(row["reasons"])]
    if row["evidence"]:
        lines += ["", *_weighed(row)]
    lines += [_answer(one) for one in said]
    return [
        *lines,
        "",
        f"Weights {row['rules']}. Question {row['question']}: `pupilstream review show` puts it side by side.",
    ]


def _source(row: dict[str, Any]) -> str:
    file = f" ({row['file_name']}, received {row['received_at']:%d %B %Y})" if row["file_name"] else ""
    return f"It rests on row {row['row']} of {row['dataset']} delivery {row['delivery_seq']}{file}."


def _weighed(row: dict[str, Any]) -> list[str]:
    best = row["candidates"][0]
    second = "nobody else comes near" if row["second"] is None else f"the next child has {row['second'] / 100:+.2f}"
    pieces = [f"  {piece.bar:<16} {piece.sentence}" for piece in evidence(row["evidence"])]
    return [f"What speaks for {best}: {row['score'] / 100:+.2f} bits ({second}).", *pieces]


def _answer(said: asyncpg.Record) -> str:
    child = f" of {said['pupil_id']}" if said["pupil_id"] else ""
    return f"{said['decided_by']} said{child} on {said['decided_at']:%d %B %Y}: {said['answer'].replace('_', ' ')}."
