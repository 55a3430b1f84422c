"""Bad files through a whole installation: what senders are told, where files lie, what topics and views say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from deploy.roles import CONSUMERS
from producers.watcher.receipts import sentence
from schemas.process.kafka import read_to_end
from schemas.topics import ALERTS, DECISIONS, IDENTITIES, topics
from tests.bad_input.case import Answer, answer_to
from tests.bad_input.draft import good, token, upn
from tests.bad_input.run import PLACE, STAGE, V09, V27, V29, V30, V41, Run, Sent, run, sent, staged
from tests.bad_input.sentinel import cell_texts, leaks, leaks_below

pytestmark = pytest.mark.e2e

_FOLDER: Final = {"accepted": "archive", "rejected": "rejected", "held": "held"}
_VIEW_STATE: Final = {"accepted": "applied"}


@pytest.fixture(scope="module", name="ran")
def _ran() -> Iterator[Run]:
    with run() as ran:
        yield ran


@pytest.mark.parametrize("one", [pytest.param(one, id=one.id) for one in sent()])
def test_the_answer_is_the_same_everywhere(ran: Run, one: Sent) -> None:
    """Receipt, ledger, topics, folders and views agree with the case."""
    receipt = ran.receipt(one)
    if one.example.state == "waiting":
        assert receipt is None
        assert ran.kept("inbox", one.draft.sender)
        return

    assert receipt is not None
    told, text = receipt
    _assert_told(told, one, answer_to(one.draft, (one.example, PLACE)))
    _assert_readable(text, told)
    _assert_on_topics(ran, told)
    _assert_in_folders(ran, one)
    _assert_in_views(ran, told)


def _found(findings: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    return {(found["row"], found["column"], found["rule"]) for found in findings}


def _assert_told(told: dict[str, Any], one: Sent, expected: Answer) -> None:
    assert (told["state"], told["reason"]) == (one.example.state, one.example.reason)
    assert (told["rows_total"], told["rows_accepted"]) == (expected.rows_total, expected.rows_accepted)
    assert _found(told["rejected"]) == {(found.row, found.column, found.rule) for found in expected.rejected}
    assert _found(told["warnings"]) == {(found.row, found.column, found.rule) for found in expected.warnings}


def _assert_readable(text: str, told: dict[str, Any]) -> None:
    """Every rule has its sentence."""
    for rule in {found["rule"] for found in (*told["rejected"], *told["warnings"])} | {told["reason"]} - {None}:
        assert sentence(rule) != rule
        assert sentence(rule) in text


def _assert_on_topics(ran: Run, told: dict[str, Any]) -> None:
    entry = ran.entries[told["sender"], told["file_name"]]
    accepted, seq = told["state"] == "accepted", told["delivery_seq"]
    rejects = {(r.row, r.column, r.rule) for r in ran.rejects if (r.sender, r.dataset, r.delivery_seq) == _key(told)}
    assert (entry.state, entry.reason) == ("published" if accepted else told["state"], told["reason"])
    assert (entry.rows_total, entry.rows_accepted) == (told["rows_total"], told["rows_accepted"])
    assert (seq is None) == (told["state"] in {"rejected", "held"})
    if accepted:
        assert ran.events[_key(told)] == told["rows_accepted"]
        assert rejects == _found(told["rejected"])
    elif seq is None:
        assert _key(told) not in ran.events


def _key(told: dict[str, Any]) -> tuple[str, str, int]:
    return told["sender"], told["dataset"], told["delivery_seq"]


def _assert_in_folders(ran: Run, one: Sent) -> None:
    """Nothing is left on its way, and each file is kept once, or not at all."""
    assert ran.kept("inbox", one.draft.sender) == ran.kept("spool", one.draft.sender) == []
    if one.is_alone:
        there = {folder: len(ran.kept(folder, one.draft.sender)) for folder in _FOLDER.values()}
        due = [_FOLDER.get(one.example.state), *["archive"] * one.before]
        assert there == {folder: due.count(folder) for folder in _FOLDER.values()}


def _assert_in_views(ran: Run, told: dict[str, Any]) -> None:
    state = _VIEW_STATE.get(told["state"], told["state"])
    counts = (told["rows_total"], told["rows_accepted"], told["rows_rejected"])
    shown = ran.deliveries[told["sender"], told["file_name"]]
    assert shown == (state, told["reason"], *counts, told["delivery_seq"])
    if told["state"] == "accepted" and told["sender"] != "council":
        rows = {(row, column, rule) for sender, *_, row, column, rule in ran.rejected_rows if sender == told["sender"]}
        assert rows == _found(told["rejected"])


def test_a_known_upn_with_other_details_is_a_question(ran: Run) -> None:
    """V09: nothing is overwritten; a person decides."""
    rows = ran.ask(f"SELECT outcome, pupil_id FROM reporting.match WHERE (dfe_no, upn) = ('{STAGE}', '{_upn(V09)}')")

    assert rows == [("possible", None)]


def test_a_year_over_the_limit_raises_an_alert(ran: Run) -> None:
    """V27: the row is kept, and somebody is told."""
    rows = ran.ask(f"SELECT kind FROM reporting.alert WHERE (dfe_no, pupil_key) = ('{STAGE}', '{_upn(V27)}')")

    assert ("YEAR_OVER_45_DAYS",) in rows


def test_the_withdrawal_of_an_unknown_suspension_is_kept(ran: Run) -> None:
    """V29: it stands as cancelled, whenever the suspension itself may come."""
    rows = ran.ask(f"SELECT state FROM reporting.suspension WHERE (dfe_no, pupil_key) = ('{STAGE}', '{_upn(V29)}')")

    assert rows == [("cancelled",)]


def test_a_child_present_while_suspended_stands_in_a_view(ran: Run) -> None:
    """V30: marks and suspension are both kept, and shown side by side."""
    rows = ran.ask(
        f"SELECT dataset FROM reporting.exclusion_mark_mismatch WHERE (dfe_no, pupil_key) = ('{STAGE}', '{_upn(V30)}')"
    )

    assert rows != []


def test_a_child_who_left_the_index_is_kept_as_not_current(ran: Run) -> None:
    """V41: the old record answers still."""
    rows = ran.ask(f"SELECT current FROM matching.council_pupil WHERE pupil_id = '{token('i', staged(V41))}'")

    assert rows == [(False,)]


@pytest.fixture(scope="module", name="texts")
def _texts() -> frozenset[bytes]:
    """Every text that the run's files have in a cell."""
    drafts = [draft for one in sent() for draft in (one.draft, *one.example.earlier(one.draft.sender, PLACE))]
    return cell_texts(drafts)


@pytest.mark.parametrize("folder", ["log", "run", "receipts"])
def test_no_log_and_no_receipt_holds_a_value(ran: Run, texts: frozenset[bytes], folder: str) -> None:
    """Neither ours nor those of the broker and the database."""
    assert (ran.made.home / "log" / "postgres.log").exists()
    assert (ran.made.home / "log" / "kafka.log").exists()

    assert list(leaks_below(ran.made.home / folder, texts)) == []


@pytest.mark.parametrize("command", [("status",), ("status", "--json"), ("held", "list"), ("duty",)])
def test_no_command_prints_a_value(ran: Run, texts: frozenset[bytes], command: tuple[str, ...]) -> None:
    """What a person sees on the way is in numbers and rules."""
    printed = ran.printed + ran.made.run(*command, expected=None)

    assert list(leaks(" ".join(command), printed.encode(), texts)) == []


@pytest.mark.parametrize("topic", sorted(topics()))
def test_no_key_of_a_topic_holds_a_value(ran: Run, topic: str) -> None:
    """Keys are schools and the council's own numbers; what is no row of a file has no value in it either."""
    speaks_of_rows = topics()[topic].carries_deliveries or topic in {IDENTITIES, DECISIONS}
    for record in read_to_end(ran.made.settings(), topic):
        key, value = (record.key or "").encode(), record.value or b""
        if topic == ALERTS:
            key, value = _without_pupil_id(key), _without_pupil_id(value)

        assert list(leaks(f"key on {topic}", key)) == []
        assert speaks_of_rows or list(leaks(f"value on {topic}", value)) == []


def _without_pupil_id(content: bytes) -> bytes:
    """The council's own number for a child, which alerts are told by."""
    return re.sub(rb"Xqsenti[a-z]{5}", b"", content)


@pytest.mark.parametrize("consumer", CONSUMERS)
def test_no_reason_of_a_consumer_holds_a_value(ran: Run, texts: frozenset[bytes], consumer: str) -> None:
    """What it says of a delivery that it could not apply."""
    reasons = ran.ask(f"SELECT reason FROM {consumer}.parked")

    assert list(leaks(f"parked by {consumer}", repr(reasons).encode(), texts)) == []


@pytest.mark.parametrize("column", ["UPN", "Surname", "DOB", "Sessions", "Admission Number"])
def test_a_value_in_a_log_would_be_found(tmp_path: Path, column: str) -> None:
    """So that finding none means something."""
    row = good("attendance", STAGE).rows[0]
    (tmp_path / "watcher.log").write_text(json.dumps({"event": "row_refused", "message": f"bad {row[column]}"}))

    assert list(leaks_below(tmp_path)) == ["watcher.log: a token at byte 41"]


def _upn(row: int) -> str:
    return upn(staged(row))
