"""Which enrolment a row belongs to when keys change."""

from __future__ import annotations

from consumers.attendance.keys import Carried, HeldKey, KeyChange, KeyHistory


def row(key: str, *, former: str | None = None, number: str | None = None) -> Carried:
    """A row's keys."""
    return Carried(key, former, number)


def history(*changes: KeyChange, **held: HeldKey) -> KeyHistory:
    """Enrolments held by key, and changes known."""
    return KeyHistory(held, changes)


def moves(known: KeyHistory, rows: list[Carried], seq: int = 2) -> list[tuple[str, str]]:
    """The enrolments that a delivery with only these rows moves."""
    changes = known.changes_by(rows, seq, file_keys={one.pupil_key for one in rows})
    return [(move.old_key, move.new_key) for move in known.moves(changes)]


def test_a_former_upn_moves_the_enrolment_held_under_it() -> None:
    """The old key is not in the file."""
    assert moves(history(OLD=HeldKey(None, 1)), [row("NEW", former="OLD")]) == [("OLD", "NEW")]


def test_an_admission_number_moves_the_enrolment_that_has_it() -> None:
    """Whatever the old key was: an admission number alone, or a temporary UPN."""
    assert moves(history(TEMP=HeldKey("7", 1)), [row("NEW", number="7")]) == [("TEMP", "NEW")]


def test_a_key_that_the_file_still_carries_stays() -> None:
    """Two pupils may share a number; a key in use has not changed."""
    rows = [row("NEW", former="OLD", number="7"), row("OLD", number="7")]

    assert moves(history(OLD=HeldKey("7", 1)), rows) == []


def test_pupils_without_a_number_have_nothing_in_common() -> None:
    """A blank admission number claims no enrolment without one."""
    assert moves(history(OLD=HeldKey(None, 1)), [row("NEW")]) == []


def test_one_row_may_bring_two_enrolments_together() -> None:
    """Its former UPN and its admission number were two keys."""
    known = history(OLD=HeldKey(None, 1), TEMP=HeldKey("7", 1))

    assert moves(known, [row("NEW", former="OLD", number="7")]) == [("OLD", "NEW"), ("TEMP", "NEW")]


def test_the_first_of_two_rows_that_claim_a_key_gets_it() -> None:
    """An enrolment moves once."""
    rows = [row("NEW", former="OLD"), row("OTHER", former="OLD")]

    assert moves(history(OLD=HeldKey(None, 1)), rows) == [("OLD", "NEW")]


def test_a_key_may_change_back() -> None:
    """A UPN that was unusable for one delivery."""
    known = history(KeyChange("UPN", "adm:7", 2), **{"adm:7": HeldKey("7", 2)})

    assert moves(known, [row("UPN", number="7")], seq=3) == [("adm:7", "UPN")]


def test_an_older_row_follows_the_changes_since() -> None:
    """One after the other; a row of a delivery after a change is a pupil of its own."""
    known = history(KeyChange("A", "B", 3), KeyChange("B", "C", 5), C=HeldKey(None, 5))

    assert [known.present_key(row("A"), seq) for seq in (2, 4)] == ["C", "A"]


def test_an_older_row_goes_to_the_newer_enrolment_with_its_number() -> None:
    """The change was never seen as one, because the older delivery came late."""
    known = history(NEW=HeldKey("7", 5))

    assert known.present_key(row("TEMP", number="7"), 2) == "NEW"
    assert known.present_key(row("OTHER", number="7"), 6) == "OTHER"


def test_an_older_row_of_a_key_that_is_held_stays_with_it() -> None:
    """Though a newer enrolment has the same admission number."""
    known = history(A=HeldKey("7", 9), B=HeldKey("7", 5))

    assert known.present_key(row("B", number="7"), 2) == "B"


def test_a_former_upn_never_held_is_remembered_once() -> None:
    """So that an older delivery with it, applied late, finds its place."""
    first = history().changes_by([row("NEW", former="OLD")], 5, file_keys={"NEW"})
    again = history(*first, NEW=HeldKey(None, 5)).changes_by([row("NEW", former="OLD")], 6, file_keys={"NEW"})

    assert [KeyChange("OLD", "NEW", 5)] == first
    assert again == []
    assert history(*first, NEW=HeldKey(None, 6)).present_key(row("OLD"), 2) == "NEW"


def test_a_late_delivery_does_not_move_what_a_newer_one_carried() -> None:
    """It was known under its own key after that."""
    assert moves(history(OLD=HeldKey(None, 9)), [row("NEW", former="OLD")], seq=2) == []
