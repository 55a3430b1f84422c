"""What single records of the ledger, the rejects and the register come to: the last word on each key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas import codec
from schemas.events import Agreement, LedgerEntry, RejectedRow
from schemas.process.kafka import Record


@dataclass(frozen=True, slots=True)
class Entered:
    """A ledger entry, under its key, at its offset."""

    ledger_key: str
    ledger_offset: int
    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class Register:
    """What a batch changes in the register of agreements."""

    agreed: tuple[Agreement, ...]
    withdrawn: tuple[str, ...]


def entered(records: Iterable[Record]) -> list[Entered]:
    """The newest entry of each file.

    Raises:
        ContractError: a value that is no ledger entry.

    """
    newest = {record.key: record for record in records}
    return [
        Entered(record.key, record.offset, codec.decode(record.value, LedgerEntry))
        for record in newest.values()
        if record.value is not None
    ]


def refused(records: Iterable[Record]) -> list[RejectedRow]:
    """The refused rows.

    Raises:
        ContractError: a value that is no refused row.

    """
    return [codec.decode(record.value, RejectedRow) for record in records if record.value is not None]


def register(records: Iterable[Record]) -> Register:
    """The newest line of each school, and the schools without one.

    Raises:
        ContractError: a value that is no agreement.

    """
    newest = {record.key: record.value for record in records}
    agreed = tuple(codec.decode(value, Agreement) for value in newest.values() if value is not None)
    return Register(agreed, tuple(dfe_no for dfe_no, value in newest.items() if value is None))
