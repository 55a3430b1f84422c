"""One cell, one value: what is data, what is told, what is read as missing."""

from __future__ import annotations

from datetime import date

import pytest

from producers.feeds.values import (
    Reading,
    birth_date_reader,
    clean,
    date_reader,
    identifier,
    name,
    upn_of,
)


@pytest.mark.parametrize(
    "text",
    [
        "O'Brien",
        "O\u2019Brien",
        "Zoë",
        "Ng",
        "van der Berg-Smith",
        "D'Souza",
        "Null",
        "<script>",
        "'; DROP TABLE x; --",
        "李",
    ],
)
def test_names_are_data(text: str) -> None:
    """Apostrophes of every kind, other scripts and hostile text are kept as they are."""
    assert name(text) == Reading(text)


def test_names_are_stored_composed() -> None:
    """A letter and its accent become one character."""
    assert name("Zoe\u0308") == Reading("Zo\u00eb")


@pytest.mark.parametrize("text", ["\u00a0Ada\u00a0", " Ada\t", "\u2003Ada"])
def test_blanks_around_are_taken_off(text: str) -> None:
    """No-break ones too."""
    assert clean(text).value == "Ada"


@pytest.mark.parametrize("text", ["", "  ", "\u00a0"])
def test_blanks_alone_are_nothing(text: str) -> None:
    """No value, and no complaint."""
    assert clean(text) == Reading(None)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("A\x07da", "E07_CONTROL"),
        ("A\tda", "E07_CONTROL"),
        ("A\x1b[31mda", "E07_CONTROL"),
        ("A\x9bda", "E07_CONTROL"),
        ("A\x7fda", "E07_CONTROL"),
        ("A\x1ada", "E11_CTRL_Z"),
        ("A\u2028da", "E08_LINE_SEPARATOR"),
        ("A\x85da", "E08_LINE_SEPARATOR"),
        ("A\x0cda", "E08_LINE_SEPARATOR"),
        ("A\nda", "C07_LINE_BREAK"),
        ("A\u200bda", "V36_INVISIBLE"),
        ("A\u202eda", "V36_INVISIBLE"),
        ("A\U000e0041da", "V36_INVISIBLE"),
        ('A"da', "C06_STRAY_QUOTE"),
        ("'Ada'", "C06_STRAY_QUOTE"),
        ("\u201cAda\u201d", "C06_STRAY_QUOTE"),
        ("NULL", "V33_PLACEHOLDER"),
        ("N/A", "V33_PLACEHOLDER"),
        ("TEST", "V33_PLACEHOLDER"),
        ("#N/A", "V33_PLACEHOLDER"),
    ],
)
def test_unusable_texts_are_read_as_missing(text: str, rule: str) -> None:
    """The rule is told, the text is not kept."""
    assert clean(text) == Reading(None, (rule,))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("=Ada", "V35_FORMULA"),
        ("@Ada", "V35_FORMULA"),
        ("\uff1dAda", "V35_FORMULA"),
        ("Zo\u00c3\u00ab", "E13_MOJIBAKE"),
        ("Zo\ufffd", "E13_MOJIBAKE"),
        ("\u0410da", "V37_MIXED_SCRIPT"),
        ("Ada2", "V39_UNUSUAL_NAME"),
        ("Ada \U0001f600", "V39_UNUSUAL_NAME"),
        ("A" * 101, "V39_UNUSUAL_NAME"),
    ],
)
def test_suspicious_names_are_kept_and_told(text: str, rule: str) -> None:
    """Kept as they are; somebody may look."""
    assert name(text) == Reading(text, (rule,))


@pytest.mark.parametrize("text", ["2026-11-09", "09/11/2026", " 2026-11-09 "])
def test_two_forms_of_dates_are_read(text: str) -> None:
    """ISO and dd/mm/yyyy, where nothing is agreed."""
    assert date_reader(None)(text) == Reading(date(2026, 11, 9))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("20261109", "V13_DATE_FORMAT"),
        ("2026-W46-1", "V13_DATE_FORMAT"),
        ("9/11/2026", "V13_DATE_FORMAT"),
        ("09/11/26", "V13_DATE_FORMAT"),
        ("09-Nov-26", "V13_DATE_FORMAT"),
        ("46335", "V13_DATE_FORMAT"),
        ("2026-11-09T00:00:00", "V13_DATE_FORMAT"),
        ("\uff12\uff10\uff12\uff16-11-09", "V13_DATE_FORMAT"),
        ("31/02/2026", "V12_NO_SUCH_DAY"),
        ("29/02/2026", "V12_NO_SUCH_DAY"),
        ("00/00/0000", "V12_NO_SUCH_DAY"),
        ("11/13/2026", "V12_NO_SUCH_DAY"),
        ("0026-11-09", "V12_NO_SUCH_DAY"),
        ("01/01/1900", "V33_PLACEHOLDER"),
        ("99/99/9999", "V33_PLACEHOLDER"),
    ],
)
def test_other_dates_are_read_as_missing(text: str, rule: str) -> None:
    """No form is guessed at."""
    assert date_reader(None)(text) == Reading(None, (rule,))


def test_an_agreed_form_of_dates_excludes_the_other() -> None:
    """The profile fixes it."""
    assert date_reader("iso")("09/11/2026").rules == ("V13_DATE_FORMAT",)
    assert date_reader("dmy")("2026-11-09").rules == ("V13_DATE_FORMAT",)


@pytest.mark.parametrize(
    ("born", "fits"),
    [("2024-11-20", True), ("2024-11-21", False), ("2005-11-21", True), ("2005-11-20", False), ("2027-01-01", False)],
)
def test_pupils_are_between_2_and_20_on_the_day_of_receipt(born: str, fits: bool) -> None:  # noqa: FBT001
    """Any other birth date is read as missing."""
    reading = birth_date_reader(None, date(2026, 11, 20))(born)

    assert reading.rules == (() if fits else ("V17_BIRTH_DATE",))


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("F83099992500A", ("V03_UPN_TEMPORARY",)),
        ("E000200005001", ("V06_UPN_AUTHORITY",)),
        (" F830999823123", ("C16_BLANKS_AROUND",)),
        ("f830 9998 23123", ()),
    ],
)
def test_remarkable_upns_are_usable(text: str, rules: tuple[str, ...]) -> None:
    """Told, but a key all the same."""
    reading = upn_of(text)

    assert reading == Reading("".join(text.split()).upper(), rules)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("F83099982312", "V01_UPN_FORMAT"),
        ("\uff26830999823123", "V05_UPN_LETTERS"),
        ("A830999823123", "V02_UPN_CHECK_LETTER"),
    ],
)
def test_wrong_upns_are_read_as_missing(text: str, rule: str) -> None:
    """Never corrected."""
    assert upn_of(text) == Reading(None, (rule,))


def test_blanks_around_an_identifier_are_told() -> None:
    """They often come from copying by hand."""
    assert identifier("\u00a01001") == Reading("1001", ("C16_BLANKS_AROUND",))
