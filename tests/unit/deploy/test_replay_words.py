"""What `replay` tells a person before and after."""

from __future__ import annotations

from consumers.runtime.replay.comparing import Comparison, Difference
from deploy.replay.command import comparison_lines
from deploy.replay.plan import Plan, TopicPlan, duration
from schemas.topics import ATTENDANCE
from tests.support.intake_records import entry

SAME = Comparison({"enrolment": 1_200, "school_year": 3}, 3, same_place=True, differences=())


def test_a_plan_tells_offsets_versions_holes_and_time() -> None:
    """Everything that decides whether to begin now."""
    lost = (entry(), entry(delivery_seq=2), entry(sender="8309997"))
    offsets = {0: (100, 4_100), 1: (0, 0)}
    told = "\n".join(
        Plan("attendance", (TopicPlan(ATTENDANCE, offsets, ("AttendanceMarks.v1",), 4, 3_990, lost),)).lines(50.0)
    )

    assert "pupils.attendance.v1: 4,000 messages, 4 deliveries with 3,990 rows" in told
    assert "offsets by partition: 0: 100-4100\n" in told
    assert "schemas met: AttendanceMarks.v1" in told
    assert "HOLES: 3 deliveries of 2 senders" in told
    assert "time: about 1 min 20 s at 50 messages/s" in told


def test_a_moment_is_a_second() -> None:
    """Nobody waits for nothing."""
    assert (duration(0.2), duration(59.0), duration(61.0)) == ("1 s", "59 s", "1 min 1 s")


def test_no_difference_is_said_in_so_many_words() -> None:
    """With how much was compared."""
    assert comparison_lines(SAME) == [
        "compared 1,203 rows of 2 tables, 3 schools",
        "no difference: counts and checksums of every school agree",
    ]


def test_a_difference_comes_with_keys_to_look_at() -> None:
    """But not where rows of sealed children lie."""
    differences = (
        Difference("enrolment", "changed", 2, 1, ("(8309996,A)", "(8309996,B)")),
        Difference("restricted_row", "added", 1, 1, ()),
    )

    lines = comparison_lines(Comparison({}, 1, same_place=False, differences=differences))

    assert lines[1].startswith("the live consumer does not run, or is behind")
    assert lines[2:] == [
        "DIFFERENT: 2 rows of enrolment changed at 1 schools, such as (8309996,A) (8309996,B)",
        "DIFFERENT: 1 rows of restricted_row added at 1 schools",
    ]
