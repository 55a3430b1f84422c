"""What becomes of a file: the one way from its bytes to its receipt, for the watcher and for `pupilstream check`.

In this order: its name, the agreement, whether it is the head again, its content, whether it must wait. Nothing is
sent, moved or written here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from producers.feeds.findings import FileRefusedError, Finding
from producers.feeds.parsing import Context, Parsed, identify, parse
from producers.feeds.profile import Profile
from producers.watcher.archive import Keeping
from producers.watcher.arrival import HELD_UNREAD, SYMLINK, UnreadFileError, digest
from producers.watcher.holding import OLDER_EXPORT, TOO_MANY_REFUSED, is_older, reason_to_hold, unusual
from producers.watcher.ledger import Earlier, Head, Past
from producers.watcher.naming import is_allowed, shown
from producers.watcher.receipts import Receipt
from producers.watcher.register import OF_A_SCHOOL, OF_THE_COUNCIL, Permit
from schemas.events import Dataset, LedgerEntry, LedgerState

Read = Callable[[Path, Context], Parsed]

NAME: Final = "F21_NAME"
NOT_IN_AGREEMENT: Final = "NOT_IN_AGREEMENT"

PROGRAM_ERROR: Final = "PROGRAM_ERROR"
ODD_TIME: Final = Finding(None, None, "F24_MODIFIED_TIME")
_OLDER_EXPORT: Final = Finding(None, None, OLDER_EXPORT)

_MOST_REFUSED: Final = 20_000  # `DeliveryBegun` names each refused row, and must stay below the broker's largest record

_LATEST_EPOCH_NS: Final = 365 * 24 * 3600 * 10**9  # no file of ours was last changed in 1970
_CLOCKS_DIFFER_NS: Final = 5 * 10**9

_KEPT: Final[dict[LedgerState, Keeping]] = {"published": "archive", "held": "held", "duplicate": "nothing"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to be judged. `sha256` is None, and `unread` the rule, where its bytes must not be read.

    `odd_time`: its time of modification cannot be true.
    """

    sender: str
    name: str
    path: Path
    sha256: str | None
    received_on: date
    unread: str | None = None
    odd_time: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The receipt, without a delivery number where the file is accepted; its rows then; and where the file goes."""

    receipt: Receipt
    parsed: Parsed | None
    keeping: Keeping


class NothingPast:
    """The past of a sender that has delivered nothing, or of which nothing is known here."""

    def head(self, sender: str, dataset: Dataset) -> Head | None:  # noqa: ARG002 - the protocol's
        """None."""
        return None

    def earlier(self, sender: str, dataset: Dataset, academic_year: int | None) -> Earlier | None:  # noqa: ARG002 - as above
        """None."""
        return None


def is_odd_time(modified_ns: int, now_ns: int) -> bool:
    """Whether a time of modification lies in the future, or at the beginning of the computer's own."""
    return modified_ns < _LATEST_EPOCH_NS or modified_ns > now_ns + _CLOCKS_DIFFER_NS


def examine(
    file: Candidate, permit: Permit | None, *, past: Past, secret: bytes, may_hold: bool = True, read: Read = parse
) -> Verdict:
    """Judge a file of a sender with this permit on the day of receipt (None: it may send nothing).

    With `may_hold` false it is not asked whether anything is unlikely about the file: a person has looked at it. `read`
    may know already what `parse` would say.

    Raises:
        OSError: the file cannot be read now.

    """
    kept: Keeping = "rejected" if permit is not None or file.unread == SYMLINK else "nothing"
    if file.unread == SYMLINK:
        return _refused(file, None, SYMLINK, kept)
    if not is_allowed(file.name):
        return _refused(file, None, NAME, kept)
    dataset = None if file.unread else identify(file.path, Profile() if permit is None else permit.profile)
    if permit is None or (dataset is not None and dataset not in permit.datasets):
        return _refused(file, dataset, NOT_IN_AGREEMENT, "nothing")
    if file.unread:
        return _unread(file, file.unread)
    head = None if dataset is None else past.head(file.sender, dataset)
    if head is not None and head.sha256 == file.sha256:
        again = replace(_receipt(file, dataset), state="duplicate", delivery_seq=head.delivery_seq)
        return Verdict(again, None, "nothing")
    context = Context(file.sender, file.received_on, permit.profile, secret)
    return _judged(file, lambda: read(file.path, context), past if may_hold else None)


def check(path: Path, sender: str, permit: Permit | None, *, received_on: date, secret: bytes) -> Receipt:
    """The receipt that a file would get from a sender that has delivered nothing before; for `pupilstream check`.

    Raises:
        OSError: the file cannot be read.

    """
    sha256, unread = None, None
    try:
        sha256 = digest(path)
    except UnreadFileError as error:
        unread = error.rule
    odd_time = is_odd_time(path.stat().st_mtime_ns, time.time_ns())
    file = Candidate(sender, path.name, path, sha256, received_on, unread, odd_time)
    return examine(file, permit, past=NothingPast(), secret=secret).receipt


def recalled(entry: LedgerEntry, file: Candidate, again: Verdict) -> Verdict:
    """The verdict that the ledger states, with the rows as they are found when the file is examined again."""
    found = again.receipt if entry.rows_total == again.receipt.rows_total else _receipt(file, entry.dataset)
    receipt = replace(
        found,
        dataset=entry.dataset,
        delivery_seq=entry.delivery_seq,
        state="accepted" if entry.state == "published" else entry.state,
        reason=entry.reason,
        rows_total=entry.rows_total,
        rows_accepted=entry.rows_accepted,
        rows_rejected=entry.rows_rejected,
        notes=again.receipt.notes if again.receipt.reason == entry.reason else (),
    )
    return Verdict(receipt, None, _last_place(entry, again))


def not_understood(file: Candidate) -> Verdict:
    """For a file on which the program itself fails: kept until somebody has looked."""
    return Verdict(replace(_receipt(file, None), state="held", reason=PROGRAM_ERROR), None, "held")


def unchecked_permit() -> Permit:
    """Every dataset, in the form of the house: what is judged by where no register is at hand."""
    return Permit(OF_A_SCHOOL | OF_THE_COUNCIL, Profile())


def _last_place(entry: LedgerEntry, again: Verdict) -> Keeping:
    if entry.state == "rejected":
        unkept = entry.reason == NOT_IN_AGREEMENT or (
            again.keeping == "nothing" and entry.reason == again.receipt.reason
        )
        return "nothing" if unkept else "rejected"
    return _KEPT[entry.state]


def _judged(file: Candidate, read: Callable[[], Parsed], past: Past | None) -> Verdict:
    try:
        parsed = read()
    except FileRefusedError as error:
        refused = replace(_receipt(file, error.dataset), reason=error.reason, rejected=error.findings)
        return Verdict(_with_refused_rows(refused, error), None, "rejected")
    receipt = _with_counts(_receipt(file, parsed.dataset), parsed, odd_time=file.odd_time)
    if len(parsed.refused) > _MOST_REFUSED:
        return Verdict(replace(receipt, reason=TOO_MANY_REFUSED), None, "rejected")
    earlier = None if past is None else past.earlier(file.sender, parsed.dataset, parsed.academic_year)
    if parsed.dataset == "exclusions" and earlier is not None and is_older(parsed.last_week, earlier.last_week):
        receipt = replace(receipt, warnings=(_OLDER_EXPORT, *receipt.warnings))
    reason = None if past is None else reason_to_hold(parsed, earlier)
    if reason is not None:
        notes = unusual(reason, parsed, earlier)
        return Verdict(replace(receipt, state="held", reason=reason, notes=notes), None, "held")
    return Verdict(replace(receipt, state="accepted"), parsed, "archive")


def _unread(file: Candidate, rule: str) -> Verdict:
    if rule in HELD_UNREAD:
        return Verdict(replace(_receipt(file, None), state="held", reason=rule), None, "held")
    return _refused(file, None, rule, "rejected")


def _refused(file: Candidate, dataset: Dataset | None, reason: str, keeping: Keeping) -> Verdict:
    return Verdict(replace(_receipt(file, dataset), reason=reason), None, keeping)


def _receipt(file: Candidate, dataset: Dataset | None) -> Receipt:
    return Receipt(shown(file.name), file.sha256, file.sender, dataset, None, "rejected", None)


def _with_counts(receipt: Receipt, parsed: Parsed, *, odd_time: bool) -> Receipt:
    return replace(
        receipt,
        rows_total=parsed.rows_total,
        rows_accepted=parsed.rows_accepted,
        rows_rejected=parsed.rows_total - parsed.rows_accepted,
        rejected=tuple(parsed.rejected),
        warnings=(*([ODD_TIME] if odd_time else []), *parsed.warnings),
    )


def _with_refused_rows(receipt: Receipt, error: FileRefusedError) -> Receipt:
    """Where rows were counted, none of them was accepted."""
    accepted = None if error.rows_total is None else 0
    return replace(
        receipt,
        rows_total=error.rows_total,
        rows_accepted=accepted,
        rows_rejected=error.rows_total,
        warnings=error.warnings,
    )
