"""Deliveries over GraphQL: listed, looked into, sent again, and in the end taken away."""

from datetime import timedelta

import asyncpg
import pytest

from baobei.clock import new_id
from baobei.operations.purge_outbox import purge_outbox
from baobei.webhooks.schedule import RETRIES, Schedule
from graphql_client import GraphQLClient
from webhook_client import DELIVERIES, RESEND, RESEND_DEAD, TEST, created, listed, refusal
from webhook_desk import WebhookDesk, subjects
from webhook_receiver import Received, Receiver, answering, status

NEVER = Schedule(waits=())


async def test_a_test_goes_to_one_webhook_as_every_event_goes(
    desk: WebhookDesk, client: GraphQLClient, receiver: Receiver
) -> None:
    made = await created(client, receiver.url(), eventTypes=["order.placed"])
    await created(client, receiver.url("/other"))
    queued = (await client.one("OPS", TEST, id=made["webhook"]["id"]))["delivery"]
    assert (queued["state"], queued["eventType"], queued["log"]) == ("PENDING", "webhook.test", [])
    await desk.relay_all()

    (letter,) = receiver.received
    assert letter.id == queued["eventId"]
    sent = letter.verified(made["secret"])
    assert (sent["type"], sent["data"]) == ("webhook.test", {"id": made["webhook"]["id"]})
    (delivery,) = await listed(client, made["webhook"]["id"])
    assert (delivery["state"], delivery["attempts"], delivery["log"][0]["statusCode"]) == (
        "DELIVERED",
        1,
        200,
    )


async def test_dead_letters_are_listed_and_sent_again_in_order_under_their_ids(
    desk: WebhookDesk, client: GraphQLClient, receiver: Receiver
) -> None:
    receiver.behaviours["/hook"] = answering(status("500 No", b"out of order"))
    made = await created(client, receiver.url())
    id = made["webhook"]["id"]
    await desk.told(subjects(1), each=3)
    await desk.relay_all(schedule=NEVER)
    dead = await listed(client, id, state="DEAD")
    refused = [letter.id for letter in receiver.received]
    assert [letter["eventId"] for letter in dead] == list(reversed(refused))
    assert dead[0]["log"][0] | {"attemptedAt": "", "durationMs": 0} == {
        "number": 1,
        "attemptedAt": "",
        "durationMs": 0,
        "statusCode": 500,
        "failure": "STATUS",
        "excerpt": "out of order",
    }

    receiver.behaviours.clear()
    resent = await client.one("OPS", RESEND_DEAD, id=id)
    assert (resent["count"], resent["more"]) == (3, False)
    await desk.relay_all()

    assert [letter.id for letter in receiver.taken] == refused
    delivered = await listed(client, id, state="DELIVERED")
    assert [(each["attempts"], len(each["log"])) for each in delivered] == [(1, 2)] * 3
    assert (await client.one("OPS", RESEND_DEAD, id=id))["count"] == 0


async def test_one_delivery_is_sent_again_or_brought_forward(
    desk: WebhookDesk, client: GraphQLClient, receiver: Receiver
) -> None:
    async def refuses_once(_received: Received) -> bytes:
        return status("500 No") if len(receiver.received) == 1 else status("200 OK")

    receiver.behaviours["/hook"] = refuses_once
    id = (await created(client, receiver.url()))["webhook"]["id"]
    await desk.write(("order.placed", new_id()))
    assert (await desk.relay(schedule=RETRIES)).retrying == 1
    (waiting,) = await listed(client, id)
    forward = (await client.one("OPS", RESEND, id=waiting["id"]))["delivery"]
    assert (forward["state"], forward["attempts"]) == ("RETRYING", 1)
    assert (await desk.relay()).delivered == 1

    again = (await client.one("OPS", RESEND, id=waiting["id"]))["delivery"]
    assert (again["state"], again["attempts"], again["settledAt"]) == ("PENDING", 0, None)
    assert (await desk.relay()).delivered == 1
    assert len({letter.id for letter in receiver.received}) == 1
    assert [entry["number"] for entry in (await listed(client, id))[0]["log"]] == [1, 2, 1]


async def test_deliveries_are_paged_by_key_newest_first(
    desk: WebhookDesk, client: GraphQLClient, receiver: Receiver
) -> None:
    one, two = [(await created(client, receiver.url()))["webhook"]["id"] for _ in range(2)]
    await desk.told(subjects(5), each=1)
    await desk.relay_all()
    whole = [delivery["id"] for delivery in await listed(client, one)]
    first = await client.one("OPS", DELIVERIES, id=one, first=2)
    after = first["pageInfo"]["endCursor"]
    second = await client.one("OPS", DELIVERIES, id=one, first=10, after=after)

    pages = [[edge["node"]["id"] for edge in page["edges"]] for page in (first, second)]
    assert pages == [whole[:2], whole[2:]]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    for cursor in ("nonsense", first["edges"][0]["node"]["id"]):
        assert (await client.error("OPS", DELIVERIES, id=one, after=cursor))["field"] == "after"
    assert (await client.error("OPS", DELIVERIES, id=two, after=after))["field"] == "after"
    assert (await client.error("OPS", DELIVERIES, id=one, first=101))["field"] == "first"


async def test_what_is_past_its_retention_is_taken_away_and_what_is_on_its_way_stays(
    desk: WebhookDesk, client: GraphQLClient, receiver: Receiver
) -> None:
    receiver.behaviours["/bad"] = answering(status("500 No"))
    good = (await created(client, receiver.url(), eventTypes=["order.placed"]))["webhook"]["id"]
    await created(client, receiver.url("/bad"), eventTypes=["order.closed"])
    await desk.write(("order.placed", new_id()), ("order.closed", new_id()))
    await desk.relay(schedule=RETRIES)
    kept = await purge_outbox(desk.alliance.office)
    purged = await purge_outbox(desk.alliance.office, events_kept=timedelta(0))

    assert (kept.events, kept.deliveries) == (0, 0)
    assert (purged.events, purged.more) == (1, False)
    left = await desk.fetch("SELECT event_type FROM outbox_event WHERE alliance_id = $1")
    assert left == [{"event_type": "order.closed"}]
    (delivery,) = await listed(client, good)
    assert await refusal(client, RESEND, id=delivery["id"]) == "EVENT_PURGED"
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
        await purge_outbox(desk.alliance.office, deliveries_kept=timedelta(0))


async def test_the_log_of_attempts_is_append_only(desk: WebhookDesk, receiver: Receiver) -> None:
    await desk.webhook(receiver.url())
    await desk.write(("order.placed", new_id()))
    await desk.relay()
    for change in (
        "UPDATE webhook_attempt SET number = 7",
        "DELETE FROM webhook_attempt",
        "TRUNCATE webhook_attempt",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
            await desk.pool.execute(change)
