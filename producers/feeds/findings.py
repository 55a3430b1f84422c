"""What was found wrong with a file: where and by which rule, never what stood there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from producers.feeds.rules import RULES
from schemas.errors import PupilstreamError
from schemas.events import Dataset

__all__ = ["RULES", "FileRefusedError", "Finding"]


class Finding(NamedTuple):
    """One broken rule. `row` 1 is the first record after the header; None: the whole file.

    A file may have tens of thousands: a tuple is made in a quarter of the time.
    """

    row: int | None
    column: str | None
    rule: str


class FileRefusedError(PupilstreamError):
    """Nothing of a file can be used.

    Attributes:
        reason: the rule, the first thing in the receipt.
        dataset: the kind of file, where its header was recognised.
        findings: the refused rows, where rows were read.
        warnings: what else was found.
        rows_total: the number of records, where they were counted.

    """

    def __init__(self, reason: str, dataset: Dataset | None = None, findings: Iterable[Finding] = ()) -> None:
        super().__init__(RULES[reason])
        self.reason = reason
        self.dataset = dataset
        self.findings = tuple(findings)
        self.warnings: tuple[Finding, ...] = ()
        self.rows_total: int | None = None
