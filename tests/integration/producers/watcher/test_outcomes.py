"""What becomes of files: published, repeated, refused, held; each with its entry, its receipt and its place."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard

from schemas.codec import decode, decode_block
from schemas.events import Agreement, LedgerEntry, RejectedRow
from schemas.process.kafka import Admin, read_to_end
from schemas.process.settings import Settings
from schemas.topics import AGREEMENTS, ATTENDANCE, EXCLUSIONS, LEDGER, REJECTS
from tests.support.inbox import MONDAY, OTHER_SCHOOL, SCHOOL, attendance, deliver, exclusions, write_register
from tests.support.watching import deliveries, entries, receipt, work_off

pytestmark = pytest.mark.backends


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if not path.is_dir())


def states(settings: Settings) -> list[tuple[str, int | None, str | None]]:
    return [(entry.state, entry.delivery_seq, entry.reason) for entry in entries(settings)]


def transactions(settings: Settings, topic: str) -> int:
    """How many have written to a topic: each leaves one control record, which no reader sees, on a partition."""
    offsets = sum(Admin(settings).end_offsets([topic]).values())
    return offsets - len(list(read_to_end(settings, topic)))


def test_an_accepted_file_becomes_a_block_an_entry_a_receipt_and_an_archived_file(settings: Settings) -> None:
    """All four agree on number, digest and counts, and the entry says where the block ends."""
    content = attendance(pupils=3)
    deliver(settings, content)

    work_off(settings)

    (told,) = deliveries(settings, ATTENDANCE)
    (entry,) = entries(settings)
    sha256 = hashlib.sha256(content).hexdigest()
    rows = decode_block("AttendanceMarks", told.rows)
    last = max(record.offset for record in read_to_end(settings, ATTENDANCE))
    (archived,) = (settings.home / "archive" / SCHOOL).iterdir()
    assert (told.begun.delivery_seq, told.begun.sha256, told.begun.rows) == (1, sha256, 3)
    assert rows["delivery_seq"].to_list() == [1, 1, 1]
    assert (entry.state, entry.delivery_seq, entry.sha256, entry.rows_accepted) == ("published", 1, sha256, 3)
    assert (entry.topic, entry.end_offset, entry.last_week, entry.units) == (ATTENDANCE, last + 1, MONDAY, 3)
    assert entry.published_at is not None
    assert entry.published_at >= entry.received_at == told.begun.received_at
    assert receipt(settings, SCHOOL, "marks.csv")["state"] == "accepted"
    assert zstandard.ZstdDecompressor().decompressobj().decompress(archived.read_bytes()) == content
    assert files_below(settings.home / "spool") == files_below(settings.inbox) == []


def test_refused_rows_are_told_without_values(settings: Settings) -> None:
    """They stand on their own topic with the delivery's number, in the receipt, and not among the rows."""
    deliver(settings, attendance(pupils=3) + b",Sam,Example,01/09/2012,8309996,05/01/2026,//////////,C\n")

    work_off(settings)

    (reject,) = [decode(r.value or b"", RejectedRow) for r in read_to_end(settings, REJECTS)]
    told = receipt(settings, SCHOOL, "marks.csv")
    assert (reject.sender, reject.delivery_seq, reject.row) == (SCHOOL, 1, 4)
    assert (told["rows_total"], told["rows_accepted"], told["rows_rejected"]) == (4, 3, 1)
    assert told["rejected"] == [{"row": 4, "column": reject.column, "rule": reject.rule}]


def test_the_head_again_changes_nothing(settings: Settings) -> None:
    """Under whatever name: its receipt and entry say so, with the head's number, and the copy is not kept."""
    deliver(settings, attendance())
    work_off(settings)
    deliver(settings, attendance(), name="again.csv")

    work_off(settings)

    assert states(settings) == [("published", 1, None), ("duplicate", 1, None)]
    assert len(deliveries(settings, ATTENDANCE)) == 1
    assert receipt(settings, SCHOOL, "again.csv")["state"] == "duplicate"
    assert len(files_below(settings.home / "archive")) == 1


def test_an_older_file_again_is_a_new_delivery(settings: Settings) -> None:
    """A, B, A: three deliveries, the last with the bytes of the first."""
    a, b = attendance(), attendance(marks="/\\" * 4 + "I\\")
    for content in (a, b, a):
        deliver(settings, content)
        work_off(settings)

    told = deliveries(settings, ATTENDANCE)
    assert [block.begun.delivery_seq for block in told] == [1, 2, 3]
    assert told[0].begun.sha256 == told[2].begun.sha256 != told[1].begun.sha256


def test_a_rejected_file_is_kept_apart(settings: Settings) -> None:
    """Nothing of it is published; it lies in rejected/ as it came."""
    deliver(settings, b"")

    work_off(settings)

    ((state, seq, reason),) = states(settings)
    assert (state, seq, receipt(settings, SCHOOL, "marks.csv")["reason"]) == ("rejected", None, reason)
    assert reason is not None
    assert reason.startswith("F01")
    assert len(files_below(settings.home / "rejected" / SCHOOL)) == 1


def test_a_held_file_waits_for_a_person(settings: Settings) -> None:
    """More than a fifth fewer pupils than the last delivery of the year."""
    deliver(settings, attendance(pupils=25))
    work_off(settings)
    deliver(settings, attendance(pupils=19))

    work_off(settings)

    assert states(settings)[1] == ("held", None, "COUNT_CHANGED")
    (place,) = (settings.home / "held" / SCHOOL).iterdir()
    assert [path.name for path in place.iterdir()] == ["marks.csv"]


def test_an_export_that_ends_earlier_is_held(settings: Settings) -> None:
    """Also one whose bytes were delivered before."""
    earlier, later = attendance(), attendance(week=MONDAY + timedelta(days=7))
    for content in (earlier, later, earlier):
        deliver(settings, content)
        work_off(settings)

    assert states(settings)[2] == ("held", None, "F10_OLDER_EXPORT")


def test_a_nil_return_is_a_delivery(settings: Settings) -> None:
    """An exclusions file with only a header says that there are none."""
    deliver(settings, exclusions(pupils=0))

    work_off(settings)

    (told,) = deliveries(settings, EXCLUSIONS)
    assert (told.begun.rows, told.rows) == (0, ())


def test_without_an_agreement_only_the_receipt_stays(settings: Settings) -> None:
    """The header names the dataset, the file is gone, and the receipt says what to do."""
    write_register(settings, OTHER_SCHOOL)
    deliver(settings, attendance())

    work_off(settings)

    told = receipt(settings, SCHOOL, "marks.csv")
    assert (told["reason"], told["dataset"], told["rows_total"]) == ("NOT_IN_AGREEMENT", "attendance", None)
    assert not [p for p in settings.home.rglob("*") if p.is_file() and b"Example" in p.read_bytes()]


def test_a_dataset_outside_the_agreement_is_refused(settings: Settings) -> None:
    """A school that agreed on exclusions sends no marks."""
    write_register(settings, SCHOOL, datasets="exclusions")
    deliver(settings, attendance())
    deliver(settings, exclusions(), name="suspensions.csv")

    work_off(settings)

    assert {entry.file_name: entry.state for entry in entries(settings)} == {
        "marks.csv": "rejected",
        "suspensions.csv": "published",
    }


@pytest.mark.parametrize(("sender", "kept_as"), [(None, "_unknown"), ("uploads", "uploads"), ("a b", "_unknown")])
def test_files_of_nobody_are_refused(settings: Settings, sender: str | None, kept_as: str) -> None:
    """Directly in the inbox, or in a folder that is no sender's."""
    deliver(settings, attendance(), sender=sender)

    work_off(settings)

    assert receipt(settings, kept_as, "marks.csv")["reason"] == "NOT_IN_AGREEMENT"


def test_a_bad_name_is_refused_under_another(settings: Settings) -> None:
    """The name is shown escaped and is part of no path."""
    deliver(settings, attendance(), name="a\nb.csv")

    work_off(settings)

    told = receipt(settings, SCHOOL, "_name")
    assert (told["reason"], told["file_name"]) == ("F21_NAME", "a\\nb.csv")
    assert told["sha256"] is not None


def test_links_are_refused_unread_and_special_files_stay(settings: Settings) -> None:
    """A symlink moves to rejected/ as it is, a hard link is not read, pipes and folders stay where they are."""
    folder = settings.inbox / SCHOOL
    folder.mkdir()
    target = settings.home.parent / "target.csv"
    target.write_bytes(attendance())
    (folder / "symlink.csv").symlink_to(target)
    os.link(target, folder / "hard.csv")
    os.mkfifo(folder / "pipe.csv")
    (folder / "folder.csv").mkdir()

    work_off(settings)

    told = {entry.file_name: (entry.reason, entry.sha256) for entry in entries(settings)}
    (kept,) = [path for path in (settings.home / "rejected" / SCHOOL).iterdir() if path.is_symlink()]
    assert told == {"symlink.csv": ("F16_SYMLINK", None), "hard.csv": ("F17_HARD_LINK", None)}
    assert kept.readlink() == target
    assert {path.name for path in folder.iterdir()} == {"pipe.csv", "folder.csv", ".claimed"}
    assert deliveries(settings, ATTENDANCE) == []


def test_a_long_name_of_heavy_characters_has_its_receipt_and_place(settings: Settings) -> None:
    """What a file system refuses to append to is cut."""
    deliver(settings, attendance(), name="é" * 120 + ".csv")

    work_off(settings)

    (entry,) = entries(settings)
    assert entry.state == "published"
    assert len(files_below(settings.home / "receipts" / SCHOOL)) == 2


def test_the_register_is_published_when_it_changes(settings: Settings) -> None:
    """Every school once, a removed one as a tombstone, and nothing again at the next start."""
    write_register(settings, SCHOOL, OTHER_SCHOOL, profile="test=A830999600001;dates=dmy")
    for number in range(3):
        deliver(settings, exclusions(pupils=number))
        work_off(settings)
        write_register(settings, SCHOOL, profile="dates=dmy")

    told = [(r.key, r.value and decode(r.value, Agreement).profile) for r in read_to_end(settings, AGREEMENTS)]
    assert sorted(told, key=str) == [(OTHER_SCHOOL, "dates=dmy"), (OTHER_SCHOOL, None), (SCHOOL, "dates=dmy")]


def test_one_senders_files_keep_their_order(settings: Settings) -> None:
    """By modification time, whatever their names; so the newest is the head."""
    for age, name in enumerate(["c.csv", "a.csv", "b.csv"]):
        path = deliver(settings, attendance(pupils=3 + age), name=name)
        os.utime(path, ns=(10**18, 10**18 + age))

    work_off(settings)

    published = sorted(entries(settings), key=lambda entry: entry.delivery_seq or 0)
    assert [entry.file_name for entry in published] == ["c.csv", "a.csv", "b.csv"]


def test_suspensions_are_published_before_marks(settings: Settings) -> None:
    """Of all senders, however long the registers have waited."""
    for sender in (SCHOOL, OTHER_SCHOOL):
        os.utime(deliver(settings, attendance(sender=sender), sender=sender), ns=(0, 0))
    deliver(settings, exclusions(sender=OTHER_SCHOOL), sender=OTHER_SCHOOL, name="suspensions.csv")

    work_off(settings)

    def when(entry: LedgerEntry) -> float:
        assert entry.published_at is not None
        return entry.published_at.timestamp()

    assert min(entries(settings), key=when).dataset == "exclusions"


def test_a_burst_while_nobody_watched_is_worked_off(settings: Settings) -> None:
    """Five hundred files, all but one of them repeated: one delivery, an entry and receipt each, few transactions."""
    for number in range(500):
        deliver(settings, attendance(), name=f"{number:03d}.csv")

    work_off(settings)

    assert [state for state, _, _ in states(settings)] == ["published", *["duplicate"] * 499]
    assert len(deliveries(settings, ATTENDANCE)) == 1
    assert len(files_below(settings.home / "receipts" / SCHOOL)) == 1000
    assert transactions(settings, LEDGER) < 50
