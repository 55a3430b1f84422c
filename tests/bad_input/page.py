"""`docs/bad-input.md`, made from the cases that the tests run. `python -m tests.bad_input.page` writes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from producers.feeds.rules import RULES
from producers.watcher.receipts import _REASONS
from tests.bad_input.case import Case, Example, Told
from tests.bad_input.catalogue import CHAPTERS
from tests.bad_input.spoils import EVERY_DATASET

PAGE: Final = Path(__file__).parents[2] / "docs" / "bad-input.md"

_OPENING: Final = """\
# Bad input, and the answer to each

Made from the cases that the tests run, by `python -m tests.bad_input.page`; do not edit it.

Every case has its generator in `tests/bad_input/`, and every generator's file goes through the rules at the first, a
middle and the last row, in random pairs with others, and through a whole installation. A rule begins with the number of
its case.

- *rejected*: nothing of the file is used, and the receipt says why.
- *held*: a person looks at the file first (`pupilstream held`).
- *row refused*: the row stands in the receipt and in `reporting.rejected_row`; all others go on.
- *warning*: the file or row is used, and the receipt says what to mend. A broken cell costs its row only where the cell
  is required, is the row's only key, or holds its marks; any other is read as missing.
- *duplicate*: nothing changes.
- *left*: it stays in the inbox, and nothing is said of it.

No answer, log or event holds a value of a cell.
"""
_RULES_OPENING: Final = """\
## What each rule says to a school

| rule | sentence in the receipt |
|---|---|
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_OPENING, *_chapters(), _RULES_OPENING + "\n".join(_rules())]) + "\n"


def _chapters() -> Iterator[str]:
    for title, cases in CHAPTERS.items():
        rows = [f"| {case.id} | {_cell(case.words)} | {_cell(_answer(case))} |" for case in cases]
        yield "\n".join([f"## {title}", "", "| case | what is wrong | answer |", "|---|---|---|", *rows, ""])


def _answer(case: Case) -> str:
    """Each different answer once, with the kinds of file that get it, where they differ."""
    kinds: dict[str, dict[str, None]] = defaultdict(dict)
    for example in case.examples:
        kinds[_words(example)][example.dataset] = None
    every = {example.dataset for example in case.examples}
    parts = [
        words if set(datasets) == every else f"{', '.join(d for d in EVERY_DATASET if d in datasets)}: {words}"
        for words, datasets in kinds.items()
    ]
    return ". ".join(filter(None, ["; ".join(parts), case.also.rstrip(".")])) + "."


def _words(example: Example) -> str:
    words = _of_rows(example) if example.state == "accepted" else {"waiting": "left"}.get(example.state, example.state)
    reason = f" `{example.reason}`" if example.reason else ""
    return words + reason + (" (by the profile)" if example.profile else "")


def _of_rows(example: Example) -> str:
    if example.refused:
        every = len(example.refused) > 1
        return f"{'each such row' if every else 'row'} refused {_named(example.refused)}"
    return f"warning {_named(example.warned)}" if example.warned else "accepted"


def _named(told: tuple[Told, ...]) -> str:
    return ", ".join(dict.fromkeys(f"`{each.rule}`" for each in told))


def _rules() -> Iterator[str]:
    for rule, sentence in sorted((RULES | _REASONS).items()):
        yield f"| `{rule}` | {_cell(sentence)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
