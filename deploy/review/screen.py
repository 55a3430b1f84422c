"""A question on the clerk's terminal: the row and the children beside it, differences marked, evidence in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from consumers.matching.pupils import CouncilPupil
from deploy.review.questions import Line, Question, Restricted
from deploy.review.words import Told, reasons

_MARK = "≠ "


def show_list(lines: Sequence[Line], console: Console) -> None:
    """One line a question; nothing of any child."""
    table = Table("Question", "School", "From", "Candidates", "Why", box=None, pad_edge=False)
    for line in lines:
        why = " ".join(reasons(line.reasons))
        table.add_row(line.question, line.dfe_no, _source(line), str(line.candidates), why)
    console.print(table)


def show_restricted(lines: Sequence[Restricted], console: Console) -> None:
    """Where rows stand that touch sealed records, for those who may look there."""
    for line in lines:
        console.print(f"{line.question}  {line.dfe_no}  {_source(line)}", highlight=False)


def show_question(question: Question, console: Console) -> None:
    """Side by side, and below it what speaks for and against each child."""
    console.print(f"Question {question.name}, outcome {question.outcome}", highlight=False)
    for sentence in reasons(question.reasons):
        console.print(f"  {sentence}", highlight=False)
    console.print(_side_by_side(question))
    for place, (child, told) in enumerate(question.children, start=1):
        score = sum(piece.bits for piece in told) / 100
        console.print(f"\n{place}. {child.pupil_id}: {score:+.2f} bits", highlight=False)
        for piece in told:
            console.print(f"   {piece.bar:<16} {piece.sentence}", highlight=False, markup=False)
    for said in question.said:
        console.print(
            f"\n{said.decided_at:%d %B %Y}, {said.decided_by}: {said.answer.replace('_', ' ')}"
            f"{f' ({said.pupil_id})' if said.pupil_id else ''}{f': {said.why}' if said.why else ''}",
            highlight=False,
            markup=False,
        )
    console.print(
        f"\nAnswer: pupilstream review decide {question.name} same|different|cannot-tell --pupil ID --why TEXT",
        highlight=False,
        markup=False,
    )


def _side_by_side(question: Question) -> Table:
    seen = question.seen
    table = Table("", f"School {seen.dfe_no}", box=None, pad_edge=False)
    for place, (child, _) in enumerate(question.children, start=1):
        table.add_column(Text(f"{place}. {child.pupil_id}"))
    mine = {
        "Forename": seen.forename, "Surname": seen.surname, "Known as": seen.preferred_name,
        "Date of birth": _day(seen.dob), "Gender": seen.gender, "UPN": seen.upn, "Former UPN": seen.former_upn,
        "School": seen.dfe_no, "Admission number": seen.admission_number, "Record": _source(seen),
    }  # fmt: skip
    theirs = [_child(child) for child, _ in question.children]
    differing = [set(_differing(told)) for _, told in question.children]
    for heading, value in mine.items():
        cells = [
            Text(f"{_MARK}{one[heading] or '-'}", style="bold red") if heading in marked else Text(one[heading] or "-")
            for one, marked in zip(theirs, differing, strict=True)
        ]
        table.add_row(heading, Text(value or "-"), *cells)
    return table


def _child(child: CouncilPupil) -> dict[str, str | None]:
    return {
        "Forename": child.first_name, "Surname": child.surname, "Known as": child.preferred_name,
        "Date of birth": _day(child.dob), "Gender": child.gender, "UPN": child.upn, "Former UPN": child.former_upn,
        "School": child.dfe_no, "Admission number": child.admission_number,
        "Record": "current" if child.current else "not in the newest index",
    }  # fmt: skip


def _differing(told: Sequence[Told]) -> Iterator[str]:
    """The headings under which the two sides are not the same."""
    headings = {"dob": "Date of birth", "forename": "Forename", "surname": "Surname", "gender": "Gender", "upn": "UPN"}
    for piece in told:
        if piece.field == "school" and piece.level != "number":
            yield "Admission number" if piece.level == "same" else "School"
        elif piece.differs:
            yield headings[piece.field]


def _day(day: object) -> str | None:
    return f"{day:%d/%m/%Y}" if day else None


def _source(line: Line | Restricted | object) -> str:
    dataset, delivery_seq, row = (getattr(line, name) for name in ("dataset", "delivery_seq", "row"))
    return f"{dataset} {delivery_seq}, row {row}"
