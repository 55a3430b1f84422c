"""Which enrolment a row belongs to when a pupil's key changes inside a year: a late UPN, a temporary one, a former one.

Pure rules over small values. A row of an older delivery, applied late, goes where newer deliveries have moved its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Carried:
    """What a row says of a pupil's keys."""

    pupil_key: str
    former_upn: str | None
    admission_number: str | None


@dataclass(frozen=True, slots=True)
class HeldKey:
    """An enrolment held: its admission number, and the last delivery that carried it."""

    admission_number: str | None
    delivery_seq: int


@dataclass(frozen=True, slots=True)
class KeyChange:
    """From this delivery on, the enrolment of the old key stands under the new one."""

    old_key: str
    new_key: str
    delivery_seq: int


class KeyHistory:
    """The keys of a school in one year: the enrolments held, and the changes known."""

    def __init__(self, held: Mapping[str, HeldKey], changes: Iterable[KeyChange]) -> None:
        self._held = held
        self._by_old: dict[str, list[KeyChange]] = {}
        for change in sorted(changes, key=lambda change: (change.delivery_seq, change.new_key)):
            self._by_old.setdefault(change.old_key, []).append(change)
        self._by_number: dict[str, list[str]] = {}
        for key in sorted(held):
            self._by_number.setdefault(held[key].admission_number or "", []).append(key)

    def present_key(self, carried: Carried, delivery_seq: int) -> str:
        """The key under which a row of a delivery counts now."""
        key = carried.pupil_key
        while change := self._next_change(key, delivery_seq):
            key, delivery_seq = change.new_key, change.delivery_seq
        if key in self._held:
            return key
        newer = (k for k in self._with_number(carried) if self._held[k].delivery_seq > delivery_seq)
        return next(newer, key)

    def changes_by(self, rows: Iterable[Carried], delivery_seq: int, *, file_keys: AbstractSet[str]) -> list[KeyChange]:
        """The changes that a delivery makes, or would have made had it come in its turn, that are not known yet.

        Args:
            rows: the different key columns of its rows in the year, in order.
            delivery_seq: its number.
            file_keys: the keys of all its rows; a key among them does not change.

        """
        made: dict[str, KeyChange] = {}
        for row in rows:
            for old in self._claimed(row):
                if old in file_keys:
                    continue
                new = self.present_key(row, delivery_seq)
                if old != new and not self._is_known(old, new, delivery_seq=delivery_seq):
                    made.setdefault(old, KeyChange(old, new, delivery_seq))
        return list(made.values())

    def moves(self, changes: Sequence[KeyChange]) -> list[KeyChange]:
        """Those changes whose old key is held, last carried before them."""
        return [
            change
            for change in changes
            if change.old_key in self._held and self._held[change.old_key].delivery_seq < change.delivery_seq
        ]

    def _claimed(self, row: Carried) -> list[str]:
        with_number = self._with_number(row)
        if not row.former_upn:
            return with_number
        return [row.former_upn, *(key for key in with_number if key != row.former_upn)]

    def _with_number(self, row: Carried) -> list[str]:
        return self._by_number.get(row.admission_number, []) if row.admission_number else []

    def _next_change(self, key: str, delivery_seq: int) -> KeyChange | None:
        known = self._by_old.get(key)
        if known is None:
            return None
        return next((change for change in known if change.delivery_seq > delivery_seq), None)

    def _is_known(self, old: str, new: str, *, delivery_seq: int) -> bool:
        """A key that stays former is told in every file: only the first time counts, unless it is held again."""
        if old in self._held and self._held[old].delivery_seq < delivery_seq:
            return False
        known = self._by_old.get(old, [])
        return any(change.new_key == new and change.delivery_seq <= delivery_seq for change in known)
