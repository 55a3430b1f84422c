"""An installation's folders without its servers, and the files that schools put into its inbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from schemas.process.settings import Settings

SCHOOL: Final = "8309996"
OTHER_SCHOOL: Final = "8309995"
RECEIVED_ON: Final = date(2026, 1, 16)
MONDAY: Final = date(2026, 1, 5)

_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_REGISTER: Final = "DfE No,School Name,Contact,Datasets,Agreed From,Agreed To,Profile\n"


def settings_of(folder: Path, **overrides: Any) -> Settings:
    """An installation below a folder, with its register and two schools in it."""
    home = folder / "home"
    settings = Settings(
        home=home, inbox=home / "inbox", today=RECEIVED_ON, settle_s=0.05, sweep_s=0.05, secret_key=b"k" * 32
    )
    (home / "config").mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = replace(settings, **overrides)
    settings.inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_register(settings, SCHOOL, OTHER_SCHOOL)
    return settings


def write_register(
    settings: Settings, *senders: str, datasets: str = "attendance;exclusions", profile: str = ""
) -> None:
    """Put a register with these schools in place of the present one."""
    lines = [f"{sender},School {sender},,{datasets},2020-01-01,,{profile}\n" for sender in senders]
    draft = settings.home / "config" / ".agreements"
    draft.write_text(_REGISTER + "".join(lines))
    draft.replace(settings.home / "config" / "agreements.csv")


def deliver(settings: Settings, content: bytes, *, sender: str | None = SCHOOL, name: str = "marks.csv") -> Path:
    """Put a file into the inbox by a rename, as a careful sender does."""
    folder = settings.inbox if sender is None else settings.inbox / sender
    folder.mkdir(exist_ok=True)
    draft = folder / f".{name[:100]}.part"
    draft.write_bytes(content)
    return draft.rename(folder / name)


def upn(number: int) -> str:
    """A UPN of an invented school with the right check letter."""
    digits = f"8309996{number:05d}"
    return _LETTERS[sum(int(d) * weight for d, weight in zip(digits, range(2, 14), strict=True)) % 23] + digits


def attendance(
    *, sender: str = SCHOOL, pupils: int = 3, week: date = MONDAY, marks: str = "/\\" * 5, first: int = 0
) -> bytes:
    """A weekly attendance file of that many pupils."""
    header = "UPN,First Name,Surname,DOB,DfE No,Start Date,Sessions,Enrolment Status\n"
    rows = (
        f"{upn(n)},Sam{n},Example,01/09/2012,{sender},{week:%d/%m/%Y},{marks},C\n" for n in range(first, first + pupils)
    )
    return (header + "".join(rows)).encode()


def exclusions(*, sender: str = SCHOOL, pupils: int = 1, start: date = MONDAY) -> bytes:
    """An exclusions file with one suspension of two days for each of that many pupils."""
    header = "UPN,Surname,Forename,DOB,DfE No,Start Date,End Date,Number of Sessions,Code Description,Type\n"
    end = start.replace(day=start.day + 1)
    rows = (
        f"{upn(n)},Example,Sam{n},01/09/2012,{sender},{start:%d/%m/%Y},{end:%d/%m/%Y},4,DB,SUSP\n"
        for n in range(pupils)
    )
    return (header + "".join(rows)).encode()
