"""The council's calendar: a full snapshot of the academic years it mentions, one event per record."""

from __future__ import annotations

from typing import Final

import polars as pl

from producers.feeds import values
from producers.feeds.context import Context
from producers.feeds.outcome import Outcome
from producers.feeds.schools import read_school
from producers.feeds.sheet import Sheet
from producers.feeds.values import Value
from schemas.codec import columns

_KINDS: Final[dict[str, Value]] = {
    **dict.fromkeys(("term", "term time"), "TERM"),
    **dict.fromkeys(("holiday", "holidays"), "HOLIDAY"),
    **dict.fromkeys(("inset", "inset day"), "INSET"),
    **dict.fromkeys(("closed", "closure"), "CLOSED"),
}


def read(sheet: Sheet, context: Context) -> Outcome:
    """The rows of a calendar file."""
    read_date = values.date_reader(context.profile.dates)
    school = read_school(sheet, refuses=True)
    # Read as missing, a school's number would make its closure the whole county's.
    sheet.escalate(school.is_null() & ~sheet.blank("DfE No"), ("DfE No",), "V11_DFE_NUMBER")
    first = sheet.read("From", read_date, pl.Date())
    last = sheet.read("To", read_date, pl.Date())
    sheet.warn((last < first).fill_null(value=False), "To", "V26_END_BEFORE_START")
    frame = pl.DataFrame(
        {
            "row": sheet.rows,
            "dfe_no": school,
            "date_from": first,
            "date_to": pl.select(pl.when(last >= first).then(last).otherwise(first)).to_series(),
            "kind": sheet.read("Kind", values.choice_reader(_KINDS, "V28_KIND")),
        }
    )
    frame = frame.filter(sheet.accepted())
    sheet.warn_of_repeats(frame)
    kinds = columns("CalendarDays").items()
    return Outcome(frame.select(pl.col(name).cast(kind) for name, kind in kinds if name != "delivery_seq"))
