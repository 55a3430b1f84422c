"""What a case is: its words, the generators of its files, and the answer that each of them must get."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from producers.feeds.findings import Finding
from schemas.events import Dataset
from tests.bad_input.draft import Draft, good

State = Literal["accepted", "rejected", "held", "duplicate", "waiting"]
Where = Literal["row", "copy", "every", "file"]
Spoil = Callable[[Draft, int], Draft]
"""A generator: breaks a draft at a row, or as a whole."""
Arrive = Callable[[Path, str, bytes], None]
"""Puts bytes into a sender's folder under a name, in some way of its own."""

COUNCIL: frozenset[Dataset] = frozenset({"pupils", "calendar"})


@dataclass(frozen=True, slots=True)
class Told:
    """One finding of a receipt: at the spoilt row, at its copy at the end, at every row, or on the whole file."""

    rule: str
    column: str | None = None
    where: Where = "row"


@dataclass(frozen=True, slots=True)
class Example:
    """One file of a case.

    Attributes:
        state: `waiting`: it stays where it is, and nothing is said of it.
        blank: how many of its records are blank.
        counted: it is rejected only after its rows were counted.
        before: what the same sender delivered before it, each spoilt from the same draft.
        alone: it changes every row or how all are read, and so goes with no other case.
        arrive: how it gets into the inbox, if not by a rename.

    """

    dataset: Dataset
    spoil: Spoil
    state: State = "accepted"
    reason: str | None = None
    refused: tuple[Told, ...] = ()
    warned: tuple[Told, ...] = ()
    blank: int = 0
    counted: bool = False
    profile: str = ""
    before: tuple[Spoil, ...] = ()
    alone: bool = False
    arrive: Arrive | None = None

    def draft(self, sender: str, place: int, series: int = 0) -> Draft:
        """The bad file."""
        return self.spoil(self._good(sender, series), place)

    def earlier(self, sender: str, place: int, series: int = 0) -> list[Draft]:
        """The files before it, good ones as far as they must be."""
        return [spoil(self._good(sender, series), place) for spoil in self.before]

    def _good(self, sender: str, series: int) -> Draft:
        return replace(good(self.dataset, sender, series), profile=self.profile)

    @property
    def sender(self) -> str:
        """Who sends it, where any school will do."""
        return "council" if self.dataset in COUNCIL else "8309996"


@dataclass(frozen=True, slots=True)
class Case:
    """One of the 101.

    Attributes:
        id: as in the reference page that all rules are named after.
        words: what is wrong.
        examples: one file or more, each with its answer.
        also: what no receipt shows, in words for the page.
        shown_by: the test that shows what `also` says, where no example can.

    """

    id: str
    words: str
    examples: tuple[Example, ...] = ()
    also: str = ""
    shown_by: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receipt must say, to the row."""

    states: frozenset[State]
    reasons: frozenset[str | None]
    rows_total: int | None
    rows_accepted: int | None
    rejected: frozenset[Finding]
    warnings: frozenset[Finding]


def answer_to(draft: Draft, *spoilt: tuple[Example, int]) -> Answer:
    """What the receipt of a draft says that was spoilt at these places, in this order."""
    stopping = [example for example, _ in spoilt if example.state == "rejected"]
    stopping = stopping or [example for example, _ in spoilt if example.state != "accepted"]
    counted = all(example.counted for example in stopping) if stopping else True
    if stopping and stopping[0].state in {"duplicate", "waiting"}:
        counted = False
    rejected = frozenset(_findings(draft, spoilt, lambda example: example.refused))
    warnings = frozenset(_findings(draft, spoilt, lambda example: example.warned))
    refused_rows = {finding.row for finding in rejected if finding.row}
    total = len(draft.rows) - sum(example.blank for example, _ in spoilt)
    held_or_accepted = not stopping or stopping[0].state == "held"
    known = counted or held_or_accepted
    return Answer(
        states=frozenset(example.state for example in stopping) or frozenset({"accepted"}),
        reasons=frozenset(example.reason for example in stopping) or frozenset({None}),
        rows_total=total if known else None,
        rows_accepted=(total - len(refused_rows) if held_or_accepted else 0) if known else None,
        rejected=rejected if known else frozenset(found for found in rejected if found.row is None),
        warnings=frozenset(found for found in warnings if found.row not in refused_rows) if known else frozenset(),
    )


def _findings(
    draft: Draft, spoilt: Iterable[tuple[Example, int]], told: Callable[[Example], tuple[Told, ...]]
) -> Iterator[Finding]:
    copies = len(draft.rows) - sum(_copies(example) for example, _ in spoilt)
    for example, place in spoilt:
        copies += _copies(example)
        for each in told(example):
            yield from (Finding(row, each.column, each.rule) for row in _rows(draft, each.where, place, copies))


def _copies(example: Example) -> bool:
    """Whether it has put a row at the end."""
    return any(told.where == "copy" for told in (*example.refused, *example.warned))


def _rows(draft: Draft, where: Where, place: int, copy: int) -> Iterable[int | None]:
    match where:
        case "row":
            return (place + 1,)
        case "copy":
            return (copy,)
        case "every":
            return range(1, len(draft.rows) + 1)
        case "file":
            return (None,)
