"""More than one of each process: they share the work, replace each other, and leave the state that one would leave."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest

from deploy.processes import find
from deploy.roles import CONSUMERS, topics_read
from deploy.servers.ports import CANDIDATES, is_free
from deploy.status.look import status as read_status
from schemas.events import COUNCIL
from schemas.process import metrics
from schemas.topics import topics
from tests.support import backends
from tests.support.installation import Installation, installation
from tests.support.instances import Instance, all_ended, logged, partitions, start
from tests.support.nemesis import COUNCIL_FILES, TODAY, WEEKS, Arrival, adopt_register, county
from tests.support.state import State, differences, state, told
from tests.support.waiting import wait_until

SCHOOLS = 4
SEED = 20250901
TIMEOUT_S = 120.0
TAKEOVER_S = 10.0
STORM_STARTS = 10  # in 20 s on a machine that has nothing else to do
AT_ONCE = 3

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


@dataclass(slots=True)
class Campaign:
    """What two instances of each process did with the files that one of each had worked off in peace."""

    expected: State
    actual: State = field(default_factory=dict)
    alert_ids: list[str] = field(default_factory=list)
    shares: dict[str, tuple[int, int]] = field(default_factory=dict)
    takeovers_s: dict[str, float] = field(default_factory=dict)
    senders: tuple[set[str], set[str]] = (set(), set())
    stood_still: int = 0
    storm_exits: list[int] = field(default_factory=list)
    stopped_themselves: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module", name="campaign")
def _campaign(kafka_address: str, postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    folder: Path = tmp_path_factory.mktemp("county")
    arrivals = county(folder, schools=SCHOOLS, seed=SEED)
    council, weeks = arrivals[:COUNCIL_FILES], by_week(arrivals[COUNCIL_FILES:])
    with made_on(kafka_address, postgres_dsn, folder) as peaceful, peaceful.running():
        for files in (council, *weeks):
            work_off(peaceful, files)
        campaign = Campaign(state(peaceful.settings()))
    port = first_of_free_ports()
    with made_on(kafka_address, postgres_dsn, folder, shards="2", metrics_port=str(port)) as made, made.running():
        work_off(made, council)
        fight(made, weeks, campaign)
        campaign.pages = {name: page(port + offset) for name, offset in metrics.PORT_OFFSETS.items()}
        campaign.stopped_themselves = sorted(path.stem for path in (made.home / "run").glob("*.stopped"))
        campaign.actual = state(made.settings())
        campaign.alert_ids = [alert.alert_id for alert in told(made.settings())]
    return campaign


@contextmanager
def made_on(kafka: str, postgres: str, county_folder: Path, **environment: str) -> Iterator[Installation]:
    """An installation on the run's own servers, with topics and a database of its own."""
    prefix = f"i{uuid.uuid4().hex[:8]}."
    with asyncio.Runner() as runner:
        database = backends.database(postgres)
        dsn = runner.run(database.__aenter__())
        with installation(kafka=kafka, postgres=dsn, topic_prefix=prefix, today=TODAY, **environment) as made:
            adopt_register(made, county_folder)
            yield made
        runner.run(database.__aexit__(None, None, None))
    backends.delete_topics(kafka, prefix)


def by_week(arrivals: list[Arrival]) -> list[list[Arrival]]:
    """The files of each week; one is worked off before the next, for an alert keeps the figures it was raised with."""
    return [[a for a in arrivals if f"week{week}" in a.path.parts] for week in WEEKS]


def first_of_free_ports() -> int:
    """A port that is free, and as many after it as there are processes that tell metrics."""
    starts = random.sample(CANDIDATES, 100)
    return next(port for port in starts if all(is_free(port + offset) for offset in metrics.PORT_OFFSETS.values()))


def page(port: int) -> str:
    """The metrics of one process."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=TIMEOUT_S) as answer:
        told: str = answer.read().decode()
    return told


def work_off(made: Installation, arrivals: list[Arrival]) -> None:
    """Drop files, and wait until they have had their effect."""
    drop(made, arrivals)
    made.wait_until_idle(timeout_s=TIMEOUT_S)


def drop(made: Installation, arrivals: list[Arrival]) -> None:
    """Drop files, in order."""
    for arrival in arrivals:
        made.drop(arrival.path, arrival.sender)


def fight(made: Installation, weeks: list[list[Arrival]], campaign: Campaign) -> None:
    """Two of each work together; the second ones are killed; then one stands still while others come and go."""
    with all_ended() as instances:
        seconds = {role: start(made, role) for role in (*CONSUMERS, "relay")}
        seconds["watcher"] = start(made, "watcher", shard="1")
        instances.extend(seconds.values())
        campaign.shares = {role: shares(made, role, seconds[role]) for role in CONSUMERS}
        work_off(made, weeks[0])
        drop(made, weeks[1])
        campaign.takeovers_s = takeovers(made, seconds)
        made.wait_until_idle(timeout_s=TIMEOUT_S)
        storm(made, weeks[2], campaign, instances)
        made.wait_until_idle(timeout_s=TIMEOUT_S)
        campaign.senders = senders(made.home / "log" / "watcher.log"), senders(seconds["watcher"].log)


def shares(made: Installation, role: str, second: Instance) -> tuple[int, int]:
    """How many partitions each of two instances has, once together they have all and each has some."""
    log, total = made.home / "log" / f"{role}.log", partitions_of(made, role)

    def settled() -> bool:
        first = partitions(log)
        return 0 < first < total and first + second.partitions == total

    wait_until(settled, timeout_s=TIMEOUT_S, what=f"two {role} that share")
    return partitions(log), second.partitions


def partitions_of(made: Installation, role: str) -> int:
    """How many partitions a consumer reads in all."""
    return sum(topics()[name].partitions for name in topics_read(made.settings())[role])


def takeovers(made: Installation, seconds: dict[str, Instance]) -> dict[str, float]:
    """Kill the second consumers and the first relay: seconds until the first consumers have all partitions."""
    begun = time.monotonic()
    for role in CONSUMERS:
        seconds[role].signal(signal.SIGKILL)
    made.kill("relay")
    took: dict[str, float] = {}

    def all_taken() -> bool:
        for role in set(CONSUMERS) - took.keys():
            if partitions(made.home / "log" / f"{role}.log") == partitions_of(made, role):
                took[role] = time.monotonic() - begun
        return took.keys() == set(CONSUMERS)

    wait_until(all_taken, timeout_s=TIMEOUT_S, what="the first ones to take over")
    return took


def storm(made: Installation, arrivals: list[Arrival], campaign: Campaign, instances: list[Instance]) -> None:
    """Instances of `exclusions` come and go while files arrive, and `attendance` stands still all the while."""
    still = find("attendance", made.home)
    assert still is not None
    os.kill(still.pid, signal.SIGSTOP)
    alive: deque[Instance] = deque()
    share = -(-len(arrivals) // STORM_STARTS)
    for number in range(STORM_STARTS):
        alive.append(start(made, "exclusions"))
        instances.append(alive[-1])
        drop(made, arrivals[number * share : (number + 1) * share])
        if len(alive) == AT_ONCE:
            end_once_it_has_joined(alive.popleft())
    for instance in alive:
        end_once_it_has_joined(instance)
    campaign.storm_exits = [instance.wait() for instance in instances if instance.role == "exclusions"][1:]
    wait_until(lambda: others_are_through(made), timeout_s=TIMEOUT_S, what="the others to be through")
    campaign.stood_still = lags(made)["attendance"]
    os.kill(still.pid, signal.SIGCONT)


def end_once_it_has_joined(instance: Instance) -> None:
    """Ask it to stop as soon as its group has given it partitions, or none, as there are more members than those."""
    wait_until(lambda: logged(instance.log, "partitions_assigned"), timeout_s=TIMEOUT_S, what="another member")
    instance.signal(signal.SIGTERM)


def others_are_through(made: Installation) -> bool:
    """Whether nothing waits but what `attendance` has not read."""
    rows = lags(made)
    return bool(rows) and not any(rows[role] for role in CONSUMERS if role != "attendance")


def lags(made: Installation) -> dict[str, int]:
    """How many rows each consumer is behind; nothing while files are on their way to the topics."""
    seen = asyncio.run(read_status(made.settings(), embedded=[]))
    return {} if seen.inbox_files else {role: lag.rows for role, lag in seen.consumers.items()}


def senders(log: Path) -> set[str]:
    """Whose files a watcher has settled."""
    return {str(line["sender"]) for line in logged(log, "file_settled")}


def test_two_instances_share_the_partitions(campaign: Campaign) -> None:
    """Each of a group reads some of them, and together they read all."""
    assert set(campaign.shares) == set(CONSUMERS)
    assert all(first > 0 and second > 0 for first, second in campaign.shares.values())


def test_two_watchers_share_the_senders(campaign: Campaign) -> None:
    """Each takes the files of its own schools, and of no other's."""
    first, second = campaign.senders

    assert first & second == set()
    assert COUNCIL in first
    assert second


def test_another_takes_over_from_one_that_was_killed(campaign: Campaign) -> None:
    """Ten seconds after a SIGKILL, its partitions have a reader again."""
    assert {role: s for role, s in campaign.takeovers_s.items() if s >= TAKEOVER_S} == {}
    assert set(campaign.takeovers_s) == set(CONSUMERS)


def test_one_that_stands_still_does_not_hold_the_others(campaign: Campaign) -> None:
    """All others read to the end of what had arrived while it lay behind; then it caught up."""
    assert campaign.stood_still > 0
    assert campaign.expected["pupil_absence"] == campaign.actual["pupil_absence"]


def test_a_storm_of_starts_and_stops_stops_nobody(campaign: Campaign) -> None:
    """Ten came and went: each ended because it was asked to, and no process gave up."""
    assert campaign.storm_exits == [0] * STORM_STARTS
    assert campaign.stopped_themselves == []


def test_each_process_tells_what_it_did_and_nothing_about_anybody(campaign: Campaign) -> None:
    """Every one has its page; no school's number and no child's stands on any."""
    somebody = re.compile(r"\b[0-9]{7}\b|\bP[0-9]{7}\b|\b[A-Z][0-9]{11}[0-9A-Z]\b")

    assert all("pupilstream_loop_timestamp_seconds" in told for told in campaign.pages.values())
    assert 'pupilstream_files_total{dataset="attendance",state="accepted"}' in campaign.pages["watcher"]
    assert 'pupilstream_rows_applied_total{consumer="exclusions"' in campaign.pages["exclusions"]
    assert 'pupilstream_process_up{process="relay"} 1.0' in campaign.pages["up"]
    assert [name for name, told in campaign.pages.items() if somebody.search(labels(told))] == []


def labels(told: str) -> str:
    """What stands between the braces of a page."""
    return "\n".join(re.findall(r"\{(.*)\}", told))


def test_the_state_is_that_of_one_of_each(campaign: Campaign) -> None:
    """Every view, and every current alert, is as if nothing had happened; none was told twice."""
    assert differences(campaign.expected, campaign.actual) == []
    assert campaign.expected == campaign.actual
    assert [alert_id for alert_id, count in Counter(campaign.alert_ids).items() if count > 1] == []
    assert campaign.alert_ids
