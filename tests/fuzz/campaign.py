"""The fuzzing itself: change a file, judge it, keep it if it reached anything new, and stop at the first fault."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tests.bad_input.catalogue import CASES
from tests.bad_input.draft import Draft, good
from tests.bad_input.spoils import EVERY_DATASET
from tests.fuzz.harness import SENDER, Harness, Outcome
from tests.fuzz.lines import Line, lines_reached
from tests.fuzz.mutator import Mutator

PROFILES: Final = (
    "", "", "", "dates=iso", "dates=dmy", "days=5", "sessions=plain", "sessions=separated", "sessions=fixed2",
    "sessions=collapsed", "marks==:I01,+:X01", "exclusions=full", "encoding=windows-1252", "delimiter=semicolon",
    f"test={SENDER}",
)  # fmt: skip
_MOST_BYTES: Final = 1_000_000
_KEPT_BYTES: Final = 100_000
_KEPT_FILES: Final = 3_000
_LARGE_EVERY: Final = 40


@dataclass(slots=True)
class Tally:
    """What has been done so far."""

    runs: int = 0
    lines: set[Line] = field(default_factory=set)
    signatures: set[tuple[object, ...]] = field(default_factory=set)
    slowest: float = 0.0
    largest: float = 0.0


class Campaign:
    """Files from valid ones, each from one that was found worth keeping."""

    def __init__(self, harness: Harness, seed: int) -> None:
        self._harness = harness
        self._chance = random.Random(seed)
        self._mutator = Mutator(seed)
        self._corpus = valid_files()
        self._bad = bad_files()
        self.tally = Tally()

    def run(self, goes_on: Callable[[Tally], bool]) -> str | None:
        """Go on as long as asked; what was found wrong with the file that lies there, or None."""
        while goes_on(self.tally):
            fault = self._one()
            if fault is not None:
                return fault
        return None

    def _one(self) -> str | None:
        content, profile = self._next(), self._chance.choice(PROFILES)
        self._harness.write(content)
        reached: set[Line] = set()
        try:
            with lines_reached(reached):
                outcome = self._harness.judge(profile)
            broken = self._harness.limits_broken(outcome)
            if broken:  # noting the lines takes time of its own
                outcome = self._harness.judge(profile)
                broken = self._harness.limits_broken(outcome)
        except Exception as error:  # noqa: BLE001 - any is a find
            return f"{type(error).__name__} under the profile {profile!r}"
        self._note(content, outcome, reached)
        return "; ".join(broken) or None

    def _next(self) -> bytes:
        content = self._mutator.mutated(self._chance.choice(self._corpus), self._bad, _MOST_BYTES)
        if self.tally.runs % _LARGE_EVERY == 0 and content:
            first, _, rest = content.partition(b"\n")
            content = (first + b"\n" + rest * (_MOST_BYTES // (len(rest) + 1)))[:_MOST_BYTES]
        return content

    def _note(self, content: bytes, outcome: Outcome, reached: set[Line]) -> None:
        tally = self.tally
        tally.runs += 1
        tally.slowest = max(tally.slowest, outcome.seconds)
        tally.largest = max(tally.largest, outcome.megabytes)
        is_new = not reached <= tally.lines or outcome.signature not in tally.signatures
        tally.lines |= reached
        tally.signatures.add(outcome.signature)
        if is_new and len(content) <= _KEPT_BYTES:
            if len(self._corpus) >= _KEPT_FILES:
                self._corpus[self._chance.randrange(len(self._corpus))] = content
            else:
                self._corpus.append(content)


def valid_files() -> list[bytes]:
    """What all others come from: every kind of file, marks in both shapes and three forms."""
    week, long = (
        good("attendance", SENDER),
        good("attendance", SENDER, 1).with_every(Sessions="/\\" * 21, Start_Date="2026-10-05"),
    )
    drafts = [good(kind, "council" if kind in {"pupils", "calendar"} else SENDER) for kind in EVERY_DATASET]
    drafts += [long, *(_written(week, separator) for separator in (" ", ",", "|"))]
    return [draft.content() for draft in drafts]


def bad_files() -> list[bytes]:
    """One file of each example of each case: parts of them go into others."""
    drafts = [example.draft(example.sender, 1) for case in CASES for example in case.examples if not example.counted]
    return [content for content in (draft.content() for draft in drafts) if len(content) <= _KEPT_BYTES]


def _written(draft: Draft, separator: str) -> Draft:
    rows = tuple({**row, "Sessions": separator.join(row["Sessions"])} for row in draft.rows)
    return Draft(draft.dataset, draft.sender, rows)


def for_seconds(seconds: float) -> Callable[[Tally], bool]:
    """Go on for so long."""
    ends = time.monotonic() + seconds
    return lambda _: time.monotonic() < ends


def for_runs(runs: int) -> Callable[[Tally], bool]:
    """Go on for so many files."""
    return lambda tally: tally.runs < runs
