"""What becomes of a held file when somebody has decided about it, while a watcher runs and while none does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from producers.watcher import decisions
from producers.watcher.decisions import AskedAlreadyError
from producers.watcher.examine import Verdict
from producers.watcher.judge import Judge
from producers.watcher.waiting import waiting_files
from schemas.process.kafka import read_to_end
from schemas.process.settings import Settings
from schemas.topics import ATTENDANCE, REJECTS
from tests.support.holding import assert_released, decide, decision_about, files_below, hold_one, ledger
from tests.support.inbox import MONDAY, RECEIVED_ON, SCHOOL, attendance, deliver, write_register
from tests.support.waiting import wait_until
from tests.support.watching import TIMEOUT_S, deliveries, entries, receipt, watching, work_off

pytestmark = pytest.mark.backends


def test_a_hold_says_what_is_unusual(settings: Settings) -> None:
    """In numbers, for the person who decides."""
    hold_one(settings)

    (text,) = (settings.home / "receipts" / SCHOOL).glob("second.csv.*.txt")
    assert "It has 19 pupils; delivery 1 had 25." in text.read_text()


def test_a_file_released_while_no_watcher_runs_goes_on_at_the_next_start(settings: Settings) -> None:
    """Under the same key of the ledger, with the moment at which it was received."""
    hold_one(settings)
    (held,) = [key for key, entry in ledger(settings).items() if entry.state == "held"]
    received_at = ledger(settings)[held].received_at

    decide(settings, "release", why="half the school was on a trip")
    work_off(settings)

    assert_released(settings)
    assert ledger(settings)[held].received_at == received_at == deliveries(settings, ATTENDANCE)[1].begun.received_at
    (text,) = (settings.home / "receipts" / SCHOOL).glob("second.csv.*.txt")
    assert "half the school was on a trip" in text.read_text()


def test_a_file_is_released_while_the_watcher_runs(settings: Settings) -> None:
    """The next sweep does it."""
    hold_one(settings)

    with watching(settings):
        decide(settings, "release")
        wait_until(lambda: waiting_files(settings) == 0, timeout_s=TIMEOUT_S, what="the release")

    assert_released(settings)


def test_a_released_file_takes_the_number_of_its_release(settings: Settings) -> None:
    """Not that of its receipt: a file that came in between is before it, and the released one is the head."""
    hold_one(settings)
    deliver(settings, attendance(pupils=26), name="third.csv")
    work_off(settings)

    decide(settings, "release")
    work_off(settings)

    assert {entry.file_name: entry.delivery_seq for entry in ledger(settings).values()} == {
        "first.csv": 1,
        "third.csv": 2,
        "second.csv": 3,
    }


def test_marks_of_a_released_file_are_judged_by_the_day_of_receipt(settings: Settings) -> None:
    """Released a fortnight later, the block still says on which day the file came."""
    hold_one(settings)
    later = replace(settings, today=RECEIVED_ON + timedelta(days=14))

    decide(later, "release")
    work_off(later)

    second = deliveries(settings, ATTENDANCE)[1].begun
    (entry,) = [entry for entry in entries(settings) if entry.delivery_seq == 2]
    assert second.received_on == RECEIVED_ON
    assert entry.published_at is not None
    assert entry.published_at.date() == later.today


def test_refused_rows_of_a_released_file_are_told_when_it_goes_on(settings: Settings) -> None:
    """Under the number of the delivery, like those of any other."""
    nobody = b",Sam,Example,01/09/2012,8309996,05/01/2026,//////////,C\n"
    deliver(settings, attendance(pupils=3) + nobody * 6)
    work_off(settings)
    before = list(read_to_end(settings, REJECTS))

    decide(settings, "release")
    work_off(settings)

    told = receipt(settings, SCHOOL, "marks.csv")
    assert before == []
    assert len(list(read_to_end(settings, REJECTS))) == 6
    assert (told["state"], told["rows_accepted"], told["rows_rejected"]) == ("accepted", 3, 6)


def test_a_rejected_file_moves_and_changes_its_entry_and_receipt(settings: Settings) -> None:
    """Nothing of it is published; why it was held stays its reason."""
    hold_one(settings)

    decide(settings, "reject", why="the wrong export")
    work_off(settings)

    (entry,) = [entry for entry in ledger(settings).values() if entry.file_name == "second.csv"]
    told = receipt(settings, SCHOOL, "second.csv")
    (text,) = (settings.home / "receipts" / SCHOOL).glob("second.csv.*.txt")
    assert (entry.state, entry.delivery_seq, entry.reason) == ("rejected", None, "COUNT_CHANGED")
    assert (told["state"], told["reason"], told["rows_total"]) == ("rejected", "COUNT_CHANGED", 19)
    assert "the wrong export" in text.read_text()
    assert len(ledger(settings)) == 2
    assert len(deliveries(settings, ATTENDANCE)) == 1
    assert [name.partition("_")[2] for name in files_below(settings.home / "rejected")] == ["second.csv"]
    assert files_below(settings.home / "held") == []


def test_who_decided_and_why_stays_on_record(settings: Settings) -> None:
    """With the outcome, for an auditor."""
    hold_one(settings)
    decision = decide(settings, "release", by="A. Clerk", why="checked by telephone")

    work_off(settings)

    (record,) = (settings.home / "held" / ".decided").iterdir()
    outcome = decisions.outcome_of(settings.home, decision)
    assert outcome == decisions.Outcome("accepted", "attendance", 2, None)
    assert "A. Clerk" in record.read_text()
    assert "checked by telephone" in record.read_text()


def test_only_the_first_decision_about_a_file_counts(settings: Settings) -> None:
    """The second person is told, and nothing of what they asked is done."""
    hold_one(settings)
    decide(settings, "release")

    with pytest.raises(AskedAlreadyError):
        decide(settings, "reject")

    work_off(settings)
    assert_released(settings)


def test_a_file_that_became_the_head_meanwhile_is_a_duplicate_when_released(settings: Settings) -> None:
    """Held twice, released twice: the second changes nothing and its line says so."""
    hold_one(settings)
    deliver(settings, attendance(pupils=19), name="again.csv")
    work_off(settings)
    for file in decisions.held_files(settings.home):
        decisions.ask(settings.home, decision_about(settings, file, "release"))

    work_off(settings)

    assert {entry.file_name: (entry.state, entry.delivery_seq) for entry in ledger(settings).values()} == {
        "first.csv": ("published", 1),
        "second.csv": ("published", 2),
        "again.csv": ("duplicate", 2),
    }
    assert len(ledger(settings)) == 3
    assert receipt(settings, SCHOOL, "again.csv")["state"] == "duplicate"
    assert files_below(settings.home / "held") == []


def test_a_file_whose_agreement_has_gone_is_refused_when_released(settings: Settings) -> None:
    """Nothing of it is published, and it is deleted as it would be had it come in now."""
    hold_one(settings)
    write_register(settings)

    decide(settings, "release")
    work_off(settings)

    assert receipt(settings, SCHOOL, "second.csv")["reason"] == "NOT_IN_AGREEMENT"
    assert len(deliveries(settings, ATTENDANCE)) == 1
    assert files_below(settings.home / "held") == files_below(settings.home / "rejected") == []


def test_a_file_that_somebody_changed_stays_held(settings: Settings) -> None:
    """What is published must be what the school sent."""
    hold_one(settings)
    (file,) = decisions.held_files(settings.home)
    file.path.write_bytes(attendance(pupils=25))

    decision = decide(settings, "release")
    work_off(settings)

    assert decisions.outcome_of(settings.home, decision) == decisions.Outcome("held", None, None, "CHANGED_WHILE_HELD")
    assert len(decisions.held_files(settings.home)) == 1
    assert len(deliveries(settings, ATTENDANCE)) == 1


def test_a_file_on_which_the_program_fails_again_stays_held(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And goes on when it is released after the program has been mended."""

    def fail(*_given: object, **_named: object) -> Verdict:
        raise ZeroDivisionError

    deliver(settings, attendance())
    with monkeypatch.context() as fault:
        fault.setattr(Judge, "_examine", fail)
        work_off(settings)
        decide(settings, "release")
        work_off(settings)
        still_held = [entry.state for entry in ledger(settings).values()]

    decide(settings, "release")
    work_off(settings)

    assert still_held == ["held"]
    assert [entry.state for entry in ledger(settings).values()] == ["published"]
    assert receipt(settings, SCHOOL, "marks.csv")["state"] == "accepted"


def test_a_request_that_is_none_is_put_aside(settings: Settings) -> None:
    """It keeps nobody waiting."""
    (settings.home / "held" / ".asked").mkdir(parents=True)
    (settings.home / "held" / ".asked" / f"{SCHOOL}.0000000000000001.json").write_text("{}")

    work_off(settings)

    assert waiting_files(settings) == 0
    assert len(list((settings.home / "held" / ".decided").iterdir())) == 1


def test_an_older_export_that_was_released_goes_on(settings: Settings) -> None:
    """It is not held a second time for ending earlier."""
    for content in (attendance(week=MONDAY + timedelta(days=7)), attendance()):
        deliver(settings, content)
        work_off(settings)

    decide(settings, "release")
    work_off(settings)

    assert [entry.state for entry in ledger(settings).values()] == ["published", "published"]
