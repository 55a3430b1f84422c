"""The views of absence, over deliveries that the consumer applied."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from tests.integration.consumers.attendance.council import child_in_care, match
from tests.support.consumer_database import ConsumerDatabase
from tests.support.pupil_rows import SCHOOL, UPN
from tests.support.registers import MONDAY, YEAR, file, week

NEXT_MONDAY = MONDAY + timedelta(days=7)
OTHER_SCHOOL = "8309997"
COLUMNS = {
    "pupil_absence": "dfe_no text, pupil_key text, upn text, academic_year integer, enrolment_status text, "
    "part_time boolean, pupil_id text, looked_after boolean, possible integer, attended integer, authorised integer, "
    "unauthorised integer, absence_pct numeric(7,4), persistent boolean, severe boolean, late_before integer, "
    "late_after integer, no_mark integer, unknown_mark integer, first_week date, last_week date, delivery_seq bigint",
    "pupil_week": "dfe_no text, pupil_key text, academic_year integer, week_start date, marks text[], "
    "possible integer, attended integer, authorised integer, unauthorised integer, no_mark integer, "
    "unknown_mark integer",
    "mark_count": "dfe_no text, academic_year integer, code text, am integer, pm integer",
    "school_absence": "dfe_no text, academic_year integer, enrolments integer, possible integer, attended integer, "
    "authorised integer, unauthorised integer, absence_pct numeric(7,4), persistent_pct numeric(7,4), "
    "severe_pct numeric(7,4), unknown_mark integer",
    "absence_children_in_care": "pupil_id text, academic_year integer, schools text[], possible integer, "
    "attended integer, authorised integer, unauthorised integer, absence_pct numeric(7,4), "
    "last_4_weeks_pct numeric(7,4), trend text, data_as_of date",
    "care_coverage": "pupil_id text, academic_year integer, schools text[], last_week date, reason text",
    "register_correction": "dfe_no text, pupil_key text, week_start date, session integer, old_mark text, "
    "new_mark text, delivery_seq bigint",
}
COLUMNS_OF = """
    SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = $1::text::regclass AND attnum > 0 ORDER BY attnum
"""


def test_the_views_have_the_columns_that_others_build_on(attendance: ConsumerDatabase) -> None:
    """Names and types, in order."""
    columns = {view: attendance.rows(COLUMNS_OF, f"reporting.{view}") for view in COLUMNS}

    assert {view: ", ".join(column for (column,) in rows) for view, rows in columns.items()} == COLUMNS


def test_an_unknown_pupil_has_rates_and_no_pupil_id(attendance: ConsumerDatabase) -> None:
    """Every count of the enrolment is there."""
    attendance.apply(file(week("/LIOU-?/##", part_time=True)))

    assert attendance.rows("SELECT * FROM reporting.pupil_absence") == [
        (
            *(SCHOOL, UPN, UPN, YEAR, "C", True, None, False, 6, 3, 1, 2, Decimal("50.0000"), True, True),
            *(1, 1, 1, 1, MONDAY, MONDAY, 1),
        )
    ]


def test_persistent_and_severe_begin_at_10_and_50_per_cent(attendance: ConsumerDatabase) -> None:
    """Exactly there; null where nothing was possible."""
    marks = ["I/////////", "IO///-----", "IIO///----", "//////////", "##########"]
    attendance.apply(file(*(week(one, pupil_key=f"adm:{number}", upn=None) for number, one in enumerate(marks))))

    query = "SELECT absence_pct, persistent, severe FROM reporting.pupil_absence ORDER BY pupil_key"
    assert attendance.rows(query) == [
        (Decimal("10.0000"), True, False),
        (Decimal("40.0000"), True, False),
        (Decimal("50.0000"), True, True),
        (Decimal("0.0000"), False, False),
        (None, None, None),
    ]


def test_looked_after_is_judged_on_the_monday_of_the_last_week(attendance: ConsumerDatabase) -> None:
    """Both ends of a period are in it."""
    periods: list[tuple[date, date | None]] = [
        (NEXT_MONDAY, NEXT_MONDAY),
        (date(2020, 1, 1), None),
        (NEXT_MONDAY + timedelta(days=1), None),
        (MONDAY, NEXT_MONDAY - timedelta(days=1)),
    ]
    for number, period in enumerate(periods):
        child_in_care(attendance, period, pupil_id=f"P{number}")
        match(attendance, pupil_key=f"adm:{number}", pupil_id=f"P{number}")
    keys = [f"adm:{number}" for number in range(len(periods))]
    rows = [week(start_date=day, pupil_key=key, upn=None) for key in keys for day in (MONDAY, NEXT_MONDAY)]
    attendance.apply(file(*rows))

    flags = attendance.rows("SELECT pupil_id, looked_after FROM reporting.pupil_absence ORDER BY pupil_id")
    assert flags == [("P0", True), ("P1", True), ("P2", False), ("P3", False)]


def test_only_a_certain_match_shows_the_child(attendance: ConsumerDatabase) -> None:
    """A sealed child stands like one that nobody knows."""
    child_in_care(attendance, (date(2020, 1, 1), None))
    for outcome in ("possible", "new", "sealed"):
        match(attendance, outcome=outcome, pupil_key=f"adm:{outcome}")
    attendance.apply(file(*(week(pupil_key=f"adm:{outcome}", upn=None) for outcome in ("possible", "new", "sealed"))))

    rows = attendance.rows("SELECT pupil_id, looked_after FROM reporting.pupil_absence")
    assert rows == [(None, False)] * 3


def test_a_week_shows_its_marks_as_sent(attendance: ConsumerDatabase) -> None:
    """Null where no file covers a session, '' for a blank; a week of closure has its row, one without a mark none."""
    attendance.apply(file(week(["/", "", "-", "ILL", "I", "O"]), week("##########", start_date=MONDAY + timedelta(14))))

    weeks = attendance.rows("SELECT * FROM reporting.pupil_week ORDER BY week_start")
    assert weeks == [
        (SCHOOL, UPN, YEAR, MONDAY, ["/", "", "-", "ILL", "I", "O"] + [None] * 8, 3, 1, 1, 1, 2, 1),
        (SCHOOL, UPN, YEAR, MONDAY + timedelta(14), ["#"] * 10 + [None] * 4, 0, 0, 0, 0, 0, 0),
    ]


def test_marks_are_counted_by_half_day_over_every_enrolment(attendance: ConsumerDatabase) -> None:
    """Guests too; weekend fillers not."""
    guest = week("I/////////", pupil_key="adm:2", upn=None, enrolment_status="G")
    attendance.apply(file(week("//////////####"), guest))

    rows = attendance.rows("SELECT * FROM reporting.mark_count ORDER BY code")
    assert rows == [(SCHOOL, YEAR, "/", 9, 10), (SCHOOL, YEAR, "I", 1, 0)]


def test_a_school_leaves_out_guests_and_second_registrations(attendance: ConsumerDatabase) -> None:
    """G, F and O always; S where another school's file has the pupil as M that year."""
    away = {"pupil_key": "UPN2", "upn": "UPN2"}
    rows = [
        week("I////////?"),
        week("IIIII/////", pupil_key="adm:1", upn=None, enrolment_status="S"),
        *(week("IIIIIIIIII", pupil_key=f"adm:{code}", upn=None, enrolment_status=code) for code in "GFO"),
        week("IIIIIIIIII", enrolment_status="S", **away),
        week("##########", pupil_key="adm:4", upn=None),
    ]
    attendance.apply(
        file(*rows),
        file(week(enrolment_status="M", **away), sender=OTHER_SCHOOL),
        file(week(enrolment_status="G"), sender="8309998"),
    )

    rates = Decimal("31.5789"), Decimal("100.0000"), Decimal("50.0000")
    assert attendance.rows("SELECT * FROM reporting.school_absence ORDER BY dfe_no") == [
        (SCHOOL, YEAR, 2, 19, 13, 6, 0, *rates, 1),
        (OTHER_SCHOOL, YEAR, 1, 10, 10, 0, 0, Decimal(0), Decimal(0), Decimal(0), 0),
        ("8309998", YEAR, 0, 0, 0, 0, 0, None, None, None, 0),
    ]


def test_a_correction_names_week_session_marks_and_delivery(attendance: ConsumerDatabase) -> None:
    """Session 6 is Wednesday afternoon."""
    attendance.apply(file(week("/////N////")), file(week("/////I////"), seq=2))

    rows = attendance.rows("SELECT * FROM reporting.register_correction")
    assert rows == [(SCHOOL, UPN, MONDAY, 6, "N", "I", 2)]
