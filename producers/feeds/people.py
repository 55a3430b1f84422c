"""What identifies a child in a row: names, birth date, and the keyed hash that stands in where a UPN is missing."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import date

import polars as pl

from producers.feeds import values
from producers.feeds.context import Context
from producers.feeds.sheet import Sheet


def read_names(sheet: Sheet, columns: dict[str, str]) -> dict[str, pl.Series]:
    """The names of each row, by the record's field."""
    return {field: sheet.read(column, values.name) for field, column in columns.items()}


def warn_of_blank_names(sheet: Sheet, *columns: str) -> None:
    """Note a child without a name that every child has."""
    for column in columns:
        sheet.warn(sheet.blank(column), column, "V39_UNUSUAL_NAME")


def read_birth_date(sheet: Sheet, context: Context) -> pl.Series:
    """The birth date of each row."""
    reader = values.birth_date_reader(context.profile.dates, context.received_on)
    return sheet.read("DOB", reader, pl.Date())


def refuse_test_pupils(sheet: Sheet, context: Context, *keys: pl.Series) -> None:
    """Refuse the pupils that the school made up to try its system."""
    if context.profile.test:
        named = list(context.profile.test)
        for key in keys:
            sheet.refuse(
                key.str.to_uppercase().str.replace_all(" ", "").is_in(named).fill_null(value=False),
                key.name,
                "V34_TEST_PUPIL",
            )


def id_key(secret: bytes, surname: str | None, forename: str | None, born: date | None, dfe_no: str) -> str | None:
    """A key for a child without a UPN: the same for the same names and birth date at a school; None without surname."""
    if not surname:
        return None
    parts = (_letters(surname), _letters(forename or ""), born.isoformat() if born else "", dfe_no)
    return "id:" + hmac.new(secret, "|".join(parts).encode("utf-8"), hashlib.sha256).hexdigest()[:16]


def _letters(name: str) -> str:
    """A name as it is compared: letters and digits alone, without case and accents."""
    apart = unicodedata.normalize("NFKD", name).casefold()
    return "".join(filter(str.isalnum, apart))
