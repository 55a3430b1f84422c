"""How fast matching is, by the CPU of this process, against an index of 120,000 children, from decoded columns."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import polars as pl

from consumers.matching import showing
from consumers.matching.app import consumer
from consumers.matching.deciding import decide
from consumers.matching.index import CouncilIndex
from consumers.matching.pupils import CouncilPupil, Seen
from consumers.matching.rules import current
from consumers.runtime.work import Delivery
from schemas import codec
from schemas.events import ROW_RECORDS, Dataset
from tests.support import backends
from tests.support.consumer_database import ConsumerDatabase, consumer_database, settings_for
from tests.support.matching_county import County, county
from tests.support.pupil_rows import SECRET_KEY, attendance_row, delivery

PUPILS: Final = 120_000
SEED: Final = 7
TRIES: Final = 3
WEEKS: Final = 30
SCHOOLS_WITH_A_YEAR: Final = 100


@dataclass(frozen=True, slots=True)
class Speed:
    """One figure: so many rows in so many seconds of this process's CPU, and by the clock."""

    what: str
    rows: int
    cpu_s: float
    wall_s: float

    @property
    def rows_a_second(self) -> float:
        """By CPU."""
        return self.rows / self.cpu_s


def speeds() -> Iterator[Speed]:
    """Every figure, one after the other, on a database server of the benchmark's own."""
    made = county(PUPILS, SEED)
    yield from _in_memory(made)
    with backends.postgres() as server, _database(server) as database:
        yield from _committed(database, made)


def _in_memory(made: County) -> Iterator[Speed]:
    first, again = (_schools([_as_known(child) for child in made.index], seq=seq) for seq in (1, 2))
    yield _unchanged("unchanged, one week in a file", first, again)
    years = [_year(work) for work in again[:SCHOOLS_WITH_A_YEAR]]
    yield _unchanged("unchanged, the year up to its 30th week in a file", years, years)
    index, rules = CouncilIndex(made.index), current()
    misspelt = [_misspelt(child) for child in made.index if len(child.first_name or "") > 3][:6_000]
    decide(misspelt[0], index, rules)

    def nameless() -> None:
        for seen in misspelt:
            decide(seen, index, rules)

    yield _best("no UPN, no number, forename misspelt", len(misspelt), nameless)


def _unchanged(what: str, first: Sequence[Delivery], again: Sequence[Delivery]) -> Speed:
    """Files that say what those before them said."""
    held = [_held(showing.shown(work, SECRET_KEY)) for work in first]
    rolls = [showing.Roll(1, dict.fromkeys(known, 1)) for known in held]

    def unchanged() -> None:
        for work, known, roll in zip(again, held, rolls, strict=True):
            assert not showing.changes(showing.shown(work, SECRET_KEY), known, roll).keys

    return _best(what, sum(work.rows.height for work in again), unchanged)


def _year(work: Delivery) -> Delivery:
    """The same pupils with a row for each of thirty weeks, as schools send them."""
    rows = work.rows
    weeks = [
        rows.with_columns(
            start_date=pl.col("start_date") + timedelta(weeks=week),
            row=(pl.col("row") + week * rows.height).cast(pl.Int32),
        )
        for week in range(WEEKS)
    ]
    return replace(work, rows=pl.concat(weeks))


def _committed(database: ConsumerDatabase, made: County) -> Iterator[Speed]:
    first, later = (_snapshot(made.index, seq) for seq in (1, 2))
    weeks = _schools([_as_known(child) for child in made.index], seq=1)
    mixed = _schools([shown.seen for shown in made.feed], seq=2)
    gc.freeze()  # the county is the benchmark's own: no consumer has it to look through
    yield _timed("the council's first index", len(made.index), lambda: database.apply(first))
    yield _timed("first week of every school, committed", len(made.index), lambda: database.apply(*weeks))
    yield _timed("mixed week of every school, committed", len(made.feed), lambda: database.apply(*mixed))
    yield _timed("an index as before: all judged anew", len(made.index), lambda: database.apply(later))


def _as_known(child: CouncilPupil) -> Seen:
    """The row of a school that agrees with the council in everything."""
    return Seen(
        child.dfe_no or "", "attendance", child.upn or "", 1, 1, child.upn, None, child.admission_number,
        child.first_name, child.surname, None, child.dob, child.gender, ("2026",), False, "",
    )  # fmt: skip


def _misspelt(child: CouncilPupil) -> Seen:
    """Without UPN and number, one letter of the forename twice."""
    name = child.first_name or ""
    return _as_known(child)._replace(upn=None, admission_number=None, forename=f"{name[:3]}{name[2:]}")


def _schools(pupils: Iterable[Seen], *, seq: int) -> list[Delivery]:
    """One attendance delivery a school, one row a pupil."""
    by_school: defaultdict[str, list[Seen]] = defaultdict(list)
    for seen in pupils:
        by_school[seen.dfe_no].append(seen)
    return [_delivery("attendance", map(_attendance_row, rows), sender, seq) for sender, rows in by_school.items()]


def _snapshot(children: Iterable[CouncilPupil], seq: int) -> Delivery:
    return _delivery("pupils", map(_council_row, children), "council", seq)


def _delivery(dataset: Dataset, rows: Iterable[dict[str, object]], sender: str, seq: int) -> Delivery:
    schema = codec.columns(ROW_RECORDS[dataset])
    numbered = [{"row": place, "delivery_seq": seq, **row} for place, row in enumerate(rows, start=1)]
    frame = pl.DataFrame([[row.get(name) for name in schema] for row in numbered], schema=schema, orient="row")
    empty = delivery(dataset, [], sender=sender, seq=seq)
    return Delivery(empty.topic, 0, empty.next_offset, replace(empty.begun, rows=frame.height), frame)


def _attendance_row(seen: Seen) -> dict[str, object]:
    number = seen.admission_number
    return attendance_row(
        dfe_no=seen.dfe_no, upn=seen.upn, former_upn=seen.former_upn, admission_number=number,
        first_name=seen.forename, surname=seen.surname, preferred_name=seen.preferred_name, dob=seen.dob,
        gender=seen.gender, pupil_key=seen.upn or f"adm:{number or seen.pupil_key}", marks=[],
    )  # fmt: skip


def _council_row(child: CouncilPupil) -> dict[str, object]:
    return {**child._asdict(), "social_worker": None}


def _held(page: showing.Page) -> dict[str, showing.Remembered]:
    known = zip(page.fingerprints, page.reported, strict=True)
    return dict(zip(page.keys, (showing.Remembered(*one) for one in known), strict=True))


def _best(what: str, rows: int, work: Callable[[], object]) -> Speed:
    """The quickest of some tries: the others tell of the machine."""
    return min((_timed(what, rows, work) for _ in range(TRIES)), key=lambda speed: speed.cpu_s)


def _timed(what: str, rows: int, work: Callable[[], object]) -> Speed:
    cpu, wall = time.process_time(), time.monotonic()
    work()
    return Speed(what, rows, time.process_time() - cpu, time.monotonic() - wall)


@contextmanager
def _database(server: str) -> Iterator[ConsumerDatabase]:
    with asyncio.Runner() as runner:
        made = backends.database(server)
        dsn = runner.run(made.__aenter__())
        with consumer_database(dsn, consumer(settings_for(dsn))) as database:
            yield database
        runner.run(made.__aexit__(None, None, None))
