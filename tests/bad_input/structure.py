"""The structure of CSV: C01 to C17."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from schemas.events import Dataset
from tests.bad_input.case import Case, Example, Spoil, Told
from tests.bad_input.draft import ByteChange, Draft
from tests.bad_input.spoils import (
    EVERY_DATASET,
    OF_CHILDREN,
    OF_SCHOOLS,
    accepts,
    cell,
    cell_bytes,
    cells,
    data,
    every,
    line,
    refuses,
    refuses_row,
    renamed,
    warns,
    warns_of_file,
)

_DELIMITERS: Final = {"semicolon": b";", "tab": b"\t", "pipe": b"|"}


def _delimited(delimiter: bytes) -> ByteChange:
    return lambda content: content.replace(b",", delimiter)


def _without(column: str) -> Spoil:
    def spoil(draft: Draft, _: int) -> Draft:
        rows = tuple({name: text for name, text in row.items() if name != column} for row in draft.rows)
        return replace(draft, rows=rows)

    return spoil


def _backwards(draft: Draft, _: int) -> Draft:
    rows = tuple(dict(reversed(row.items())) for row in draft.rows)
    return replace(draft, rows=rows)


def _quoted_rows(content: bytes) -> bytes:
    return b"".join(b'"' + text + b'"\r\n' for text in content.splitlines())


def _missing(dataset: Dataset, column: str) -> Example:
    told = (Told("C09_HEADER_MISSING", column, "file"),)
    return Example(dataset, _without(column), "rejected", "C09_HEADER_MISSING", told, alone=True)


CASES: Final = (
    Case(
        "C01",
        "Semicolons, tabs or bars; Excel's line `sep=`",
        (
            *(
                example
                for delimiter in _DELIMITERS.values()
                for example in refuses(EVERY_DATASET, data(_delimited(delimiter)), "C01_DELIMITER", alone=True)
            ),
            *refuses(OF_SCHOOLS, data(lambda content: b"sep=,\r\n" + content), "C01_DELIMITER", alone=True),
            *(
                example
                for name, delimiter in _DELIMITERS.items()
                for example in accepts(OF_SCHOOLS, data(_delimited(delimiter)), profile=f"delimiter={name}", alone=True)
            ),
            *accepts(
                OF_SCHOOLS,
                data(lambda content: b"sep=;\r\n" + _delimited(b";")(content)),
                profile="delimiter=semicolon",
                alone=True,
            ),
        ),
        also="Read where the profile of the school has that delimiter.",
    ),
    Case(
        "C02",
        "A row with too few cells",
        refuses_row(EVERY_DATASET, line(lambda text: text.rpartition(",")[0]), "C02_SHORT_ROW"),
    ),
    Case(
        "C03",
        "A row with too many cells: a comma in a name, say",
        refuses_row(EVERY_DATASET, line(lambda text: "Xqsent," + text), "C03_LONG_ROW"),
        also="Columns are never shifted.",
    ),
    Case(
        "C04",
        "A quotation mark that is never closed",
        refuses(OF_CHILDREN, cell_bytes("Surname", b'"Xqsent'), "C04_UNCLOSED_QUOTE"),
    ),
    Case(
        "C05",
        "Text after a closing quotation mark",
        refuses(OF_CHILDREN, cell_bytes("Surname", b'"Xqsent"x'), "C05_TEXT_AFTER_QUOTE"),
    ),
    Case(
        "C06",
        "A quotation mark inside an unquoted cell, typographic or single ones around it",
        (
            *(
                example
                for raw in ("\u201cXqsent\u201d", "'Xqsent'", "\u2018Xqsent\u2019", "Xqsent\u201d")
                for example in warns(OF_CHILDREN, cell_bytes("Surname", raw.encode()), "C06_STRAY_QUOTE", "Surname")
            ),
            *warns(OF_CHILDREN, cell_bytes("Surname", b'Xqsent"x'), "C06_STRAY_QUOTE", "Surname", alone=True),
            *refuses_row(
                ["attendance"], cell_bytes("Sessions", b'/\\"\\/\\/\\/\\'), "C06_STRAY_QUOTE", "Sessions", alone=True
            ),
            *refuses_row(OF_SCHOOLS, cell("Start Date", "'2026-11-09'"), "C06_STRAY_QUOTE", "Start Date"),
            *accepts(OF_CHILDREN, cell("Surname", "Xqsent\u2019s")),
            *accepts(OF_CHILDREN, cell("Surname", 'Xqsent "x" y')),
        ),
        also="A typographic apostrophe is data, and so is a mark that is quoted as it should be.",
    ),
    Case(
        "C07",
        "A line break inside a quoted cell",
        (
            *accepts(["exclusions"], cell("Code Description", "Bullying\r\nTheft")),
            *warns(OF_CHILDREN, cell("Surname", "Xqsent\nx"), "C07_LINE_BREAK", "Surname"),
            *refuses_row(["attendance"], cell("Sessions", "/\\/\\\n/\\/\\/\\"), "C07_LINE_BREAK", "Sessions"),
            *refuses_row(OF_SCHOOLS, cell("Start Date", "2026-\n11-09"), "C07_LINE_BREAK", "Start Date"),
        ),
        also="Rows are counted by record, never by line.",
    ),
    Case(
        "C08",
        "A column twice, under an alias too",
        tuple(
            Example(
                kind,
                every(**{alias: "Xqsent"}),
                "rejected",
                "C08_DUPLICATE_HEADER",
                (Told("C08_DUPLICATE_HEADER", "Surname", "file"),),
                alone=True,
            )
            for kind in OF_CHILDREN
            for alias in ("surname ", "Family Name")
        ),
    ),
    Case(
        "C09",
        "A required column is missing; there is no header",
        (
            *(_missing(kind, column) for kind in OF_CHILDREN for column in ("UPN", "Surname", "DOB")),
            *(_missing(kind, "DfE No") for kind in OF_SCHOOLS),
            *(_missing("calendar", column) for column in ("From", "To")),
            *refuses(
                EVERY_DATASET,
                data(lambda content: content.partition(b"\n")[2]),
                "C09_HEADER_NOT_RECOGNISED",
                alone=True,
            ),
        ),
    ),
    Case(
        "C10",
        "A column that the contract does not know",
        (
            *warns_of_file(EVERY_DATASET, every(Medical_Notes="Xqsent\x07"), "C10_UNKNOWN_COLUMN", "Medical Notes"),
            *warns_of_file(EVERY_DATASET, every(**{"Xqsent\u200b?": "x"}), "C10_UNKNOWN_COLUMN"),
        ),
        also="It is never read nor published; its name is told only where all its words are words of headers.",
    ),
    Case(
        "C11",
        "Headers in other case, with blanks and punctuation, by an alias, in another order",
        (
            *accepts(
                ["attendance"],
                renamed(
                    Surname="FAMILY_NAME",
                    DOB="Date  of Birth",
                    DfE_No="estab no.",
                    Start_Date="Week-Start",
                    Sessions="MARKS",
                ),
            ),
            *accepts(["exclusions"], renamed(Forename="Forename(s)", NC_Year="Year", Type=" category ")),
            *accepts(["pupils"], renamed(Pupil_ID="pupil-id", Preferred_Name="Known As")),
            *accepts(EVERY_DATASET, _backwards),
        ),
    ),
    Case(
        "C12",
        "Title lines above, totals below",
        (
            *refuses(
                EVERY_DATASET,
                data(lambda content: b"Weekly export\r\n\r\n" + content),
                "C12_TITLE_OR_TOTALS",
                alone=True,
            ),
            *refuses(
                EVERY_DATASET, data(lambda content: content + b"Total: 25\r\n"), "C12_TITLE_OR_TOTALS", alone=True
            ),
        ),
    ),
    Case(
        "C13",
        "Blank lines, lines of nothing but commas",
        tuple(
            Example(kind, line(blank), blank=1)
            for kind in EVERY_DATASET
            for blank in (lambda _: "", lambda text: "," * text.count(","))
        ),
        also="They have a number, and count in no total.",
    ),
    Case(
        "C14",
        "A cell of more than 8 KiB",
        refuses(OF_CHILDREN, cell("Surname", "Xqsent" + "x" * 9_000), "C14_LONG_CELL"),
    ),
    Case(
        "C15",
        "Lines of comment",
        (
            *refuses(EVERY_DATASET, data(lambda content: b"# exported\r\n" + content), "C15_COMMENT_LINE", alone=True),
            *refuses(EVERY_DATASET, line(lambda _: "# Xqsent"), "C15_COMMENT_LINE"),
        ),
    ),
    Case(
        "C16",
        "Blanks around a cell, no-break ones too",
        (
            *accepts(OF_CHILDREN, cell("Surname", " Xqsent\u00a0")),
            *accepts(OF_SCHOOLS, cell("Start Date", " 2026-11-09 ")),
            *warns(["attendance"], cell("Admission Number", " Xqsent "), "C16_BLANKS_AROUND", "Admission Number"),
            *warns(["pupils"], cell("Pupil ID", "Xqsent\u00a0"), "C16_BLANKS_AROUND", "Pupil ID"),
            *warns(["calendar"], cells(DfE_No=" 8309996 "), "C16_BLANKS_AROUND", "DfE No"),
        ),
    ),
    Case(
        "C17",
        "Whole rows in quotation marks: everything in one column",
        refuses(EVERY_DATASET, data(_quoted_rows), "C17_ONE_COLUMN", alone=True),
    ),
)
