"""Frames to CSV bytes as a sender would write them, and in place by a rename so that nobody sees half a file."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

_ALIASES: Final = {
    "First Name": "Forename",
    "Surname": "Last Name",
    "Preferred Name": "Known As",
    "DOB": "Date of Birth",
    "Gender": "Sex",
    "LA Code": "LA Number",
    "DfE No": "Estab No",
    "Start Date": "Week Start",
    "Sessions": "Marks",
    "Admission Number": "Adm No",
    "Part Time": "Part Time Pupil Flag",
}
_EXCLUSION_ALIASES: Final = {
    "Forename": "Forename(s)",
    "DOB": "Date of Birth",
    "NC Year": "NC Year Group",
    "Code Description": "Reason",
    "Number of Sessions": "Sessions",
    "Type": "Category",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file a sender hands over, before and after whatever went wrong with it."""

    sender: str
    dataset: str
    file_name: str
    data: bytes
    rows: int | None


def csv_bytes(frame: pl.DataFrame, *, bom: bool = False, dates: str = "%d/%m/%Y") -> bytes:
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_bom=bom, line_terminator="\r\n", date_format=dates)
    return buffer.getvalue()


def with_aliases(frame: pl.DataFrame, dataset: str) -> pl.DataFrame:
    return frame.rename(_ALIASES if dataset == "attendance" else _EXCLUSION_ALIASES, strict=False)


def place(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
