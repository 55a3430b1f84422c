"""The reasons of an exclusion, from codes or from the words that schools write, and whether it was cancelled."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Final

import polars as pl

from producers.feeds import values
from producers.feeds.sheet import Sheet
from producers.feeds.values import Reading
from schemas.codes import ExclusionReason, cancellations, exclusion_reasons, normalised

_BETWEEN_REASONS: Final = (";", "\n", ",", "/", " - ")
_CODE_BEFORE_WORDS: Final = re.compile(r"([A-Z]{2})\s*[-:\u2013 ]\s*(.+)", re.DOTALL)


def read_reasons(sheet: Sheet, starts: pl.Series) -> list[pl.Series]:
    """Reason codes, description, action code and cancellation of each row."""
    description = sheet.read("Code Description", _text).alias("description")
    action = sheet.read("Action Code", values.clean).alias("action_code")
    found = [codes_in(text) if text else () for text in description]
    reasons = pl.Series("reasons", [list(codes) for codes in found], dtype=pl.List(pl.String))
    unknown = [
        bool(text) and not codes and not is_cancelled(text) for text, codes in zip(description, found, strict=True)
    ]
    sheet.warn(pl.Series(unknown, dtype=pl.Boolean), "Code Description", "V28_REASON")
    retired = [_any_retired(codes, start) for codes, start in zip(found, starts, strict=True)]
    sheet.warn(pl.Series(retired, dtype=pl.Boolean), "Code Description", "V21_REASON_NOT_IN_FORCE")
    cancelled = [
        bool(text and is_cancelled(text)) or normalised(code or "") in cancellations().action_codes
        for text, code in zip(description, action, strict=True)
    ]
    return [reasons, description, action, pl.Series("cancelled", cancelled, dtype=pl.Boolean)]


def codes_in(text: str) -> tuple[str, ...]:
    """The codes of every reason in a description, sorted; none if any part of it is not known."""
    found = _codes_or_none(text, _BETWEEN_REASONS)
    return tuple(sorted(found)) if found else ()


def is_cancelled(text: str) -> bool:
    """Whether a description, or a part of it, is listed as a cancellation."""
    parts = re.split(r"[;,/\n]| - |[()]", text)
    return any(normalised(part) in cancellations().descriptions for part in (text, *parts))


def _codes_or_none(text: str, separators: tuple[str, ...]) -> set[str] | None:
    words = normalised(text)
    if not words or words in cancellations().descriptions:
        return set()
    if words in _by_words():
        return {_by_words()[words]}
    before = _CODE_BEFORE_WORDS.fullmatch(text.strip())
    if before and before[1] in _by_code() and _by_words().get(normalised(before[2])) == before[1]:
        return {before[1]}
    for place, separator in enumerate(separators):
        if separator in text:
            parts = [_codes_or_none(part, separators[place + 1 :]) for part in text.split(separator)]
            known = [part for part in parts if part is not None]
            if len(known) == len(parts):
                return set().union(*known)
    return None


@cache
def _by_words() -> dict[str, str]:
    return {words: reason.code for reason in exclusion_reasons() for words in reason.words}


@cache
def _by_code() -> dict[str, ExclusionReason]:
    return {reason.code: reason for reason in exclusion_reasons()}


def _any_retired(codes: tuple[str, ...], start: date | None) -> bool:
    return start is not None and not all(_by_code()[code].in_force(start) for code in codes)


def _text(text: str) -> Reading:
    return values.clean(text, lines=True)
