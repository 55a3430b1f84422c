"""The strings of `Sessions` as marks: which way of writing them a file uses, and one code per session.

Chosen per file by evidence: the way that fits the most rows; of equals the one with the fewest unknown codes, slashes
in the wrong half of the day, and blanks. Marks are held as numbers into a vocabulary, in one flat array.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from producers.feeds.profile import Profile
from schemas.codes import attendance_codes

Numbers = NDArray[np.int64]
Short = NDArray[np.int32]
"""Numbers of which there is one a mark: a file may have four million marks."""
Flags = NDArray[np.bool_]

BLANK: Final = ord(" ")
_ASCII: Final = 128
_SEPARATORS: Final = {" ": "space", ",": "comma", "|": "bar", ";": "semicolon"}
_LONGEST_CODE: Final = 3
_MOST_UNKNOWN_TOKENS: Final = 10_000
_BITS: Final = 21
_NOTHING: Final = 2**_BITS - 1
_WEEK: Final = 14
_SATURDAY: Final = 5


@cache
def _known() -> tuple[str, ...]:
    """The vocabulary every file starts with: the 128 ASCII characters, a blank as nothing, then the longer codes."""
    longer = sorted({code.code for code in attendance_codes() if len(code.code) > 1})
    return (*("" if number == BLANK else chr(number) for number in range(_ASCII)), *longer)


@cache
def _upper() -> NDArray[np.uint32]:
    """Each ASCII character, a lower-case known code raised."""
    table = np.arange(_ASCII, dtype=np.uint32)
    for code in attendance_codes():
        if code.code.isalpha() and len(code.code) == 1:
            table[ord(code.code.lower())] = ord(code.code)
    return table


@cache
def _pairs() -> NDArray[np.uint32]:
    """The number of the code that two characters make, 0 where they make none."""
    table = np.zeros((_ASCII, _ASCII), dtype=np.uint32)
    for number, code in enumerate(_known()):
        if len(code) == 2:
            table[ord(code[0]), ord(code[1])] = number
    return table


@dataclass(frozen=True, slots=True)
class Tokens:
    """Marks of some rows: numbers into the vocabulary, row after row, with the number of marks of each row.

    `sound` is false for a row that cannot be read in this way at all.
    """

    numbers: NDArray[np.uint32]
    counts: Numbers
    sound: Flags


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a file's rows.

    Attributes:
        sound: the row can be read in the file's way at all.
        fits: and its marks are as many as its days.

    """

    numbers: NDArray[np.uint32]
    counts: Numbers
    sound: Flags
    fits: Flags
    vocabulary: tuple[str, ...]
    form: str
    long: bool

    @property
    def decoding(self) -> str:
        """How the marks were read, in words."""
        return f"{self.form} {'long' if self.long else 'weekly'}"


class _Strings:
    """The strings of a file, as one array of characters."""

    def __init__(self, texts: pl.Series, profile: Profile) -> None:
        self.texts = texts
        self.vocabulary = list(_known())
        self._places = {code: place for place, code in enumerate(self.vocabulary)} | {" ": BLANK}
        self.counts = texts.str.len_chars().cast(pl.Int64).to_numpy()
        self.characters = self._characters("".join(texts.to_list()))
        self._substitute(profile.marks)

    def _characters(self, text: str) -> NDArray[np.uint32]:
        if text.isascii():
            return _upper()[np.frombuffer(text.encode("ascii"), np.uint8)]
        points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        numbers = np.zeros(len(points), dtype=np.uint32)
        plain = points < _ASCII
        numbers[plain] = _upper()[points[plain]]
        distinct, place = np.unique(points[~plain], return_inverse=True)
        numbers[~plain] = np.array([self.number(chr(point)) for point in distinct.tolist()], dtype=np.uint32)[place]
        return numbers

    def _substitute(self, pairs: Iterable[tuple[str, str]]) -> None:
        before = self.characters.copy()
        for character, code in pairs:
            self.characters[before == self.number(character)] = self.number(code)

    def number(self, code: str) -> int:
        """The place of a code in the vocabulary, where it is added if it is new."""
        if code not in self._places:
            self._places[code] = len(self.vocabulary)
            self.vocabulary.append(code)
        return self._places[code]

    def holds(self, character: str) -> bool:
        """Whether a character occurs at all."""
        return bool((self.characters == ord(character)).any())


def _plain(strings: _Strings) -> Tokens:
    """Run together; two characters that are a code together are one mark."""
    characters, counts = strings.characters, strings.counts
    sound = np.ones(len(counts), dtype=np.bool_)
    digits = np.flatnonzero((characters >= ord("1")) & (characters <= ord("7")))
    if not len(digits):
        return Tokens(characters, counts, sound)
    ends = np.cumsum(counts)
    row = np.searchsorted(ends, digits, side="right")
    inside = digits > (ends - counts)[row]
    digits, row = digits[inside], row[inside]
    codes = _pair(characters[digits - 1], characters[digits])
    digits, row, codes = digits[codes > 0], row[codes > 0], codes[codes > 0]
    numbers = characters.copy()
    numbers[digits - 1] = codes
    return Tokens(np.delete(numbers, digits), counts - np.bincount(row, minlength=len(counts)), sound)


def _fixed2(strings: _Strings) -> Tokens:
    """Two characters a mark, the second blank or part of the code; a last blank that was trimmed is put back."""
    characters, counts = strings.characters, strings.counts
    odd = counts % 2 == 1
    if odd.any():
        characters = np.insert(characters, np.cumsum(counts)[odd], BLANK)
        counts = counts + odd
    first, second = characters[0::2], characters[1::2]
    codes = np.where(second == BLANK, first, _pair(first, second))
    rows = np.repeat(np.arange(len(counts)), counts // 2)
    unsound = np.bincount(rows, weights=codes == 0, minlength=len(counts)) > 0
    return Tokens(codes.astype(np.uint32), counts // 2, ~unsound)


def _separated(separator: str) -> Callable[[_Strings], Tokens]:
    """One separator between marks; nothing between two of them is a blank mark."""

    def tokens(strings: _Strings) -> Tokens:
        characters, counts = strings.characters, strings.counts
        row_ends = np.cumsum(counts)
        between = np.flatnonzero(characters == ord(separator))
        row = np.searchsorted(row_ends, between, side="right")
        marks = np.bincount(row, minlength=len(counts)) + 1
        stops = np.sort(np.concatenate((between, row_ends)), kind="stable")
        last = np.cumsum(marks) - 1
        starts = np.concatenate(([0], stops[:-1] + 1))
        starts[last[:-1] + 1] = row_ends[:-1]
        numbers, too_long = _tokens_at(strings, starts, stops)
        unsound = np.bincount(np.repeat(np.arange(len(counts)), marks), weights=too_long, minlength=len(counts)) > 0
        return Tokens(numbers, marks, ~unsound)

    return tokens


def _tokens_at(strings: _Strings, starts: Numbers, stops: Numbers) -> tuple[NDArray[np.uint32], Flags]:
    lengths = stops - starts
    numbers = np.full(len(starts), BLANK, dtype=np.uint32)
    one = lengths == 1
    numbers[one] = strings.characters[starts[one]]
    longer = (lengths > 1) & (lengths <= _LONGEST_CODE)
    tokens, place = np.unique(_spelt(strings.characters, starts[longer], lengths[longer]), return_inverse=True)
    if len(tokens) > _MOST_UNKNOWN_TOKENS:
        return numbers, lengths > 1
    codes = [strings.number(_spelling(token, strings.vocabulary)) for token in tokens.tolist()]
    numbers[longer] = np.array(codes, dtype=np.uint32)[place]
    return numbers, lengths > _LONGEST_CODE


def _spelt(characters: NDArray[np.uint32], starts: Numbers, lengths: Numbers) -> Numbers:
    """Tokens of two or three characters as one number each; nothing counts as the last character there is."""
    third = np.where(lengths == 3, characters[np.minimum(starts + 2, len(characters) - 1)], _NOTHING)
    spelt = characters[starts].astype(np.int64)
    return np.asarray((spelt << 2 * _BITS) | (characters[starts + 1].astype(np.int64) << _BITS) | third)


def _spelling(token: int, vocabulary: list[str]) -> str:
    characters = (token >> 2 * _BITS, token >> _BITS & _NOTHING, token & _NOTHING)
    return "".join(vocabulary[number] or " " for number in characters if number != _NOTHING)


def _pair(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The number of the code that two characters make, 0 where they make none."""
    plain = (first < _ASCII) & (second < _ASCII)
    return np.where(plain, _pairs()[np.where(plain, first, 0), np.where(plain, second, 0)], 0).astype(np.uint32)


def decode(texts: pl.Series, weekdays: Numbers, profile: Profile) -> Marks:
    """The marks of every row, read in the way that the file's own rows speak for.

    Args:
        texts: the strings, none of them null.
        weekdays: the weekday of each row's start, Monday 0.
        profile: the form that was agreed, if any.

    """
    strings = _Strings(texts, profile)
    forms = _forms(strings, profile).items()
    candidates = (_judged(form, tokens(strings), weekdays, strings) for form, tokens in forms)
    if len(forms) == 1:
        return next(candidates)
    return max(candidates, key=lambda marks: (int(marks.fits.sum()), *_doubts(marks)))


def _forms(strings: _Strings, profile: Profile) -> dict[str, Callable[[_Strings], Tokens]]:
    separated = {
        f"separated by {name}": _separated(separator)
        for separator, name in _SEPARATORS.items()
        if strings.holds(separator)
    }
    match profile.sessions:
        case "plain" | "collapsed" as form:
            return {form: _plain}
        case "fixed2":
            return {"fixed2": _fixed2}
        case "separated":
            return separated or {"separated": _separated(" ")}
        case _:
            fixed2 = {"fixed2": _fixed2} if strings.holds(" ") else {}
            return {"plain": _plain, **separated, **fixed2}


def _judged(form: str, tokens: Tokens, weekdays: Numbers, strings: _Strings) -> Marks:
    long = bool(((tokens.counts > _WEEK) & tokens.sound).sum() * 2 > len(tokens.counts))
    whole = (tokens.counts % 2 == 0) & (tokens.counts > 0) if long else fills_a_week(weekdays, tokens.counts)
    fits, vocabulary = tokens.sound & whole, tuple(strings.vocabulary)
    return Marks(tokens.numbers, tokens.counts, tokens.sound, fits, vocabulary, form, long)


def fills_a_week(weekdays: Numbers, counts: Numbers) -> Flags:
    """Whether marks reach from the weekday exactly to Friday or to Sunday."""
    to_friday = (counts == 2 * (_SATURDAY - weekdays)) & (weekdays < _SATURDAY)
    return np.asarray(to_friday | (counts == 2 * (7 - weekdays)), dtype=np.bool_)


def _doubts(marks: Marks) -> tuple[int, int, int]:
    """Unknown codes, slashes in the wrong half of the day, blanks: counted against a way of reading."""
    known = {code.code for code in attendance_codes()} | {""}
    unknown = np.array([code not in known for code in marks.vocabulary])
    afternoon = slot_of(marks.counts) % 2 == 1
    wrong = np.where(afternoon, marks.numbers == ord("/"), marks.numbers == ord("\\"))
    return -int(unknown[marks.numbers].sum()), -int(wrong.sum()), -int((marks.numbers == BLANK).sum())


def slot_of(counts: Numbers) -> Short:
    """The place of every mark within its row, from 0."""
    starts = np.cumsum(counts) - counts
    return np.arange(int(counts.sum()), dtype=np.int32) - np.repeat(starts.astype(np.int32), counts)
