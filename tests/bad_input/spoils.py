"""The blows that cases deal to a draft, and short ways to write down what is answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from schemas.events import Dataset
from tests.bad_input.case import Example, Spoil, Told
from tests.bad_input.draft import ByteChange, Draft, LineChange

EVERY_DATASET: Final[tuple[Dataset, ...]] = ("attendance", "exclusions", "pupils", "calendar")
OF_SCHOOLS: Final[tuple[Dataset, ...]] = ("attendance", "exclusions")
OF_CHILDREN: Final[tuple[Dataset, ...]] = ("attendance", "exclusions", "pupils")

MARKER: Final = "Xqsentmarker"
"""Stands in a cell until its bytes are put there."""


def cell(column: str, text: str) -> Spoil:
    """One cell of the row."""
    return lambda draft, place: draft.with_cells(place, **{column: text})


def cells(**texts: str) -> Spoil:
    """Several cells of the row."""
    return lambda draft, place: draft.with_cells(place, **texts)


def every(**texts: str) -> Spoil:
    """Cells of every row."""
    return lambda draft, _: draft.with_every(**texts)


def copy(**texts: str) -> Spoil:
    """The row again at the end, with other texts."""
    return lambda draft, place: draft.with_copy(place, **texts)


def line(change: LineChange) -> Spoil:
    """The text of the row."""
    return lambda draft, place: draft.with_line(place, change)


def data(change: ByteChange) -> Spoil:
    """The bytes of the file."""
    return lambda draft, _: draft.with_bytes(change)


def cell_bytes(column: str, raw: bytes) -> Spoil:
    """The bytes of one cell of the row, as no writer of CSV would put them."""

    def spoil(draft: Draft, place: int) -> Draft:
        marker = MARKER + raw.hex()
        marked = draft.with_cells(place, **{column: marker})
        return marked.with_bytes(lambda content: content.replace(marker.encode(), raw))

    return spoil


def renamed(**headers: str) -> Spoil:
    """Other names for columns."""
    named = tuple((name.replace("_", " "), text) for name, text in headers.items())

    return lambda draft, _: replace(draft, headers=(*draft.headers, *named))


def unchanged(draft: Draft, _: int) -> Draft:
    """The good file itself."""
    return draft


def refuses(datasets: Iterable[Dataset], spoil: Spoil, reason: str, **more: Any) -> tuple[Example, ...]:
    """The whole file is rejected."""
    return tuple(Example(dataset, spoil, "rejected", reason, **more) for dataset in datasets)


def refuses_row(
    datasets: Iterable[Dataset], spoil: Spoil, rule: str, column: str | None = None, **more: Any
) -> tuple[Example, ...]:
    """The row is refused, the others go on."""
    return tuple(Example(dataset, spoil, refused=(Told(rule, column),), **more) for dataset in datasets)


def warns(
    datasets: Iterable[Dataset], spoil: Spoil, rule: str, column: str | None = None, **more: Any
) -> tuple[Example, ...]:
    """The row is accepted with a warning."""
    return tuple(Example(dataset, spoil, warned=(Told(rule, column),), **more) for dataset in datasets)


def warns_of_file(
    datasets: Iterable[Dataset], spoil: Spoil, rule: str, column: str | None = None, **more: Any
) -> tuple[Example, ...]:
    """The file is accepted with a warning on the whole of it."""
    return tuple(Example(dataset, spoil, warned=(Told(rule, column, "file"),), **more) for dataset in datasets)


def accepts(datasets: Iterable[Dataset], spoil: Spoil, **more: Any) -> tuple[Example, ...]:
    """Nothing is said of it."""
    return tuple(Example(dataset, spoil, **more) for dataset in datasets)
