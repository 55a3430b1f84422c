"""The order in which waiting files are taken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from producers.watcher.inbox import Seen
from producers.watcher.order import fair_order


def seen(sender: str, name: str, mtime_ns: int = 0) -> Seen:
    return Seen(folder=sender, name=name, inode=1, size=1, mtime_ns=mtime_ns)


def names(files: list[Seen], *, now_ns: int = 1_000, last_served: str = "") -> list[str]:
    ordered = fair_order(
        files, waits=lambda file: file.name.startswith("marks"), now_ns=now_ns, last_served=last_served
    )
    return [f"{file.sender}/{file.name}" for file in ordered]


def test_one_sender_is_served_by_age_then_name() -> None:
    """Nanoseconds decide, and where they are equal the name."""
    files = [seen("1", "c", 2), seen("1", "b", 1), seen("1", "a", 2)]

    assert names(files) == ["1/b", "1/a", "1/c"]


def test_a_future_time_counts_as_now() -> None:
    """A file from the future comes after older ones, and by its name among those of this moment."""
    files = [seen("1", "b", 2**62), seen("1", "a", 1_000), seen("1", "c", 999)]

    assert names(files) == ["1/c", "1/a", "1/b"]


def test_suspensions_go_before_marks() -> None:
    """However many registers wait, a suspended child does not."""
    files = [seen("1", "marks1", 1), seen("2", "marks2", 1), seen("2", "suspensions", 9)]

    assert names(files) == ["2/suspensions", "1/marks1", "2/marks2"]


def test_senders_take_turns() -> None:
    """A sender with many files does not keep the others waiting."""
    files = [seen("1", f"a{n}", n) for n in range(3)] + [seen("2", "b")]

    assert names(files) == ["1/a0", "2/b", "1/a1", "1/a2"]


def test_the_turn_goes_on_after_the_last_sender() -> None:
    """A sweep that was cut short does not begin with the same sender again."""
    files = [seen("1", "a"), seen("2", "b"), seen("3", "c")]

    assert names(files, last_served="1") == ["2/b", "3/c", "1/a"]


@given(
    st.lists(st.builds(seen, st.sampled_from("123"), st.sampled_from(["marks", "x"]), st.integers(0, 5)), unique=True)
)
def test_nothing_is_lost_or_doubled(files: list[Seen]) -> None:
    """The order holds every file once."""
    ordered = list(fair_order(files, waits=lambda file: file.name == "marks", now_ns=3, last_served="2"))

    assert sorted(map(repr, ordered)) == sorted(map(repr, files))
