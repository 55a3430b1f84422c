"""The bad files at once through a whole installation: watcher, broker, consumers, database, each a process.

One file for each different answer of a case, each from a school of its own (or the council), and a stage of good
files for what only the consumers see.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from schemas.codec import decode, schema_of
from schemas.events import DeliveryBegun, LedgerEntry, RejectedRow
from schemas.process.kafka import read_to_end
from schemas.topics import LEDGER, REJECTS, TOPIC_OF_DATASET
from tests.bad_input.case import Case, Example
from tests.bad_input.catalogue import CASES
from tests.bad_input.draft import RECEIVED_ON, ROWS, Draft, good
from tests.support.installation import Installation, ask, installation

STAGE: Final = "8319999"
STAGE_SERIES: Final = 900
V30, V09, V27, V29, V41 = range(5)
"""The rows of the stage's children, by what is wrong with them; V30 is marked present though suspended."""
PLACE: Final = 3
_FIRST_SCHOOL: Final = 8_310_001
_HOUR_NS: Final = 3600 * 10**9


@dataclass(frozen=True, slots=True)
class Sent:
    """One bad file, and how many good ones its sender sent before it."""

    case: Case
    example: Example
    draft: Draft
    before: int

    @property
    def id(self) -> str:
        """Case and kind of file, and what tells it from the other files of the case."""
        return self.draft.name.removesuffix(".csv")

    @property
    def is_alone(self) -> bool:
        """Whether nobody else's files lie in its sender's folders."""
        return self.draft.sender != "council"


def sent() -> list[Sent]:
    """Every bad file of the run."""
    return [_sent(case, example, number) for number, (case, example) in enumerate(_chosen())]


def _chosen() -> Iterator[tuple[Case, Example]]:
    for case in CASES:
        answers: dict[tuple[object, ...], Example] = {}
        for example in case.examples:
            key = (example.state, example.reason, example.refused, example.warned, example.profile, example.arrive)
            answers.setdefault(key, example)
        yield from ((case, example) for example in answers.values())


def _sent(case: Case, example: Example, number: int) -> Sent:
    sender = example.sender if example.sender == "council" else str(_FIRST_SCHOOL + number)
    draft = replace(example.draft(sender, PLACE, series=number), name=f"{case.id}-{example.dataset}-{number}.csv")
    return Sent(case, example, draft, len(example.before))


@dataclass(frozen=True)
class Run:
    """What came of it: everything an installation says or keeps."""

    made: Installation
    printed: str

    def receipt(self, one: Sent) -> tuple[dict[str, Any], str] | None:
        """The receipt of a bad file, for programs and for people."""
        written = (self.made.home / "receipts" / one.draft.sender).glob("*.json")
        found = [(json.loads(path.read_bytes()), path.with_suffix(".txt").read_text("utf-8")) for path in written]
        if one.is_alone:
            found = [(told, text) for told, text in found if not told["file_name"].startswith("before")]
        else:
            found = [(told, text) for told, text in found if told["file_name"] == one.draft.name]
        assert len(found) <= 1
        return found[0] if found else None

    def kept(self, folder: str, sender: str) -> list[str]:
        """The files that lie in a folder of the home for a sender."""
        place = self.made.home / folder / sender
        return [path.name for path in place.rglob("*") if not path.is_dir() or path.is_symlink()]

    @cached_property
    def entries(self) -> dict[tuple[str, str], LedgerEntry]:
        """The ledger, by sender and name of the file."""
        records = read_to_end(self.made.settings(), LEDGER)
        entries = [decode(record.value, LedgerEntry) for record in records if record.value is not None]
        return {(entry.sender, entry.file_name): entry for entry in entries}

    @cached_property
    def events(self) -> dict[tuple[str, str, int], int]:
        """How many rows of each delivery stand on the topics."""
        counts: dict[tuple[str, str, int], int] = {}
        for dataset, topic in TOPIC_OF_DATASET.items():
            key = ("", dataset, 0)
            for record in read_to_end(self.made.settings(), topic):
                value = record.value or b""
                name = schema_of(value).record
                if name == "DeliveryBegun":
                    begun = decode(value, DeliveryBegun)
                    key = (begun.sender, dataset, begun.delivery_seq)
                    counts[key] = 0
                elif name != "DeliveryCompleted":
                    counts[key] += 1
        return counts

    @cached_property
    def rejects(self) -> list[RejectedRow]:
        """Every refused row on its topic."""
        records = read_to_end(self.made.settings(), REJECTS)
        return [decode(record.value, RejectedRow) for record in records if record.value is not None]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return ask(self.made.settings().postgres, sql)

    @cached_property
    def deliveries(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """The view `delivery`, by sender and name of the file."""
        columns = "state, reason, rows_total, rows_accepted, rows_rejected, delivery_seq"
        rows = self.ask(f"SELECT sender, file_name, {columns} FROM reporting.delivery")
        return {(sender, name): tuple(rest) for sender, name, *rest in rows}

    @cached_property
    def rejected_rows(self) -> set[tuple[Any, ...]]:
        """The view `rejected_row`."""
        return set(self.ask("SELECT sender, delivery_seq, row, column_name, rule FROM reporting.rejected_row"))


@contextmanager
def run() -> Iterator[Run]:
    """Everything sent and worked off; the servers still run."""
    files = sent()
    with installation(today=RECEIVED_ON.isoformat()) as made:
        _write_register(made, files)
        for number, one in enumerate(files):
            _send(made, one, number)
        for number, draft in enumerate(_stage()):
            _put(made.inbox / draft.sender, draft, time.time_ns() - _HOUR_NS + 10**9 + number)
        yield Run(made, made.run("up", "--until-idle", expected=1))


def _write_register(made: Installation, files: Iterable[Sent]) -> None:
    lines = {one.draft.sender: one.draft.profile for one in files if one.is_alone} | {STAGE: ""}
    (made.home / "config").mkdir(mode=0o700)
    (made.home / "config" / "agreements.csv").write_text(
        "DfE No,School Name,Datasets,Profile\n"
        + "".join(f'{sender},School,attendance;exclusions,"{profile}"\n' for sender, profile in lines.items())
    )


def _send(made: Installation, one: Sent, number: int) -> None:
    """The files before it an hour ago, then the bad one; each sender's in the order of their times."""
    folder = made.inbox / one.draft.sender
    folder.mkdir(parents=True, exist_ok=True)
    moment = time.time_ns() - _HOUR_NS + number * 10
    for step, draft in enumerate(one.example.earlier(one.draft.sender, PLACE, series=number)):
        _put(folder, replace(draft, name=f"before-{step}-{one.draft.name}"), moment + step)
    if one.example.arrive is not None:
        one.example.arrive(folder, one.draft.name, one.draft.content())
    else:
        _put(folder, one.draft, moment + one.before)


def _put(folder: Path, draft: Draft, moment_ns: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{draft.name}.part"
    part.write_bytes(draft.content())
    os.utime(part, ns=(moment_ns, moment_ns))
    part.rename(folder / draft.name)


def staged(row: int) -> int:
    """The number in the tokens of a child of the stage."""
    return STAGE_SERIES * ROWS + row


def _stage() -> list[Draft]:
    """A school and an index that know each other's children, but for what each case has wrong."""
    index = good("pupils", "council", STAGE_SERIES).with_every(DfE_No=STAGE)
    marks = good("attendance", STAGE, STAGE_SERIES)
    marks = marks.with_cells(V09, Surname="Xqsentother", First_Name="Xqsenthim", DOB="2011-05-05")
    suspensions = good("exclusions", STAGE, STAGE_SERIES)
    suspensions = suspensions.with_cells(V27, Number_of_Sessions="91").with_cells(V29, Action_Code="CANC")
    left = replace(index, rows=tuple(row for place, row in enumerate(index.rows) if place != V41))
    drafts = {"index": index, "marks": marks, "suspensions": suspensions, "next index": left}
    return [replace(draft, name=f"stage {name}.csv") for name, draft in drafts.items()]
