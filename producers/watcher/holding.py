"""Whether a good file must wait for a person, because something about the whole of it is unlikely. Pure.

Suspensions never wait: their good rows go on.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from producers.feeds.parsing import Parsed
from producers.watcher.ledger import Earlier

HEADER_ONLY: Final = "F02_HEADER_ONLY"
TOO_MANY_REFUSED: Final = "TOO_MANY_REFUSED"
COUNT_CHANGED: Final = "COUNT_CHANGED"
OLDER_EXPORT: Final = "F10_OLDER_EXPORT"
ONE_CODE: Final = "V40_ONE_CODE"

_REFUSED_AT_LEAST: Final = 5
_REFUSED_PER_CENT: Final = 2
_CHANGE_PER_CENT: Final = 20
_ENOUGH_UNITS: Final = 20


def reason_to_hold(parsed: Parsed, earlier: Earlier | None) -> str | None:
    """Why the file must wait, against the last delivery of its year; None when it may go on."""
    if parsed.dataset == "exclusions":
        return None
    if parsed.rows_total == 0:
        return HEADER_ONLY
    if parsed.rows_rejected * 100 > max(_REFUSED_AT_LEAST * 100, _REFUSED_PER_CENT * parsed.rows_total):
        return TOO_MANY_REFUSED
    if earlier is not None and count_changed(parsed.units, earlier.units):
        return COUNT_CHANGED
    if earlier is not None and is_older(parsed.last_week, earlier.last_week):
        return OLDER_EXPORT
    return ONE_CODE if parsed.one_code else None


def unusual(reason: str, parsed: Parsed, earlier: Earlier | None) -> tuple[str, ...]:
    """What is unlikely about the file, in numbers, for the person who decides; nothing where the reason says it all."""
    if reason == TOO_MANY_REFUSED:
        allowed = max(_REFUSED_AT_LEAST, parsed.rows_total * _REFUSED_PER_CENT // 100)
        return (f"{parsed.rows_rejected} of {parsed.rows_total} rows were refused; {allowed} would pass.",)
    if reason == COUNT_CHANGED and earlier is not None:
        what = "pupils" if parsed.dataset == "attendance" else "rows"
        return (f"It has {parsed.units} {what}; delivery {earlier.delivery_seq} had {earlier.units}.",)
    if reason == OLDER_EXPORT and earlier is not None:
        ends = f"It ends with the week of {_day(parsed.last_week)}"
        return (f"{ends}; delivery {earlier.delivery_seq} ended with the week of {_day(earlier.last_week)}.",)
    if reason == ONE_CODE:
        return (f"In the week of {_day(parsed.last_week)} every session of every pupil has one and the same code.",)
    return ()


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "?"


def count_changed(now: int | None, before: int | None) -> bool:
    """Whether the number of pupils, or rows, moved further than a week moves it."""
    if now is None or before is None or before < _ENOUGH_UNITS:
        return False
    return abs(now - before) * 100 > _CHANGE_PER_CENT * before


def is_older(now: date | None, before: date | None) -> bool:
    """Whether the file ends in an earlier week than the delivery before it."""
    return now is not None and before is not None and now < before
