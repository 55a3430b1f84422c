"""Receipts, for programs and for people."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from producers.feeds.findings import Finding
from producers.watcher import receipts
from producers.watcher.receipts import Receipt

SHA256 = "0123456789abcdef" * 4


def receipt(**overrides: Any) -> Receipt:
    made = Receipt("marks.csv", SHA256, "8309996", "attendance", 3, "accepted", None, 10, 9, 1)
    return replace(made, **overrides)


def test_the_json_has_the_fields_of_the_contract() -> None:
    """Exactly these names, findings as row, column and rule."""
    told = json.loads(receipt(rejected=(Finding(4, "DOB", "V12_DATE"),)).as_json())

    assert told == {
        "file_name": "marks.csv",
        "sha256": SHA256,
        "sender": "8309996",
        "dataset": "attendance",
        "delivery_seq": 3,
        "state": "accepted",
        "reason": None,
        "rows_total": 10,
        "rows_accepted": 9,
        "rows_rejected": 1,
        "rejected": [{"row": 4, "column": "DOB", "rule": "V12_DATE"}],
        "warnings": [],
    }


def test_the_text_groups_rows_by_rule() -> None:
    """One line a rule and column with all its rows, then those of the warnings."""
    text = receipt(
        rejected=(
            Finding(4, "DOB", "V12_DATE"),
            Finding(2, "DOB", "V12_DATE"),
            Finding(3, "UPN", "RULE_WITHOUT_WORDS"),
        ),
        warnings=(Finding(None, None, "WHOLE_FILE"),),
    ).as_text()

    assert "  column DOB, rows 2, 4\n" in text
    assert "  column UPN, row 3\n" in text
    assert "- WHOLE_FILE (WHOLE_FILE)\n  the whole file\n" in text


def test_the_text_says_how_rows_are_counted() -> None:
    """A person looks for them in a spreadsheet, where the header has a line of its own."""
    assert "line 2" in receipt(rejected=(Finding(1, None, "C02_SHORT_ROW"),)).as_text()
    assert "line 2" not in receipt(warnings=(Finding(None, None, "E02_UTF16"),)).as_text()


def test_a_long_list_of_rows_is_cut_for_people() -> None:
    """Fifty rows are enough to find a pattern; the JSON has all."""
    text = receipt(rejected=tuple(Finding(n, None, "V12_DATE") for n in range(1, 61))).as_text()

    assert "50 and 10 more" in text


def test_a_refusal_says_what_to_do() -> None:
    """The reason stands in words, with its code."""
    text = receipt(state="rejected", reason="NOT_IN_AGREEMENT", delivery_seq=None).as_text()

    assert "Ask the council" in text
    assert "(NOT_IN_AGREEMENT)" in text


def test_both_forms_are_written_under_the_name_and_digest(tmp_path: Path) -> None:
    """A later receipt for the same name and bytes takes the place of the earlier."""
    receipts.write(tmp_path, receipt(), "marks.csv")
    receipts.write(tmp_path, receipt(state="duplicate"), "marks.csv")

    folder = tmp_path / "receipts" / "8309996"
    assert sorted(path.name for path in folder.iterdir()) == ["marks.csv.01234567.json", "marks.csv.01234567.txt"]
    assert json.loads((folder / "marks.csv.01234567.json").read_text())["state"] == "duplicate"


def test_an_unread_file_has_zeros_in_the_name(tmp_path: Path) -> None:
    """Without a digest there is still one place for the receipt."""
    receipts.write(tmp_path, receipt(sha256=None), "_name")

    assert (tmp_path / "receipts" / "8309996" / "_name.00000000.json").exists()
