"""The whole service with load on, its processes killed at random: nothing acknowledged is lost or done twice.

A receiver of webhooks that fails three times in ten is told of everything, in order, once by id; so is somebody
who listens to a stream and comes back whenever it breaks off.

Each storm prints the seed that chose its moments.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import httpx2
import pytest
from redis import Redis
from redis.exceptions import RedisError

from baobei.clock import monotonic
from event_listener import Listener, listening, token_of
from invariants import violations
from load import Acknowledged, Load
from running_service import RunningService, eventually, kill, redis_url_of, running_service
from stories import STORY_BEGINS, make_alliance
from unlucky_receiver import UnluckyReceiver, unlucky_receiver
from webhook_client import CREATE

PROGRAMS = ("worker", "api", "redis", "postgres", "backend")
STAFF = ("G01", "G02", "G03", "F01", "F02")
RECOVERS_WITHIN_S = 60.0
# A receiver on this machine; short attempts, so that the lease of a dead worker ends soon.
OPEN_HERE = {
    "BAOBEI_WEBHOOK_ALLOW_PRIVATE_TARGETS": "true",
    "BAOBEI_WEBHOOK_ALLOW_HTTP": "true",
    "BAOBEI_WEBHOOK_TIMEOUT_S": "3",
}
# By wall time a retry may be hours away.
RETRY_NOW = (
    "UPDATE webhook_delivery SET next_attempt_at = now() WHERE state = 'RETRYING' AND next_attempt_at > now()"
)
LETTERS_TO_SEND = """
SELECT (SELECT count(*) FROM outbox_event WHERE relayed_at IS NULL)
       + (SELECT count(*) FROM webhook_delivery WHERE state IN ('PENDING', 'RETRYING'))
"""
WRITTEN = """
SELECT event_id::text AS event, event_type, subject_id::text AS subject
  FROM outbox_event
 WHERE outbox_id > $1
 ORDER BY outbox_id
"""
RELAYED = """
SELECT place, event_type, subject_id::text AS subject
  FROM outbox_event
 WHERE place > $1
 ORDER BY place
"""
STILL_TO_DO = """
SELECT (SELECT count(*) FROM registration WHERE due_at <= (SELECT instant FROM dev_clock)) AS due,
       (SELECT count(*) FROM job_tick WHERE done_at IS NULL AND parked_at IS NULL) AS ticks,
       (SELECT count(*) FROM job_tick
         WHERE job = 'sweep_deadlines' AND period = date_trunc('minute', (SELECT instant FROM dev_clock))) AS swept
"""
DOUBLED_OR_LOST = """
SELECT (SELECT count(*) FROM attempt) AS attempts,
       (SELECT count(*) FROM follow_up) AS follow_ups,
       (SELECT count(*) FROM customer_order) AS orders,
       (SELECT count(*) FROM registration WHERE registration_id = ANY($1::uuid[])) AS registrations,
       (SELECT count(*) FROM attempt WHERE attempt_id = ANY($2::uuid[]) AND outcome <> 'PROTECTED') AS refused,
       (SELECT count(*) FROM follow_up WHERE follow_up_id = ANY($3::uuid[])) AS told_follow_ups,
       (SELECT count(*) FROM attribution a
         JOIN unnest($4::uuid[], $5::text[]) AS told (order_id, digest) USING (order_id, digest)) AS told_orders
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """On each of so many days every program is killed so often, after calms that `seed` chose."""

    days: int
    rounds: int
    seed: int
    longest_calm_s: float = 0.6
    letters_within_s: float = 120.0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    """A service of this test's own: others must not feel the storm."""
    with running_service(tmp_path / "data", "--clock", "travel", environment=OPEN_HERE) as running:
        yield running


def travel(service: RunningService, to: datetime) -> None:
    give_up_at = monotonic() + RECOVERS_WITHIN_S
    while monotonic() < give_up_at:
        with contextlib.suppress(httpx2.HTTPError):
            answer = httpx2.post(f"{service.base_url}/dev/clock", json={"now": to.isoformat()}, timeout=5)
            if answer.status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the clock cannot be set")


def flush(service: RunningService) -> None:
    with contextlib.suppress(RedisError), Redis.from_url(redis_url_of(service.data)) as redis:
        redis.flushall()


def rage(service: RunningService, storm: Storm, load: Load) -> Counter[str]:
    """Kill at random moments, flush Redis in the middle of each day, let the days pass; return who was killed."""
    chance = random.Random(storm.seed)
    killed: Counter[str] = Counter()
    for day in range(storm.days):
        travel(service, STORY_BEGINS + timedelta(days=6 * day))
        names = list(PROGRAMS) * storm.rounds
        chance.shuffle(names)
        for number, name in enumerate(names):
            # Every other time the service has got so far as to answer, and is busy.
            answered = len(load.acknowledged)
            if number % 2 == 0:
                eventually(lambda: len(load.acknowledged) > answered, within_s=RECOVERS_WITHIN_S)  # noqa: B023
            time.sleep(chance.uniform(0.05, storm.longest_calm_s))
            killed[name] += eventually(lambda name=name: kill(service, name), within_s=RECOVERS_WITHIN_S)
            if number == len(names) // 2:
                flush(service)
    return killed


async def connected(service: RunningService) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(service.database_url, timeout=5)


async def until_all_is_done(service: RunningService) -> float:
    """Return after how many seconds nothing was left to do."""
    began = monotonic()
    left: object = "no connection"
    while monotonic() - began < RECOVERS_WITHIN_S:
        with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError):
            connection = await connected(service)
            row = await connection.fetchrow(STILL_TO_DO)
            await connection.close()
            left = row and dict(row)
            if left == {"due": 0, "ticks": 0, "swept": 1}:
                return monotonic() - began
        await asyncio.sleep(0.1)
    raise AssertionError(f"not done within {RECOVERS_WITHIN_S} s: {left}")


async def all_is_as_acknowledged(service: RunningService, told: Acknowledged) -> None:
    connection = await connected(service)
    row = await connection.fetchrow(
        DOUBLED_OR_LOST,
        told.registrations,
        told.refused,
        told.follow_ups,
        list(told.orders),
        list(told.orders.values()),
    )
    assert row is not None
    assert dict(row) == {
        "attempts": len(told.registrations) + len(told.refused),
        "follow_ups": len(told.follow_ups),
        "orders": len(told.orders),
        "registrations": len(set(told.registrations)),
        "refused": len(set(told.refused)),
        "told_follow_ups": len(told.follow_ups),
        "told_orders": len(told.orders),
    }
    assert await violations(connection) == {}
    await connection.close()


async def until_all_is_delivered(service: RunningService, *, within_s: float) -> float:
    """Return after how many seconds nothing was on its way to a receiver; retries do not wait."""
    began, left = monotonic(), -1
    while monotonic() - began < within_s:
        with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError):
            connection = await connected(service)
            await connection.execute(RETRY_NOW)
            left = await connection.fetchval(LETTERS_TO_SEND)
            await connection.close()
            if left == 0:
                return monotonic() - began
        await asyncio.sleep(0.2)
    raise AssertionError(f"not delivered within {within_s} s: {left}")


async def everything_was_told_in_order(
    service: RunningService, *, after: int, receiver: UnluckyReceiver, listener: Listener
) -> None:
    connection = await connected(service)
    written: dict[str, list[str]] = defaultdict(list)
    for row in await connection.fetch(WRITTEN, after):
        written[row["subject"]].append(row["event"])
    relayed = [tuple(row) for row in await connection.fetch(RELAYED, listener.first_id)]
    await connection.close()
    assert receiver.taken_by_subject() == written
    assert eventually(lambda: len(listener.events) >= len(relayed), within_s=RECOVERS_WITHIN_S)
    assert [(event.id, *event.what) for event in listener.events] == relayed


async def last_written(service: RunningService) -> int:
    connection = await connected(service)
    last: int = await connection.fetchval("SELECT coalesce(max(outbox_id), 0) FROM outbox_event")
    await connection.close()
    return last


def weather(service: RunningService, storm: Storm) -> None:
    travel(service, STORY_BEGINS)
    alliance = asyncio.run(make_alliance(service.database_url))
    load = Load(service, alliance=alliance, staff=STAFF, seed=storm.seed)
    boss = token_of(load.key, alliance, "OPS")
    with unlucky_receiver(seed=storm.seed) as receiver, listening(service.base_url, boss) as listener:
        # The month has been opened, and whoever is told of what follows is told of all of it.
        httpx2.post(f"{service.base_url}/dev/jobs", timeout=60)
        after = asyncio.run(last_written(service))
        subscribe(service, boss(), receiver.url)
        load.start()
        try:
            killed = rage(service, storm, load)
        finally:
            load.stop()
        # Deadlines of all who are left fall due at once, and whoever begins to write them down is killed.
        travel(service, STORY_BEGINS + timedelta(days=6 * storm.days + 60))
        for name in ("worker", "postgres", "redis"):
            kill(service, name)
        recovered_s = asyncio.run(until_all_is_done(service))
        delivered_s = asyncio.run(until_all_is_delivered(service, within_s=storm.letters_within_s))
        told = load.acknowledged
        print(
            f"seed {storm.seed}: killed {dict(killed)}; {len(told)} acts acknowledged,"
            f" {told.asked_again} times no answer, {dict(told.undecided)};"
            f" all done {recovered_s:.1f} s after the last kill;"
            f" {receiver.attempts} letters sent, {receiver.refused} of them refused, {len(receiver.taken)} taken,"
            f" the last {delivered_s:.1f} s after that; {len(listener.events)} events streamed"
            f" over {listener.connected} connections"
        )
        asyncio.run(all_is_as_acknowledged(service, told))
        asyncio.run(everything_was_told_in_order(service, after=after, receiver=receiver, listener=listener))
    assert service.process.poll() is None
    assert killed == dict.fromkeys(PROGRAMS, storm.days * storm.rounds)


def subscribe(service: RunningService, token: str, url: str) -> None:
    answer = httpx2.post(
        f"{service.base_url}/graphql",
        json={"query": CREATE, "variables": {"input": {"url": url}}},
        headers={"authorization": f"Bearer {token}"},
        timeout=30,
    ).json()
    assert answer["data"]["createWebhook"]["__typename"] == "WebhookSecretIssued", answer


def test_killed_with_load_on_nothing_acknowledged_is_lost_and_nothing_done_twice(
    service: RunningService,
) -> None:
    weather(service, Storm(days=2, rounds=1, seed=random.randrange(10**6)))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_many_storms(service: RunningService, seed: int) -> None:
    weather(service, Storm(days=10, rounds=4, seed=seed, longest_calm_s=1.5, letters_within_s=1_800))
