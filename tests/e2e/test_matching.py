"""The clerk's queue as a council meets it: a question is listed, shown, answered and taken back; `why` explains it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.csv_files import SCHOOL, attendance_row, csv_bytes, pupil_row, upn
from tests.support.installation import Installation, ask, installation

TODAY = "2026-11-20"
TIMEOUT_S = 60.0
OUTCOMES = "SELECT upn, outcome, pupil_id, decided_by FROM reporting.match ORDER BY upn"
BORN = {"DOB": "2012-03-12"}

pytestmark = pytest.mark.e2e


def send(made: Installation, folder: Path, sender: str, content: bytes) -> None:
    """Deliver a file and wait until it has had its effect."""
    (folder / "file.csv").write_bytes(content)
    made.drop(folder / "file.csv", sender)
    made.wait_until_idle(timeout_s=TIMEOUT_S)


def test_a_question_from_the_list_to_its_answer_and_back(tmp_path: Path) -> None:
    """A twin under the other's UPN: nothing of a child in the list, both sides on the screen, an answer that holds."""
    twins = [attendance_row(1, First_Name="Zebedee", Surname="Quillfeather", **BORN), attendance_row(3, **BORN)]
    index = [
        pupil_row(1, First_Name="Ottoline", Surname="Quillfeather"),
        pupil_row(2, First_Name="Zebedee", Surname="Quillfeather"),
        pupil_row(3, Sealed="Y"),
    ]
    with installation(today=TODAY) as made:
        (made.home / "config").mkdir()
        (made.home / "config" / "agreements.csv").write_text(f"DfE No,Datasets\n{SCHOOL},attendance\n")
        with made.running():
            send(made, tmp_path, SCHOOL, csv_bytes(twins))
            send(made, tmp_path, "council", csv_bytes(index))
            (question,) = json.loads(made.run("review", "list", "--json", expected=1))
            listed = made.run("review", "list", expected=1)
            apart = made.run("review", "list", "--restricted", expected=1)
            shown = made.run("review", "show", question["question"])
            sealed = made.run("review", "show", apart.split()[0], expected=2)
            decide = ("review", "decide", question["question"])
            unclear = made.run(*decide, "same", "--why", "x", expected=2)
            told = made.run(*decide, "same", "--pupil", "P2", "--by", "clerk-7", "--why", "asked the school")
            answered = ask(made.settings().postgres, OUTCOMES)
            why = made.run("why", "match", SCHOOL, upn(1))
            made.run(*decide, "withdraw", "--why", "mistaken")
            withdrawn = ask(made.settings().postgres, OUTCOMES)
        log = "".join(path.read_text() for path in (made.home / "log").rglob("*") if path.is_file())

    assert [name in listed + apart for name in ("Quillfeather", "Zebedee", upn(1), upn(3), "P3")] == [False] * 5
    assert "1 open; 1 more" in listed
    assert [name in shown for name in ("Ottoline", "Zebedee", "P1", "P2", "≠ Ottoline", "Forename agrees")] == [
        True
    ] * 6
    assert (sealed, unclear, "obeys" in told) == ("", "", True)
    assert answered == [(upn(1), "certain", "P2", "clerk"), (upn(3), "sealed", None, "rule")]
    assert withdrawn == [(upn(1), "possible", None, "rule"), (upn(3), "sealed", None, "rule")]
    assert [piece in why for piece in ("P2", "a clerk", "UPN", "row 1", "bits", "clerk-7")] == [True] * 6
    assert [name in log + why for name in ("Quillfeather", "Zebedee", "Ottoline")] == [False] * 3
