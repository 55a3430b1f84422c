"""One cell's text to one value: dates, school numbers, names and the other texts, each by a rule of its own.

A reader gets a text and returns its value and the rules it broke; None with a rule means: read as missing. Whether a
missing value costs the row is decided by `sheet`, which knows what the column is for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from producers.feeds import upn
from producers.feeds.profile import Dates
from producers.feeds.records import QUOTE_KEPT
from schemas.codes import normalised

Value = str | date | int | bool | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell says, and the rules it broke."""

    value: Value
    rules: tuple[str, ...] = ()


Reader = Callable[[str], Reading]

BLANKS: Final = " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What is trimmed at both ends of a cell; line and paragraph separators are faults instead."""

_ORDINARY: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ./-]*[A-Za-z0-9])?")
_ORDINARY_NAME: Final = re.compile(r"[A-Za-z](?:[A-Za-z' -]{0,98}[A-Za-z])?")
"""What nearly every cell holds: nothing below can be wrong with it."""
_LINE_BREAK: Final = re.compile(r"[\r\n]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f-\x84\x86-\x9f\t]")
_CTRL_Z: Final = "\x1a"
_SEPARATOR: Final = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_WRAPPED: Final = re.compile(
    r"'.+'|\u2018.*\u2019|\u00ab.*\u00bb|[\u201c-\u201f].*[\u201c-\u201f]"
    r"|[\u201c-\u201f][^\u201c-\u201f]*|[^\u201c-\u201f]*[\u201c-\u201f]"
)
_PLACEHOLDERS: Final = frozenset(
    {
        "NULL", "null", "N/A", "n/a", "#N/A", "NaN", "nan", "TEST", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "#DIV/0!",
        "undefined", "None", "01/01/1900", "1900-01-01", "99/99/9999", "9999-99-99", "31/12/9999", "9999-12-31",
    }
)  # fmt: skip
_FORMULA: Final = tuple("=+-@\t\r＝＋－＠")  # noqa: RUF001 - the full-width forms are the point
_MOJIBAKE: Final = re.compile("\ufffd|Ã[\u0080-\u00bf]|Â[\u0080-\u00bf]|â€")
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DMY: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_YEARS: Final = range(1900, 2200)
_DFE_NO: Final = re.compile(r"([0-9]{3})[/ -]?([0-9]{4})")
_ESTABLISHMENT: Final = re.compile(r"[0-9]{4}")
_LA_CODE: Final = re.compile(r"[0-9]{3}")
_YEAR: Final = re.compile(r"([0-9]{4})(?:[/-]([0-9]{2}|[0-9]{4}))?")
_WHOLE: Final = re.compile(r"-?[0-9]{1,4}")
_HALVES: Final = re.compile(r"-?[0-9]{1,3}\.[0-9]*[1-9][0-9]*")
_LONG_NAME: Final = 100
_LATIN: Final = re.compile(r"[A-Za-zÀ-ɏ]")
_OTHER_SCRIPT: Final = re.compile("[Ͱ-ϿЀ-ӿ԰-֏֐-׿]")
_NOT_IN_NAMES: Final = re.compile("[0-9]|[\u2190-\u2bff\U0001f000-\U0001faff]")


def clean(text: str, *, lines: bool = False) -> Reading:
    """A text without blanks around it, in NFC; None without a rule if nothing is left."""
    if _ORDINARY.fullmatch(text) and text not in _PLACEHOLDERS:
        return Reading(text)
    fault = _fault(text, lines=lines)
    if fault:
        return Reading(None, (fault,))
    trimmed = unicodedata.normalize("NFC", text.strip(BLANKS if not lines else BLANKS + "\r\n"))
    if not trimmed:
        return Reading(None)
    if trimmed in _PLACEHOLDERS:
        return Reading(None, ("V33_PLACEHOLDER",))
    rules = [rule for rule, broken in _remarks(text, trimmed) if broken]
    return Reading(trimmed.replace(QUOTE_KEPT, '"'), tuple(rules))


def _fault(text: str, *, lines: bool) -> str | None:
    """The rule that makes a text unusable as it stands."""
    if text.isascii() and text.isprintable() and '"' not in text:
        return "C06_STRAY_QUOTE" if _WRAPPED.fullmatch(text.strip()) else None
    inner = text.strip(BLANKS)
    faults = (
        ("C06_STRAY_QUOTE", '"' in text or _WRAPPED.fullmatch(inner)),
        ("C07_LINE_BREAK", not lines and _LINE_BREAK.search(inner)),
        ("E11_CTRL_Z", _CTRL_Z in text),
        ("E07_CONTROL", _CONTROL.search(inner.replace(QUOTE_KEPT, ""))),
        ("E08_LINE_SEPARATOR", _SEPARATOR.search(text)),
        ("V36_INVISIBLE", _INVISIBLE.search(text)),
    )
    return next((rule for rule, broken in faults if broken), None)


def fault_of_marks(text: str) -> str | None:
    """The rule that makes a string of marks unusable; a letter of another script is only an unknown code."""
    return _fault(text, lines=False)


def _remarks(text: str, trimmed: str) -> tuple[tuple[str, bool], ...]:
    return (
        ("V35_FORMULA", text.startswith(_FORMULA) or trimmed.startswith(_FORMULA)),
        ("E13_MOJIBAKE", not trimmed.isascii() and _MOJIBAKE.search(trimmed) is not None),
    )


def identifier(text: str) -> Reading:
    """A number or code that identifies: as it stands, but blanks around it are told."""
    cleaned = clean(text)
    around = ("C16_BLANKS_AROUND",) if cleaned.value is not None and text != text.strip(BLANKS) else ()
    return Reading(cleaned.value, (*cleaned.rules, *around))


def name(text: str) -> Reading:
    """A name, as sent: everything that names may be is data."""
    if _ORDINARY_NAME.fullmatch(text) and text not in _PLACEHOLDERS:
        return Reading(text)
    cleaned = clean(text)
    if not isinstance(cleaned.value, str):
        return cleaned
    value = cleaned.value
    rules = list(cleaned.rules)
    if not value.isascii() and _LATIN.search(value) and _OTHER_SCRIPT.search(value):
        rules.append("V37_MIXED_SCRIPT")
    if len(value) > _LONG_NAME or _NOT_IN_NAMES.search(value):
        rules.append("V39_UNUSUAL_NAME")
    return Reading(value, tuple(rules))


def upn_of(text: str) -> Reading:
    """A UPN whose form and check letter hold; any other is read as missing, never mended."""
    found = identifier(text)
    if not isinstance(found.value, str):
        return found
    number = upn.normalise(found.value)
    if not upn.has_form(number):
        return Reading(None, ("V01_UPN_FORMAT" if number.isascii() else "V05_UPN_LETTERS",))
    if not upn.is_valid(number):
        return Reading(None, ("V02_UPN_CHECK_LETTER",))
    told = (("V03_UPN_TEMPORARY", upn.is_temporary(number)), ("V06_UPN_AUTHORITY", not upn.has_known_authority(number)))
    return Reading(number, (*found.rules, *(rule for rule, holds in told if holds)))


def date_reader(dates: Dates | None) -> Reader:
    """Reads dates in the agreed form; without one, ISO and dd/mm/yyyy."""

    def read(text: str) -> Reading:
        cleaned = clean(text)
        if not isinstance(cleaned.value, str):
            return cleaned
        iso = _ISO.fullmatch(cleaned.value) if dates != "dmy" else None
        dmy = _DMY.fullmatch(cleaned.value) if dates != "iso" else None
        if iso is None and dmy is None:
            return Reading(None, ("V13_DATE_FORMAT",))
        year, month, day = iso.groups() if iso else reversed(dmy.groups() if dmy else ())
        if int(year) not in _YEARS:
            return Reading(None, ("V12_NO_SUCH_DAY",))
        try:
            return Reading(date(int(year), int(month), int(day)))
        except ValueError:
            return Reading(None, ("V12_NO_SUCH_DAY",))

    return read


def birth_date_reader(dates: Dates | None, received_on: date) -> Reader:
    """Reads birth dates of people who were between 2 and 20 on the day of receipt."""
    read_date = date_reader(dates)

    def read(text: str) -> Reading:
        reading = read_date(text)
        if isinstance(reading.value, date) and not 2 <= _age(reading.value, received_on) <= 20:
            return Reading(None, ("V17_BIRTH_DATE",))
        return reading

    return read


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def school_number(text: str) -> Reading:
    """A DfE number as 7 digits, or the 4 of the establishment alone."""
    found = identifier(text)
    if not isinstance(found.value, str):
        return found
    if _ESTABLISHMENT.fullmatch(found.value):
        return found
    match = _DFE_NO.fullmatch(found.value)
    return Reading(match[1] + match[2], found.rules) if match else Reading(None, ("V11_DFE_NUMBER",))


def la_code(text: str) -> Reading:
    """Three digits; anything else is as good as none."""
    found = clean(text)
    fits = isinstance(found.value, str) and _LA_CODE.fullmatch(found.value)
    return Reading(found.value if fits else None)


def academic_year_of(day: date) -> int:
    """The year in which the academic year of a day began."""
    return day.year if day.month >= 8 else day.year - 1


def attendance_year(text: str) -> Reading:
    """`2025`, `2025/26`, `2025-26` or `2025-2026` as 2025."""
    found = clean(text)
    if not isinstance(found.value, str):
        return found
    match = _YEAR.fullmatch(found.value)
    if match is None:
        return Reading(None, ("V14_YEAR_FORMAT",))
    following = match[2] is None or int(match[2]) % 100 == (int(match[1]) + 1) % 100
    return Reading(int(match[1])) if following else Reading(None, ("V14_YEAR_FORMAT",))


def session_count(text: str) -> Reading:
    """A number of sessions: a whole one above zero."""
    found = clean(text)
    if not isinstance(found.value, str):
        return Reading(None, found.rules)
    if _HALVES.fullmatch(found.value):
        return Reading(None, ("V26_LENGTH",))
    if not _WHOLE.fullmatch(found.value):
        return Reading(None, ("V32_NUMBER",))
    count = int(found.value)
    return Reading(count) if count > 0 else Reading(None, ("V26_LENGTH",))


def choice_reader(choices: dict[str, Value], rule: str) -> Reader:
    """Reads one of a few words, without case and punctuation."""

    def read(text: str) -> Reading:
        found = clean(text)
        if not isinstance(found.value, str):
            return found
        key = normalised(found.value)
        return Reading(choices[key]) if key in choices else Reading(None, (rule,))

    return read


YES_OR_NO: Final[dict[str, Value]] = {
    **dict.fromkeys(("t", "true", "y", "yes", "1"), True),
    **dict.fromkeys(("f", "false", "n", "no", "0"), False),
}
