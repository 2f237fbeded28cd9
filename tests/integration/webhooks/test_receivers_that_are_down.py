"""Receivers that are down, however many and however long, leave places to those that are not."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from baobei.clock import monotonic, new_id
from baobei.operations.relay_events import LIMITS, UnderWay, give_up, relay_events
from baobei.webhooks.schedule import RETRIES
from baobei.webhooks.sender import open_sender
from webhook_desk import HERE, WebhookDesk, subjects
from webhook_receiver import OK, Received, Receiver, answering, status

SLOW_S = 20.0
TROUBLED = "SELECT troubled_since IS NOT NULL AS troubled FROM webhook_subscription WHERE alliance_id = $1"
RETRYING_NOW = "UPDATE webhook_delivery SET next_attempt_at = now() WHERE state = 'RETRYING'"
WAITING = """
SELECT event_type, state, attempts, next_attempt_at > now() AS later
  FROM webhook_delivery
 WHERE alliance_id = $1
 ORDER BY outbox_id
"""


@contextmanager
def silent(receiver: Receiver, paths: list[str]) -> Iterator[asyncio.Event]:
    """Let paths take letters and not answer until the test is over."""
    over = asyncio.Event()

    async def wait(_received: Received) -> bytes:
        await over.wait()
        return OK

    for path in paths:
        receiver.behaviours[path] = wait
    yield over
    over.set()


async def test_nine_that_have_just_gone_down_hold_up_nobody_for_long(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    down = [f"/down{number}" for number in range(9)]
    for path in [*down, "/well"]:
        await desk.webhook(receiver.url(path))
    await desk.told(subjects(5), each=1)
    limits = replace(LIMITS, slow_after=timedelta(milliseconds=300))
    with silent(receiver, down):
        relaying = asyncio.create_task(desk.relay(limits=limits, rules=replace(HERE, timeout_s=SLOW_S)))
        async with asyncio.timeout(SLOW_S / 2):
            await receiver.until_taken("/well", 5)
            await desk.write(("order.placed", new_id()))
            await receiver.until_taken("/well", 6)

        assert not relaying.done()
        assert {len(receiver.at(path)) for path in down} <= {0, 1, 2, 3, LIMITS.of_one_webhook}
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)


async def test_one_in_trouble_has_one_place_and_many_have_half_of_all(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    down = [f"/down{number}" for number in range(6)]
    for path in [*down, "/well"]:
        receiver.behaviours[path] = answering(status("503 Down"))
        await desk.webhook(receiver.url(path))
    receiver.behaviours.pop("/well")
    await desk.told(subjects(1), each=1)
    await desk.relay(schedule=RETRIES)
    receiver.received.clear()
    await desk.told(subjects(8), each=1)
    limits = replace(LIMITS, at_once=8, slow_at_once=0, troubled_at_once=4)
    with silent(receiver, down):
        relaying = asyncio.create_task(desk.relay(limits=limits, rules=replace(HERE, timeout_s=SLOW_S)))
        async with asyncio.timeout(SLOW_S / 2):
            await receiver.until_taken("/well", 9)
        held = sorted(len(receiver.at(path)) for path in down)
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)

    assert held == [0, 0, 1, 1, 1, 1]


async def test_the_next_run_goes_on_while_a_slow_letter_is_on_its_way(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    await desk.webhook(receiver.url("/down"))
    await desk.webhook(receiver.url("/well"))
    await desk.told(subjects(1), each=1)
    office, carried = desk.alliance.office, UnderWay()
    limits = replace(LIMITS, claims_for=timedelta(milliseconds=200))
    with silent(receiver, ["/down"]) as over:
        async with open_sender(replace(HERE, timeout_s=SLOW_S)) as sender:
            began = monotonic()
            first = await relay_events(office, sender, limits=limits, carried=carried)
            await desk.write(("order.placed", new_id()))
            second = await relay_events(office, sender, limits=limits, carried=carried)
            took_s = monotonic() - began
            still = len(carried)
            over.set()
            while carried:
                await relay_events(office, sender, limits=limits, carried=carried)

    # On a busy machine the quick one too is on its way longer than the first run claims letters.
    assert (first.delivered + second.delivered, first.more) == (2, True)
    assert (still, took_s < SLOW_S / 2) == (2, True)
    assert await desk.states() == {"DELIVERED": 4}


async def test_what_is_on_its_way_when_a_worker_ends_is_given_back(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    await desk.webhook(receiver.url("/down"))
    await desk.told(subjects(1), each=1)
    office, carried = desk.alliance.office, UnderWay()
    limits = replace(LIMITS, claims_for=timedelta(milliseconds=200))
    with silent(receiver, ["/down"]):
        async with open_sender(replace(HERE, timeout_s=SLOW_S)) as sender:
            await relay_events(office, sender, limits=limits, carried=carried)
            await give_up(office, carried)

    assert carried == {}
    assert await desk.fetch(
        "SELECT attempts, lease_until, state FROM webhook_delivery WHERE alliance_id = $1"
    ) == [{"attempts": 0, "lease_until": None, "state": "PENDING"}]


@pytest.mark.parametrize("trouble", ["fails", "is slow"])
async def test_trouble_is_noted_and_forgotten(desk: WebhookDesk, receiver: Receiver, trouble: str) -> None:
    async def slow(_received: Received) -> bytes:
        await asyncio.sleep(0.1)
        return OK

    receiver.behaviours["/hook"] = slow if trouble == "is slow" else answering(status("500 No"))
    await desk.webhook(receiver.url())
    noted: list[dict[str, Any]] = []
    for _ in range(2):
        await desk.told(subjects(1), each=1)
        limits = replace(LIMITS, slow_after=timedelta(milliseconds=50))
        await desk.relay(limits=limits, schedule=RETRIES)
        noted += await desk.fetch(TROUBLED)
        receiver.behaviours.clear()

    assert noted == [{"troubled": True}, {"troubled": False}]


async def test_what_waits_behind_a_letter_that_failed_is_due_when_that_is(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    receiver.behaviours["/hook"] = answering(status("500 No"))
    await desk.webhook(receiver.url())
    (stuck,) = subjects(1)
    await desk.told([stuck], each=3)
    await desk.relay(schedule=RETRIES)
    before = await desk.fetch(WAITING)
    await desk.write(("registration.lapsed", stuck))
    await desk.relay(schedule=RETRIES)
    written_later = (await desk.fetch(WAITING))[-1]

    receiver.behaviours.clear()
    await desk.pool.execute(RETRYING_NOW)
    await desk.relay_all(schedule=RETRIES)

    assert [(row["state"], row["later"]) for row in before] == [
        ("RETRYING", True),
        ("PENDING", True),
        ("PENDING", True),
    ]
    assert (written_later["event_type"], written_later["later"]) == ("registration.lapsed", True)
    assert await desk.states() == {"DELIVERED": 4}
    assert [letter.event["type"] for letter in receiver.taken_at("/hook")][-1] == "registration.lapsed"
