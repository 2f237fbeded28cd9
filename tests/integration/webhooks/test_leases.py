"""Leases and fences: who sleeps past the lease writes nothing, who is stopped gives back what it holds."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from baobei.clock import new_id
from baobei.operations.relay_events import LIMITS
from baobei.store.webhook_models import DeliveryState, DisabledReason
from baobei.webhooks.letters import Answer, Failure, Letter
from webhook_desk import ATTEMPTS, WebhookDesk, subjects
from webhook_receiver import Receiver


class Sleeper:
    """A sender whose first letter takes until it is woken."""

    def __init__(self) -> None:
        self.asleep = asyncio.Event()
        self.wake = asyncio.Event()

    async def send(self, letter: Letter) -> Answer:
        self.asleep.set()
        await self.wake.wait()
        return Answer(status_code=500, failure=None, duration_ms=1, excerpt=letter.message_id)


async def test_who_sleeps_past_the_lease_writes_nothing_when_it_wakes(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    await desk.webhook(receiver.url())
    await desk.told(subjects(1), each=2)
    short = replace(LIMITS, lease=timedelta(milliseconds=300))
    sleeper = Sleeper()
    # Whoever sleeps looks for nothing more, so that it cannot take over what it held itself.
    sleeping = asyncio.create_task(desk.relay(sender=sleeper, limits=replace(short, at_most=1)))
    await sleeper.asleep.wait()
    held = await desk.relay(limits=short)
    await asyncio.sleep(0.35)

    taken_over = await desk.relay_all(limits=short)
    sleeper.wake.set()
    woken = await sleeping

    assert held.delivered == 0
    assert sum(run.delivered for run in taken_over) == 2
    assert (woken.delivered, woken.stale) == (0, 1)
    assert await desk.states() == {"DELIVERED": 2}
    assert [attempt["status_code"] for attempt in await desk.fetch(ATTEMPTS)] == [200, 200]
    fences = await desk.fetch("SELECT fence FROM webhook_delivery WHERE alliance_id = $1 ORDER BY outbox_id")
    assert [row["fence"] for row in fences] == [2, 1]


async def test_a_relay_that_is_cancelled_gives_back_what_it_holds(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    await desk.webhook(receiver.url())
    await desk.told(subjects(3), each=1)
    sleeper = Sleeper()
    relaying = asyncio.create_task(desk.relay(sender=sleeper))
    await sleeper.asleep.wait()
    relaying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await relaying

    rows = await desk.fetch("SELECT attempts, lease_until FROM webhook_delivery WHERE alliance_id = $1")
    assert rows == [{"attempts": 0, "lease_until": None}] * 3
    assert (await desk.relay()).delivered == 3


async def test_the_states_of_a_delivery_are_those_of_its_check(desk: WebhookDesk) -> None:
    checked = await desk.pool.fetch(
        "SELECT conname, pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = ANY($1::text[])",
        [
            "webhook_delivery_state_check",
            "webhook_attempt_failure_check",
            "webhook_subscription_disabled_check",
        ],
    )
    words = {row["conname"]: set(re.findall(r"'([A-Z_]+)'", row["text"])) for row in checked}
    assert words == {
        "webhook_delivery_state_check": {state.value for state in DeliveryState},
        "webhook_attempt_failure_check": {failure.value for failure in Failure},
        "webhook_subscription_disabled_check": {reason.value for reason in DisabledReason},
    }


@pytest.mark.parametrize(
    "change",
    [
        "state = 'SENT'",
        "next_attempt_at = NULL",
        "state = 'DELIVERED'",
        "state = 'DEAD', next_attempt_at = NULL",
        "state = 'DEAD', settled_at = now()",
        "lease_until = now()",
    ],
)
async def test_a_delivery_that_contradicts_its_state_is_not_stored(desk: WebhookDesk, change: str) -> None:
    await desk.webhook("http://127.0.0.1:9/")
    await desk.write(("order.placed", new_id()))
    await desk.relay(limits=replace(LIMITS, of_one_webhook=0))

    with pytest.raises(asyncpg.CheckViolationError):
        await desk.pool.execute(f"UPDATE webhook_delivery SET {change}")
