"""A replay of exclusions: the same suspensions, and not one alert more or less than was told."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from consumers.exclusions import facts
from consumers.exclusions.app import consumer
from deploy.replay.alerts import Alerts
from schemas.process.kafka import TransactionalProducer, read_to_end
from schemas.process.settings import Settings
from schemas.topics import ALERTS
from tests.support.replaying import Station
from tests.support.running import ask
from tests.support.suspensions import OTHER_SCHOOL, OTHER_UPN, exclusions_file, filed_row, identities, identity

FIRST = exclusions_file(filed_row(end_date=date(2026, 9, 22)), filed_row(upn=OTHER_UPN, type="PERM"))
KNOWN = identities(identity(pupil_id="P7"))
CHANGED = exclusions_file(filed_row(end_date=date(2026, 9, 23), sessions=16), delivery_seq=2)
ELSEWHERE = exclusions_file(filed_row(start_date=date(2026, 10, 5)), dfe_no=OTHER_SCHOOL)
HISTORY = {
    "alert": "SELECT * FROM alert ORDER BY alert_id",
    "alert_member": "SELECT * FROM alert_member ORDER BY 1, 2",
    "outbox": "SELECT outbox_key, published_at IS NULL FROM outbox ORDER BY 1",
    "view": "SELECT * FROM reporting.alert ORDER BY alert_id",
}


@pytest.fixture(name="station")
def _station(settings: Settings, producer: TransactionalProducer) -> Station:
    """A school whose child was suspended, became known, and whose suspension was then prolonged."""
    station = Station(settings, producer, consumer(settings))
    station.serve(FIRST)
    station.say(KNOWN)
    station.serve(CHANGED, ELSEWHERE)
    station.publish_outbox()
    return station


def history(station: Station) -> dict[str, list[tuple[object, ...]]]:
    """All that was told."""
    return {name: ask(station.settings, "exclusions", query) for name, query in HISTORY.items()}


def published(station: Station) -> int:
    """How many alerts subscribers have been sent."""
    return sum(1 for _ in read_to_end(station.settings, ALERTS))


def test_nothing_is_told_by_a_replay(station: Station) -> None:
    """In whatever order the rebuilding met identities and files, the alerts are those that were told."""
    told, sent, served = history(station), published(station), station.dump()

    outcome = station.replay(foresee=Alerts(station.settings).foresee)
    station.publish_outbox()

    assert len(told["alert"]) > len(HISTORY)
    assert (outcome.comparison.differences, outcome.untold) == ((), [])
    assert outcome.held_s is not None
    assert (history(station), published(station), station.dump()) == (told, sent, served)


def test_what_new_rules_would_tell_waits_for_a_person(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is listed, is told by nobody, and goes out once when it is released."""
    told, alerts = history(station), Alerts(station.settings)
    limits = tuple((kind, 0 if kind == "TERM_OVER_15_DAYS" else days) for kind, days in facts._TERM_LIMITS)
    monkeypatch.setattr(facts, "_TERM_LIMITS", limits)

    outcome = station.replay(foresee=alerts.foresee)
    unchanged = history(station)
    released = asyncio.run(alerts.release())
    again = asyncio.run(alerts.release())

    assert {one["kind"] for one in outcome.untold} == {"TERM_OVER_15_DAYS"}
    assert unchanged == told
    assert [one["alert_id"] for one in released] == [one["alert_id"] for one in outcome.untold]
    assert again == []
    assert len(history(station)["outbox"]) == len(told["outbox"]) + len(released)


def test_alerts_that_were_lost_are_restored_from_their_topic(station: Station) -> None:
    """A database without them gets back what subscribers were told, tied to the same suspensions."""
    told = history(station)
    ask(station.settings, "exclusions", "TRUNCATE alert, alert_member")
    ask(station.settings, "exclusions", "DELETE FROM outbox")

    restored = asyncio.run(Alerts(station.settings).restore())
    again = asyncio.run(Alerts(station.settings).restore())

    found = history(station)
    assert (restored, again) == (len(told["alert"]), 0)
    for name in ("alert", "alert_member", "outbox"):
        assert found[name] == told[name]
    assert asyncio.run(Alerts(station.settings).untold()) == []
