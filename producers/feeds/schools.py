"""The school of each row, and whether it is the sender's."""

from __future__ import annotations

import polars as pl

from producers.feeds import values
from producers.feeds.context import Context
from producers.feeds.sheet import Sheet

_ESTABLISHMENT: int = 4


def read_school(sheet: Sheet, *, refuses: bool) -> pl.Series:
    """The 7-digit DfE number of each row: four digits are completed from `LA Code`."""
    numbers = sheet.read("DfE No", values.school_number)
    short = numbers.str.len_chars() == _ESTABLISHMENT
    if not short.any():
        return numbers
    authority = sheet.read("LA Code", values.la_code)
    whole = pl.select(pl.when(short).then(authority + numbers).otherwise(numbers)).to_series().alias("DfE No")
    bad = whole.is_null() & numbers.is_not_null()
    (sheet.refuse if refuses else sheet.warn)(bad, "DfE No", "V11_DFE_NUMBER")
    return whole


def refuse_others(sheet: Sheet, schools: pl.Series, context: Context) -> None:
    """Refuse rows of a school other than the sender."""
    if context.sender:
        sheet.refuse((schools != context.sender).fill_null(value=False), "DfE No", "V10_OTHER_SCHOOL")
