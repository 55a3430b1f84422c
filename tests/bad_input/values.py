"""Values: V01 to V42."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from producers.feeds.upn import check_letter
from tests.bad_input.case import Case, Example, Spoil, Told
from tests.bad_input.draft import Draft, upn
from tests.bad_input.spoils import (
    OF_CHILDREN,
    OF_SCHOOLS,
    accepts,
    cell,
    cells,
    copy,
    every,
    refuses,
    refuses_row,
    unchanged,
    warns,
    warns_of_file,
)
from tests.support.csv_files import FULL_WEEK, OTHER_SCHOOL

_TEMPORARY: Final = check_letter("83094900001A") + "83094900001A"
_NO_AUTHORITY: Final = check_letter("000949000017") + "000949000017"
_TEST_PUPIL: Final = upn(499_999)
_WIDE_DIGITS: Final = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))


def _upn(change: Callable[[str], str]) -> Spoil:
    """The row's own UPN changed."""
    return lambda draft, place: draft.with_cells(place, UPN=change(draft.rows[place]["UPN"]))


def _upn_without_other_key(change: Callable[[str], str]) -> Spoil:
    """And nothing else that says who the row is about."""
    return lambda draft, place: _upn(change)(draft, place).with_cells(place, Admission_Number="")


def _upn_without_surname(change: Callable[[str], str]) -> Spoil:
    return lambda draft, place: _upn(change)(draft, place).with_cells(place, Surname="")


def _another_letter(number: str) -> str:
    return ("B" if number[0] == "A" else "A") + number[1:]


def _broken_upn(change: Callable[[str], str], rule: str) -> tuple[Example, ...]:
    """Read as missing; it costs the row where it was the only key."""
    return (
        *warns(OF_CHILDREN, _upn(change), rule, "UPN"),
        *refuses_row(["attendance"], _upn_without_other_key(change), rule, "UPN"),
        *refuses_row(["exclusions"], _upn_without_surname(change), rule, "UPN"),
    )


def _with_marks(marks: str) -> Spoil:
    return cell("Sessions", marks)


def _without(count: int) -> Spoil:
    """That many rows fewer, beginning with the row."""

    def spoil(draft: Draft, place: int) -> Draft:
        left_out = {(place + step) % len(draft.rows) for step in range(count)}
        rows = tuple(row for at, row in enumerate(draft.rows) if at not in left_out)
        return replace(draft, rows=rows)

    return spoil


def _separated(separator: str) -> Spoil:
    def spoil(draft: Draft, _: int) -> Draft:
        rows = tuple({**row, "Sessions": separator.join(row["Sessions"])} for row in draft.rows)
        return replace(draft, rows=rows)

    return spoil


_BOTH_LENGTHS: Final = (Told("V08_TWO_LENGTHS", "End Date"), Told("V08_TWO_LENGTHS", "End Date", "copy"))

CASES: Final = (
    Case("V01", "A UPN of a wrong length or alphabet", _broken_upn(lambda number: number[:-2], "V01_UPN_FORMAT")),
    Case(
        "V02",
        "A UPN whose check letter is wrong",
        _broken_upn(_another_letter, "V02_UPN_CHECK_LETTER"),
        also="Never corrected: it is read as missing.",
    ),
    Case(
        "V03",
        "A temporary UPN",
        warns(OF_CHILDREN, cell("UPN", _TEMPORARY), "V03_UPN_TEMPORARY", "UPN"),
        also="It ties no rows of two schools together.",
    ),
    Case(
        "V04",
        "No UPN",
        (
            *accepts(["attendance", "pupils"], cell("UPN", "")),
            *warns(["exclusions"], cell("UPN", " "), "V04_UPN_BLANK", "UPN"),
            *refuses_row(["attendance"], cells(UPN="", Admission_Number=""), "V04_UPN_BLANK", "UPN"),
            *refuses_row(["exclusions"], cells(UPN="", Surname=""), "V04_UPN_BLANK", "UPN"),
        ),
        also="The key is then `adm:` and the admission number, or `id:` and a keyed hash of the name.",
    ),
    Case(
        "V05",
        "A UPN in small letters or with spaces; in letters or digits of another script",
        (
            *accepts(OF_CHILDREN, _upn(lambda number: f"{number[:4]} {number[4:].lower()}")),
            *accepts(OF_CHILDREN, _upn(str.lower)),
            *_broken_upn(lambda number: number.translate(_WIDE_DIGITS), "V05_UPN_LETTERS"),
        ),
    ),
    Case(
        "V06",
        "A UPN with the number of no authority",
        warns(OF_CHILDREN, cell("UPN", _NO_AUTHORITY), "V06_UPN_AUTHORITY", "UPN"),
    ),
    Case(
        "V07",
        "The same row twice",
        tuple(
            Example(kind, copy(), warned=(Told("V07_REPEATED_ROW", None, "copy"),))
            for kind in (*OF_CHILDREN, "calendar")
        ),
        also="Both are published, and have effect once.",
    ),
    Case(
        "V08",
        "Two rows for one thing that say different things",
        (
            Example(
                "attendance",
                copy(Sessions="IIIIIIIIII"),
                refused=(Told("V08_CONTRADICTION", "Sessions"), Told("V08_CONTRADICTION", "Sessions", "copy")),
            ),
            Example(
                "pupils",
                copy(Surname="Xqsentother"),
                refused=(Told("V08_CONTRADICTION", "Pupil ID"), Told("V08_CONTRADICTION", "Pupil ID", "copy")),
            ),
            Example("exclusions", copy(End_Date="16/11/2026"), warned=_BOTH_LENGTHS),
            Example("exclusions", copy(Number_of_Sessions="8"), warned=_BOTH_LENGTHS),
            *accepts(["exclusions"], copy(Code_Description="Theft")),
        ),
        also="The last one never wins. Of suspensions the later end, then the most sessions count; rows that differ in "
        "their reasons alone are one.",
    ),
    Case(
        "V09",
        "A known UPN with another name and date of birth",
        (
            *accepts(["attendance"], cells(Surname="Xqsentother", First_Name="Xqsenthim", DOB="2011-05-05")),
            *accepts(["exclusions"], cells(Surname="Xqsentother", Forename="Xqsenthim", DOB="05/05/2011")),
        ),
        also="Nothing is overwritten: the match is `possible`, a question to a person.",
        shown_by="test_a_known_upn_with_other_details_is_a_question",
    ),
    Case(
        "V10",
        "The number of another school in one row",
        refuses(
            OF_SCHOOLS,
            cell("DfE No", OTHER_SCHOOL),
            "V10_OTHER_SCHOOL",
            refused=(Told("V10_OTHER_SCHOOL", "DfE No"),),
            counted=True,
        ),
        also="One row is enough, and an alarm is logged: it may be a breach.",
    ),
    Case(
        "V11",
        "A DfE number that is none: 8.01E+06, a digit lost",
        (
            *(
                example
                for text in ("8.01E+06", "830999", "083099961", "830-99-96")
                for example in refuses_row([*OF_SCHOOLS, "calendar"], cell("DfE No", text), "V11_DFE_NUMBER", "DfE No")
            ),
            *warns(["pupils"], cell("DfE No", "8.01E+06"), "V11_DFE_NUMBER", "DfE No"),
            *refuses(
                OF_SCHOOLS,
                every(DfE_No="8.01E+06"),
                "V11_DFE_NUMBER",
                refused=(Told("V11_DFE_NUMBER", "DfE No", "every"),),
                counted=True,
                alone=True,
            ),
        ),
    ),
    Case(
        "V12",
        "A day that does not exist",
        (
            *(
                example
                for text in ("31/02/2026", "29/02/2026", "00/00/2026", "2026-13-01")
                for example in refuses_row(OF_SCHOOLS, cell("Start Date", text), "V12_NO_SUCH_DAY", "Start Date")
            ),
            *refuses_row(["calendar"], cell("From", "31/09/2026"), "V12_NO_SUCH_DAY", "From"),
            *warns(OF_CHILDREN, cell("DOB", "30/02/2012"), "V12_NO_SUCH_DAY", "DOB"),
            *warns(["exclusions"], cell("End Date", "31/11/2026"), "V12_NO_SUCH_DAY", "End Date"),
        ),
    ),
    Case(
        "V13",
        "A date in another form: two-digit year, words, a spreadsheet's number",
        (
            *(
                example
                for text in (
                    "9/11/26",
                    "2026/11/09",
                    "46335",
                    "9 Nov 2026",
                    "20261109",
                    "2026-W46-1",
                    "\uff12\uff10\uff12\uff16-11-09",
                )
                for example in refuses_row(OF_SCHOOLS, cell("Start Date", text), "V13_DATE_FORMAT", "Start Date")
            ),
            *refuses_row(
                ["attendance"], cell("Start Date", "09/11/2026"), "V13_DATE_FORMAT", "Start Date", profile="dates=iso"
            ),
            *warns(OF_CHILDREN, cell("DOB", "17/2/12"), "V13_DATE_FORMAT", "DOB"),
        ),
    ),
    Case(
        "V14",
        "Weekdays outside the row's attendance year; a year that cannot be read",
        (
            *refuses_row(["attendance"], cell("Attendance Year", "2024/25"), "V14_OUTSIDE_YEAR", "Start Date"),
            *warns(["attendance"], cell("Attendance Year", "2026/28"), "V14_YEAR_FORMAT", "Attendance Year"),
        ),
    ),
    Case(
        "V15",
        "Sessions after the day of receipt",
        (
            *warns(["attendance"], cell("Start Date", "2026-11-23"), "V15_NOT_YET", "Sessions"),
            *accepts(["exclusions"], cells(Start_Date="23/11/2026", End_Date="27/11/2026")),
        ),
        also="They are not covered yet and count nowhere.",
    ),
    Case(
        "V16",
        "Marks on a Saturday or Sunday",
        (
            *warns(["attendance"], _with_marks(FULL_WEEK + "/###"), "V16_WEEKEND", "Sessions"),
            *accepts(["attendance"], _with_marks(FULL_WEEK + "#- -")),
        ),
        also="`-`, blank and `#` count nowhere there.",
    ),
    Case(
        "V17",
        "A date of birth in the future, under 2 or over 20",
        tuple(
            example
            for text in ("2030-01-01", "2025-06-01", "1990-01-01")
            for example in warns(OF_CHILDREN, cell("DOB", text), "V17_BIRTH_DATE", "DOB")
        ),
        also="It is read as missing.",
    ),
    Case(
        "V18",
        "Marks before admission or after leaving",
        warns_of_file(["attendance"], every(Leaving_Date="2026-10-01"), "C10_UNKNOWN_COLUMN", "Leaving Date"),
        also="No column of the contract holds those days; one that is sent is not read.",
    ),
    Case(
        "V19",
        "More or fewer marks than days",
        tuple(
            example
            for marks in (FULL_WEEK[:-1], FULL_WEEK + "/", "/" * 11, "N/A", FULL_WEEK * 400)
            for example in refuses_row(["attendance"], _with_marks(marks), "V19_LENGTH", "Sessions")
        ),
    ),
    Case(
        "V20",
        "A code that no list knows",
        warns(["attendance"], _with_marks("%" + FULL_WEEK[1:]), "V20_UNKNOWN_CODE", "Sessions"),
        also="The session counts in `unknown_mark`, never as absence.",
    ),
    Case(
        "V21",
        "A code or reason that was not in force on its day",
        (
            *(
                example
                for code in "HJY"
                for example in warns(["attendance"], _with_marks(code + FULL_WEEK[1:]), "V21_NOT_IN_FORCE", "Sessions")
            ),
            *warns(
                ["attendance"],
                cells(Start_Date="2023-11-06", Attendance_Year="2023", Sessions="K" + FULL_WEEK[1:]),
                "V21_NOT_IN_FORCE",
                "Sessions",
            ),
            *warns(["exclusions"], cell("Code Description", "OT"), "V21_REASON_NOT_IN_FORCE", "Code Description"),
        ),
        also="Counted as the table says.",
    ),
    Case(
        "V22",
        "Codes of two characters; a row written in another way than the file",
        (
            *accepts(["attendance"], _with_marks("/\\C2C2Y1Y1/\\/\\")),
            *(
                example
                for separator in (" ", ",", "|", ";")
                for example in accepts(["attendance"], _separated(separator), alone=True)
            ),
            *refuses_row(["attendance"], _with_marks("/ \\ / \\ / \\ / \\ / \\"), "V22_NO_DECODING", "Sessions"),
        ),
        also="The form is chosen by what fits the file, or fixed by the profile.",
    ),
    Case(
        "V23",
        "The slash of the other half of the day; a backslash doubled or lost",
        (
            *warns(["attendance"], _with_marks("\\\\" + FULL_WEEK[2:]), "V23_WRONG_SLASH", "Sessions"),
            *refuses_row(["attendance"], _with_marks("/\\\\" * 5), "V19_LENGTH", "Sessions"),
            *refuses_row(["attendance"], _with_marks("/" * 5), "V19_LENGTH", "Sessions"),
        ),
        also="The position decides.",
    ),
    Case(
        "V24",
        "A code in small letters; a character that only looks like one",
        (
            *accepts(["attendance"], _with_marks("l" + FULL_WEEK[1:])),
            *(
                example
                for mark in ("1", "0", "\u0406")
                for example in warns(["attendance"], _with_marks(mark + FULL_WEEK[1:]), "V24_LOOK_ALIKE", "Sessions")
            ),
        ),
        also="A look-alike counts in `unknown_mark`.",
    ),
    Case(
        "V25",
        "A past session without a mark; `#` for some where most have marks",
        (
            *warns(["attendance"], _with_marks("-" + FULL_WEEK[1:]), "V25_NO_MARK", "Sessions"),
            *warns(["attendance"], _with_marks(" " + FULL_WEEK[1:]), "V25_NO_MARK", "Sessions"),
            *warns(["attendance"], _with_marks("##" + FULL_WEEK[2:]), "V25_CLOSED_FOR_FEW", "Sessions"),
        ),
    ),
    Case(
        "V26",
        "An end before the start; a length of nothing, below nothing or not in half days",
        (
            *warns(["exclusions"], cell("End Date", "06/11/2026"), "V26_END_BEFORE_START", "End Date"),
            *warns(["calendar"], cell("To", "2026-01-01"), "V26_END_BEFORE_START", "To"),
            *(
                example
                for text in ("0", "-2", "2.5")
                for example in warns(
                    ["exclusions"], cell("Number of Sessions", text), "V26_LENGTH", "Number of Sessions"
                )
            ),
            *warns(["exclusions"], cell("End Date", ""), "V26_NO_END", "End Date"),
            *warns(["exclusions"], cell("Number of Sessions", ""), "V26_NO_LENGTH", "Number of Sessions"),
        ),
        also="End and sessions are read as missing.",
    ),
    Case(
        "V27",
        "Suspensions of more than 45 days in a year",
        warns(["exclusions"], cell("Number of Sessions", "91"), "V27_YEARLY_LIMIT", "Number of Sessions"),
        also="The alert `YEAR_OVER_45_DAYS` is raised.",
        shown_by="test_a_year_over_the_limit_raises_an_alert",
    ),
    Case(
        "V28",
        "A permanent exclusion with an end; a word that no list knows",
        (
            *warns(["exclusions"], cell("Type", "PERM"), "V28_PERMANENT_WITH_END", "End Date"),
            *warns(["exclusions"], cell("Type", "Isolation"), "V28_TYPE", "Type"),
            *warns(["exclusions"], cell("Type", ""), "V28_TYPE", "Type"),
            *warns(["exclusions"], cell("Code Description", "Xqsent ran away"), "V28_REASON", "Code Description"),
            *warns(["attendance"], cell("Enrolment Status", "Z"), "V28_ENROLMENT_STATUS", "Enrolment Status"),
            *warns(["attendance"], cell("Part Time", "maybe"), "V28_PART_TIME", "Part Time"),
            *warns(["pupils"], cell("Sealed", "maybe"), "V28_SEALED", "Sealed"),
            *refuses_row(["calendar"], cell("Kind", "Xqsent"), "V28_KIND", "Kind"),
        ),
        also="Shown as sent. Whatever is not a clear no seals a record.",
    ),
    Case(
        "V29",
        "Suspensions that overlap; the withdrawal of one that nobody knows",
        (
            Example(
                "exclusions",
                copy(Start_Date="12/11/2026", End_Date="17/11/2026", Number_of_Sessions="8"),
                warned=(Told("V29_OVERLAP", "Start Date", "copy"),),
            ),
            *accepts(["exclusions"], cell("Action Code", "CANC")),
        ),
        also="A withdrawal stands in `suspension` as `cancelled`, in order whichever comes first.",
        shown_by="test_the_withdrawal_of_an_unknown_suspension_is_kept",
    ),
    Case(
        "V30",
        "Marked present while suspended",
        accepts(["attendance"], unchanged, alone=True),
        also="It stands in `exclusion_mark_mismatch`.",
        shown_by="test_a_child_present_while_suspended_stands_in_a_view",
    ),
    Case(
        "V31",
        "A year group that does not fit the date of birth",
        warns(["exclusions"], cell("NC Year", "3"), "V31_YEAR_GROUP", "NC Year"),
    ),
    Case(
        "V32",
        "A number that is no plain one: 5.0, 1e3, 1,000, with a typographic minus, endless",
        tuple(
            example
            for text in ("5.0", "1e3", "1,000", "\u22125", "Infinity", "1" + "0" * 30, "\uff15")
            for example in warns(["exclusions"], cell("Number of Sessions", text), "V32_NUMBER", "Number of Sessions")
        ),
    ),
    Case(
        "V33",
        "A placeholder: NULL, N/A, TEST, 01/01/1900, 99/99/9999",
        (
            *warns(OF_CHILDREN, cell("Surname", "NULL"), "V33_PLACEHOLDER", "Surname"),
            *warns(OF_CHILDREN, cell("DOB", "01/01/1900"), "V33_PLACEHOLDER", "DOB"),
            *warns(["exclusions"], cell("Number of Sessions", "NaN"), "V33_PLACEHOLDER", "Number of Sessions"),
            *refuses_row(OF_SCHOOLS, cell("Start Date", "99/99/9999"), "V33_PLACEHOLDER", "Start Date"),
            *refuses_row(OF_SCHOOLS, cell("DfE No", "#N/A"), "V33_PLACEHOLDER", "DfE No"),
            *refuses_row(["attendance"], cells(UPN="TEST", Admission_Number=""), "V33_PLACEHOLDER", "UPN"),
        ),
    ),
    Case(
        "V34",
        "A pupil made up to try the school's system",
        (
            *refuses_row(OF_SCHOOLS, cell("UPN", _TEST_PUPIL), "V34_TEST_PUPIL", "UPN", profile=f"test={_TEST_PUPIL}"),
            *refuses_row(
                ["attendance"],
                cell("Admission Number", "Xqsenttest"),
                "V34_TEST_PUPIL",
                "Admission Number",
                profile="test=Xqsenttest",
            ),
        ),
        also="The profile lists them.",
    ),
    Case(
        "V35",
        "Begins like a formula of a spreadsheet, full-width signs too",
        (
            *(
                example
                for text in ("=Xqsent+x", "+Xqsent", "-Xqsent", "@Xqsent", "\uff1dXqsent")
                for example in warns(OF_CHILDREN, cell("Surname", text), "V35_FORMULA", "Surname")
            ),
        ),
        also="Kept as text. In marks `-` is a code.",
    ),
    Case(
        "V36",
        "Characters that nobody sees: direction, zero width, tags",
        (
            *(
                example
                for text in ("Xqsent\u202ex", "Xqsent\u200bx", "Xqsent\u2066x", "Xqsent\U000e0041x", "Xqsent\u00adx")
                for example in warns(OF_CHILDREN, cell("Surname", text), "V36_INVISIBLE", "Surname")
            ),
            *refuses_row(["attendance"], _with_marks("/\\\u200b/\\/\\/\\/\\"), "V36_INVISIBLE", "Sessions"),
            *refuses_row(OF_SCHOOLS, cell("Start Date", "2026-11\u200b-09"), "V36_INVISIBLE", "Start Date"),
            *refuses_row(["pupils"], cell("Pupil ID", "Xqsent\u200d"), "V36_INVISIBLE", "Pupil ID"),
        ),
    ),
    Case(
        "V37",
        "A name in letters of two scripts",
        warns(OF_CHILDREN, cell("Surname", "Xqsent\u0430"), "V37_MIXED_SCRIPT", "Surname"),
        also="Kept as sent: there are such names. Without a UPN the pupil is matched by a person alone.",
    ),
    Case(
        "V38",
        "HTML, SQL, template or log text in a name",
        tuple(
            example
            for text in (
                "<script>Xqsent</script>",
                "Xqsent'); DROP TABLE pupil;--",
                "{{Xqsent}} ${jndi:ldap://Xqsent} %s",
                "Xqsent level=error password",
            )
            for example in accepts(OF_CHILDREN, cell("Surname", text))
        ),
        also="It is data: passed as a parameter, encoded on the way out, never logged.",
    ),
    Case(
        "V39",
        "A name that is very long, blank, or has digits or signs",
        tuple(
            example
            for text in ("Xqsent" * 30, "", "Xqsent 2", "Xqsent\U0001f600")
            for example in warns(OF_CHILDREN, cell("Surname", text), "V39_UNUSUAL_NAME", "Surname")
        ),
        also="Never shortened.",
    ),
    Case(
        "V40",
        "A whole school with one code in the latest week",
        (
            Example("attendance", every(Sessions="I" * 10), "held", "V40_ONE_CODE", alone=True),
            *accepts(["attendance"], every(Sessions="#" * 10), alone=True),
        ),
        also="From 20 pupils; not for `#`, `/`, `\\`, `Y`.",
    ),
    Case(
        "V41",
        "Children dropped from a file",
        (
            *accepts(["attendance", "pupils"], _without(1), before=(unchanged,), alone=True),
            *(
                Example(kind, _without(6), "held", "COUNT_CHANGED", before=(unchanged,), alone=True)
                for kind in ("attendance", "pupils")
            ),
        ),
        also="What was known of them stays; a child who leaves the council's index is no longer current.",
        shown_by="test_a_child_who_left_the_index_is_kept_as_not_current",
    ),
    Case(
        "V42",
        "A column that may say who is protected",
        tuple(
            example
            for column in ("Looked After", "Child Protection", "CLA")
            for example in warns_of_file(OF_SCHOOLS, every(**{column: "Y"}), "V42_SHIELDED_COLUMN", column)
        ),
        also="It is never read.",
    ),
)
