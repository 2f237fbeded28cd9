"""The relay on a real database and with a real receiver: everything arrives, in order, once."""

import asyncio
import random
from collections import defaultdict
from dataclasses import replace
from uuid import UUID

import asyncpg

from baobei.clock import new_id
from baobei.operations.relay_events import LIMITS
from baobei.operations.update_webhook import UpdateWebhook, update_webhook
from baobei.store.webhook_models import DeliveryState
from baobei.webhooks.schedule import RETRIES, Schedule
from webhook_desk import WebhookDesk, new_desk, subjects
from webhook_receiver import OK, Received, Receiver, answering, status

NEVER = Schedule(waits=())


def turns(received: list[Received]) -> dict[str, list[int]]:
    """The turns of each subject in the order in which they came in, each event id once."""
    seen: set[str] = set()
    found: dict[str, list[int]] = defaultdict(list)
    for letter in received:
        if letter.id not in seen:
            seen.add(letter.id)
            data = letter.event["data"]
            found[data["id"]].append(data["turn"])
    return dict(found)


async def test_a_webhook_is_told_of_its_types_alone_and_of_nothing_before_it(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    await desk.write(("order.placed", new_id()))
    await desk.webhook(receiver.url("/orders"), "order.placed", "order.closed")
    await desk.webhook(receiver.url("/all"))
    order, registration = subjects(2)
    await desk.write(("order.placed", order), ("registration.lapsed", registration))

    await desk.relay_all()

    assert [letter.event["data"]["id"] for letter in receiver.at("/orders")] == [str(order)]
    assert {letter.event["data"]["id"] for letter in receiver.at("/all")} == {str(order), str(registration)}


async def test_one_alliance_is_never_told_of_another(
    desk: WebhookDesk, receiver: Receiver, fresh_pool: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    other = await new_desk(fresh_pool)
    await other.webhook(receiver.url())
    await desk.write(("order.placed", new_id()))
    await desk.relay_all()

    assert receiver.received == []


async def test_a_receiver_that_fails_three_times_in_ten_gets_everything_in_order_once_by_id(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    luck = random.Random(20261101)

    async def unlucky(_received: Received) -> bytes:
        drawn = luck.random()
        if drawn < 0.1:
            return status("503 Service Unavailable")
        if drawn < 0.2:
            return b""
        return status("302 Found", headers="location: /\r\n") if drawn < 0.3 else OK

    receiver.behaviours["/hook"] = unlucky
    await desk.webhook(receiver.url())
    names = subjects(20)
    await desk.told(names, each=10)

    runs = await desk.relay_all()

    assert turns(receiver.taken_at("/hook")) == {str(name): list(range(10)) for name in names}
    assert await desk.all_in(DeliveryState.DELIVERED)
    assert sum(run.delivered for run in runs) == 200
    assert len(receiver.received) > 240


async def test_two_relays_at_once_send_nothing_twice(desk: WebhookDesk, receiver: Receiver) -> None:
    await desk.webhook(receiver.url("/one"))
    await desk.webhook(receiver.url("/two"))
    names = subjects(15)
    await desk.told(names, each=8)

    await asyncio.gather(*(desk.relay_all() for _ in range(3)))

    for path in ("/one", "/two"):
        ids = [letter.id for letter in receiver.at(path)]
        assert len(ids) == len(set(ids)) == 120
        assert turns(receiver.at(path)) == {str(name): list(range(8)) for name in names}


async def test_events_written_by_many_at_once_arrive_in_the_order_of_each_subject(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    await desk.webhook(receiver.url())
    names = subjects(8)

    async def write(name: UUID) -> None:
        for turn in range(12):
            await desk.write(("registration.transferred", name), turn=turn)

    writing = asyncio.gather(*(write(name) for name in names))
    while not writing.done():
        await desk.relay()
    await writing
    await desk.relay_all()

    assert turns(receiver.received) == {str(name): list(range(12)) for name in names}


async def test_a_later_event_waits_for_the_earlier_one_and_other_subjects_go_on(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    stuck, free = subjects(2)

    async def refuses_one(received: Received) -> bytes:
        return status("500 No") if received.event["data"]["id"] == str(stuck) else OK

    receiver.behaviours["/hook"] = refuses_one
    await desk.webhook(receiver.url())
    await desk.told([stuck, free], each=3)

    relayed = await desk.relay(schedule=RETRIES)

    assert turns(receiver.received) == {str(stuck): [0], str(free): [0, 1, 2]}
    assert await desk.states() == {"DELIVERED": 3, "RETRYING": 1, "PENDING": 2}
    assert (relayed.delivered, relayed.retrying, relayed.more) == (3, 1, False)


async def test_a_dead_letter_no_longer_holds_its_subject(desk: WebhookDesk, receiver: Receiver) -> None:
    async def refuses_the_first(received: Received) -> bytes:
        return status("400 Cannot read") if received.event["data"]["turn"] == 0 else OK

    receiver.behaviours["/hook"] = refuses_the_first
    await desk.webhook(receiver.url())
    await desk.told(subjects(1), each=3)

    (relayed,) = await desk.relay_all(schedule=NEVER)

    assert await desk.states() == {"DEAD": 1, "DELIVERED": 2}
    assert (relayed.dead, relayed.delivered) == (1, 2)


async def test_a_webhook_switched_on_again_is_told_of_what_comes_after(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    issued = await desk.webhook(receiver.url())
    office, boss = desk.alliance.office, await desk.alliance.actor("OPS")
    await update_webhook(office, boss, UpdateWebhook(webhook_id=issued.webhook.id, active=False))
    await desk.write(("order.placed", new_id()))
    await desk.relay_all()
    await update_webhook(office, boss, UpdateWebhook(webhook_id=issued.webhook.id, active=True))
    later = new_id()
    await desk.write(("order.placed", later))
    await desk.relay_all()

    assert [letter.event["data"]["id"] for letter in receiver.received] == [str(later)]


async def test_a_burst_that_nobody_wants_is_passed_over_in_one_run(desk: WebhookDesk) -> None:
    await desk.told(subjects(500), each=5)

    relayed = await desk.relay()

    assert (relayed.events, relayed.delivered, relayed.more) == (2_500, 0, False)


async def test_small_runs_one_after_another_relay_until_nothing_is_due(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    receiver.behaviours["/bad"] = answering(status("500 No"))
    await desk.webhook(receiver.url("/bad"))
    await desk.webhook(receiver.url("/good"))
    await desk.told(subjects(4), each=5)

    runs = await desk.relay_all(limits=replace(LIMITS, at_most=7, events_a_chunk=3), schedule=RETRIES)

    assert len(runs) > 1
    assert sum(run.events for run in runs) == 20
    assert (sum(run.delivered for run in runs), sum(run.retrying for run in runs)) == (20, 4)
    assert await desk.states() == {"DELIVERED": 20, "RETRYING": 4, "PENDING": 16}
