"""Claiming files, and finding them again after a crash at any step."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from producers.watcher import arrival as arrivals
from producers.watcher.archive import put_away
from producers.watcher.arrival import Arrival
from producers.watcher.inbox import look
from producers.watcher.spool import Spool
from schemas.process.settings import Settings
from tests.support.inbox import SCHOOL, deliver, settings_of

CONTENT = b"UPN\n"


def claim(settings: Settings) -> Arrival | None:
    (file,) = look(settings.inbox).files
    spool = Spool(settings)
    return spool.claim(file, spool.next_moment())


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_a_claimed_file_lies_in_the_spool_alone(tmp_path: Path) -> None:
    """It has left the inbox, and its digest is that of the copy."""
    settings = settings_of(tmp_path)
    deliver(settings, CONTENT)

    arrival = claim(settings)

    assert arrival is not None
    assert arrival.path == settings.home / "spool" / SCHOOL / arrival.stamp / "marks.csv"
    assert arrival.path.read_bytes() == CONTENT
    assert arrival.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert files_below(settings.inbox) == set()


def test_bytes_appended_after_the_claim_change_nothing(tmp_path: Path) -> None:
    """A sender that writes on after the claim writes into a file that is gone."""
    settings = settings_of(tmp_path)
    with deliver(settings, CONTENT).open("ab") as late:
        arrival = claim(settings)
        late.write(b"more")

    assert arrival is not None
    assert arrival.path.read_bytes() == CONTENT


def test_a_vanished_file_is_no_arrival(tmp_path: Path) -> None:
    """A sender that takes its file back in time has not sent it."""
    settings = settings_of(tmp_path)
    path = deliver(settings, CONTENT)
    (file,) = look(settings.inbox).files
    path.unlink()

    spool = Spool(settings)

    assert spool.claim(file, spool.next_moment()) is None
    assert spool.leftovers() == []


def test_stamps_increase_within_one_microsecond(tmp_path: Path) -> None:
    """The identity of an arrival is its own, however fast files come."""
    settings = settings_of(tmp_path)
    for number in range(20):
        deliver(settings, CONTENT, name=f"{number}.csv")
    spool = Spool(settings)

    stamps = [
        arrival.stamp for file in look(settings.inbox).files if (arrival := spool.claim(file, spool.next_moment()))
    ]

    assert stamps == sorted(set(stamps))
    assert len(stamps) == 20


def test_a_symlink_is_not_followed(tmp_path: Path) -> None:
    """It is claimed as it is, unread."""
    settings = settings_of(tmp_path)
    secret = tmp_path / "secret.csv"
    secret.write_bytes(CONTENT)
    (settings.inbox / SCHOOL).mkdir()
    (settings.inbox / SCHOOL / "link.csv").symlink_to(secret)

    arrival = claim(settings)

    assert arrival is not None
    assert (arrival.unread, arrival.sha256) == ("F16_SYMLINK", None)


def test_a_hard_link_is_not_read(tmp_path: Path) -> None:
    """A file with a second name may be somebody else's."""
    settings = settings_of(tmp_path)
    path = deliver(settings, CONTENT)
    os.link(path, tmp_path / "second")

    arrival = claim(settings)

    assert arrival is not None
    assert (arrival.unread, arrival.sha256) == ("F17_HARD_LINK", None)


def test_a_huge_sparse_file_is_not_read(tmp_path: Path) -> None:
    """Its size alone refuses it, and nothing of it reaches the spool."""
    settings = settings_of(tmp_path)
    os.truncate(deliver(settings, CONTENT), 1 << 40)

    arrival = claim(settings)

    assert arrival is not None
    assert (arrival.unread, arrival.sha256) == ("F11_TOO_LARGE", None)
    assert files_below(settings.home / "spool") == set()


def test_a_file_that_grows_past_the_limit_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes count, not the size that was stated."""
    monkeypatch.setattr(arrivals, "LARGEST_BYTES", 10)
    path = tmp_path / "long.csv"
    path.write_bytes(b"x" * 11)

    with path.open("rb") as file, pytest.raises(arrivals.UnreadFileError):
        list(arrivals.chunks(file))


def test_a_claims_folder_that_leads_elsewhere_is_not_used(tmp_path: Path) -> None:
    """A sender cannot make us write outside its folder."""
    settings = settings_of(tmp_path)
    deliver(settings, CONTENT)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (settings.inbox / SCHOOL / ".claimed").symlink_to(elsewhere)

    assert claim(settings) is None
    assert list(elsewhere.iterdir()) == []


def test_a_crash_after_the_claim_leaves_the_original_to_copy_again(tmp_path: Path) -> None:
    """A half-made copy is thrown away; the stamp stays."""
    settings = settings_of(tmp_path)
    claimed = settings.inbox / SCHOOL / ".claimed" / "1768550000000001"
    half = settings.home / "spool" / SCHOOL / "1768550000000001"
    for place in (claimed, half):
        place.mkdir(parents=True)
    (claimed / "marks.csv").write_bytes(CONTENT)
    (half / ".copy.1").write_bytes(b"UP")
    spool = Spool(settings)

    (leftover,) = spool.leftovers()
    arrival = spool.resume(leftover)

    assert arrival is not None
    assert arrival.path.read_bytes() == CONTENT
    assert arrival.stamp == "1768550000000001"
    assert files_below(settings.inbox) == set()


def test_a_crash_after_the_copy_leaves_one_file(tmp_path: Path) -> None:
    """Original and copy are one arrival; the original goes."""
    settings = settings_of(tmp_path)
    deliver(settings, CONTENT)
    arrival = claim(settings)
    assert arrival is not None
    claimed = settings.inbox / SCHOOL / ".claimed" / arrival.stamp
    claimed.mkdir()
    (claimed / "marks.csv").write_bytes(CONTENT)
    spool = Spool(settings)

    (leftover,) = spool.leftovers()

    assert spool.resume(leftover) == arrival
    assert files_below(settings.inbox) == set()


def test_a_senders_own_claims_folder_does_no_harm(tmp_path: Path) -> None:
    """What stands there under no stamp, or is no file, is not taken for a claim."""
    settings = settings_of(tmp_path)
    claims = settings.inbox / SCHOOL / ".claimed"
    for place in ("notes", "9" * 20, "\u0663" * 16, "0000000000000001/.copy.x"):
        (claims / place).mkdir(parents=True)
        (claims / place / "a.csv").touch()
    spool = Spool(settings)

    assert spool.leftovers() == []
    assert list(spool.identities()) == [(SCHOOL, arrivals.moment_of("0000000000000001"))]


def test_leftovers_come_in_order_of_receipt(tmp_path: Path) -> None:
    """Oldest first, whoever sent them."""
    settings = settings_of(tmp_path)
    for sender, stamp in (("8309996", "0000000000000003"), ("8309995", "0000000000000002")):
        place = settings.home / "spool" / sender / stamp
        place.mkdir(parents=True)
        (place / "a.csv").touch()

    assert [leftover.sender for leftover in Spool(settings).leftovers()] == ["8309995", "8309996"]


@pytest.mark.parametrize(
    ("keeping", "place"),
    [
        ("archive", "archive/{sender}/{stamp}_marks.csv.zst"),
        ("rejected", "rejected/{sender}/{stamp}_marks.csv"),
        ("held", "held/{sender}/{stamp}/marks.csv"),
    ],
)
def test_a_file_is_put_away_and_nothing_stays_behind(tmp_path: Path, keeping: str, place: str) -> None:
    """It lies in its last place, readable by the owner alone; doing it twice does no harm."""
    settings = settings_of(tmp_path)
    deliver(settings, CONTENT)
    arrival = claim(settings)
    assert arrival is not None

    put_away(settings.home, arrival, keeping)  # type: ignore[arg-type]  # the parameters are these words
    if keeping != "archive":
        put_away(settings.home, arrival, keeping)  # type: ignore[arg-type]  # as above

    expected = settings.home / place.format(sender=SCHOOL, stamp=arrival.stamp)
    assert expected.stat().st_mode & 0o777 == 0o600
    assert files_below(settings.home / "spool") == set()


def test_what_is_not_kept_is_gone(tmp_path: Path) -> None:
    """Nothing of a file without an agreement stays anywhere."""
    settings = settings_of(tmp_path)
    deliver(settings, CONTENT)
    arrival = claim(settings)
    assert arrival is not None

    put_away(settings.home, arrival, "nothing")

    assert files_below(settings.home) == {"config/agreements.csv"}
