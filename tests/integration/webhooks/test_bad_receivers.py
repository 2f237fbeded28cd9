"""Receivers that answer with garbage, too late, elsewhere or not at all: logged, tried again, in nobody's way."""

import asyncio
from dataclasses import replace

import pytest

from baobei.clock import new_id
from baobei.operations.relay_events import LIMITS
from baobei.webhooks.schedule import RETRIES
from webhook_desk import ATTEMPTS, HERE, WebhookDesk, subjects
from webhook_receiver import OK, Received, Receiver, answering, receiving, status


async def test_a_gone_receiver_is_never_written_to_again(desk: WebhookDesk, receiver: Receiver) -> None:
    receiver.behaviours["/hook"] = answering(status("410 Gone"))
    issued = await desk.webhook(receiver.url())
    await desk.told(subjects(1), each=3)

    first = await desk.relay()
    await desk.told(subjects(1), each=1)
    await desk.relay_all()

    assert (first.disabled, first.dead) == (1, 1)
    assert len(receiver.received) == 1
    assert await desk.states() == {"DEAD": 1, "CANCELLED": 2}
    rows = await desk.fetch(
        "SELECT webhook_id, disabled_reason FROM webhook_subscription WHERE alliance_id = $1"
    )
    assert rows == [{"webhook_id": issued.webhook.id, "disabled_reason": "GONE"}]


@pytest.mark.parametrize(
    ("answer", "logged"),
    [
        (status("302 Found", headers="location: http://127.0.0.1/elsewhere\r\n"), (302, "REDIRECTED")),
        (status("404 Not Found"), (404, "STATUS")),
        (b"this is no HTTP\r\n\r\n", (None, "GARBAGE")),
        (b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n", (None, "GARBAGE")),
        (b"", (None, "GARBAGE")),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort", (None, "GARBAGE")),
        (b"HTTP/1.1 99 Odd\r\n\r\n", (None, "GARBAGE")),
    ],
    ids=["redirect", "not found", "no HTTP", "a huge header", "nothing", "too short", "no status"],
)
async def test_a_bad_answer_is_logged_and_tried_again(
    desk: WebhookDesk, receiver: Receiver, answer: bytes, logged: tuple[int | None, str]
) -> None:
    receiver.behaviours["/hook"] = answering(answer)
    await desk.webhook(receiver.url())
    await desk.write(("order.placed", new_id()))

    relayed = await desk.relay(schedule=RETRIES)

    (attempt,) = await desk.fetch(ATTEMPTS)
    assert (attempt["status_code"], attempt["failure"]) == logged
    assert (relayed.retrying, await desk.states()) == (1, {"RETRYING": 1})
    assert receiver.at("/elsewhere") == []


async def test_a_body_without_end_is_cut_off_and_counts_as_delivered(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    receiver.behaviours["/hook"] = answering(
        b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n" + b"a" * 2_000_000
    )
    await desk.webhook(receiver.url())
    await desk.write(("order.placed", new_id()))
    relayed = await desk.relay()

    (attempt,) = await desk.fetch(ATTEMPTS)
    assert (relayed.delivered, attempt["status_code"], attempt["excerpt"]) == (1, 200, "a" * 256)


async def test_a_receiver_that_is_not_there_is_tried_again(desk: WebhookDesk) -> None:
    async with receiving() as closed:
        pass
    await desk.webhook(closed.url())
    await desk.write(("order.placed", new_id()))
    await desk.relay(schedule=RETRIES)

    (attempt,) = await desk.fetch(ATTEMPTS)
    assert (attempt["status_code"], attempt["failure"]) == (None, "NOT_CONNECTED")


async def test_a_slow_receiver_does_not_hold_up_another(desk: WebhookDesk, receiver: Receiver) -> None:
    done = asyncio.Event()

    async def slow(_received: Received) -> bytes:
        await done.wait()
        return OK

    receiver.behaviours["/slow"] = slow
    await desk.webhook(receiver.url("/slow"))
    await desk.webhook(receiver.url("/fast"))
    await desk.told(subjects(10), each=2)

    relaying = asyncio.create_task(desk.relay(rules=replace(HERE, timeout_s=3), schedule=RETRIES))
    async with asyncio.timeout(2.5):
        await receiver.until_taken("/fast", 20)
        await desk.write(("order.placed", new_id()))
        await receiver.until_taken("/fast", 21)

    assert not relaying.done()
    assert receiver.taken_at("/slow") == []
    assert len(receiver.at("/slow")) == LIMITS.of_one_webhook
    done.set()
    await relaying


async def test_whoever_answers_too_late_is_tried_again(desk: WebhookDesk, receiver: Receiver) -> None:
    async def drips(_received: Received) -> bytes:
        await asyncio.sleep(5)
        return OK

    receiver.behaviours["/hook"] = drips
    await desk.webhook(receiver.url())
    await desk.write(("order.placed", new_id()))
    await desk.relay(rules=replace(HERE, timeout_s=0.2), schedule=RETRIES)

    (attempt,) = await desk.fetch(ATTEMPTS)
    assert (attempt["status_code"], attempt["failure"]) == (None, "TIMED_OUT")
    assert 190 <= attempt["duration_ms"] < 2_000


async def test_a_target_that_is_not_allowed_any_more_is_not_written_to(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    await desk.webhook(receiver.url())
    await desk.write(("order.placed", new_id()))
    await desk.relay(rules=replace(HERE, allow_private_targets=False), schedule=RETRIES)

    (attempt,) = await desk.fetch(ATTEMPTS)
    assert (attempt["failure"], receiver.received) == ("TARGET_NOT_ALLOWED", [])
