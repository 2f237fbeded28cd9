"""Webhooks over GraphQL: who may, what is refused, and what is shown."""

from dataclasses import replace
from typing import Any

import asyncpg
import httpx2
import pytest
from starlette.applications import Starlette

from baobei.clock import new_id
from baobei.operations.office import webhook_rules
from baobei.settings import Settings
from baobei.store.organisation_models import Role
from baobei.webhooks.schedule import RETRIES
from baobei_api.app import request_log, routes
from baobei_api.metrics import Metrics
from graphql_client import GraphQLClient
from webhook_client import (
    CREATE,
    DELETE,
    DELIVERIES,
    KEY,
    NOBODY,
    RESEND,
    RESEND_DEAD,
    ROTATE,
    TEST,
    UPDATE,
    WEBHOOKS,
    created,
    listed,
    refusal,
)
from webhook_desk import WebhookDesk, new_desk
from webhook_receiver import Receiver, answering, status


async def test_only_administrators_and_operations_managers_have_webhooks(
    desk: WebhookDesk, client: GraphQLClient, receiver: Receiver
) -> None:
    webhook = (await created(client, receiver.url()))["webhook"]
    asked: list[tuple[str, dict[str, Any]]] = [
        (CREATE, {"input": {"url": receiver.url()}}),
        (UPDATE, {"input": {"webhookId": webhook["id"], "active": False}}),
        (ROTATE, {"id": webhook["id"]}),
        (DELETE, {"id": webhook["id"]}),
        (TEST, {"id": webhook["id"]}),
        (RESEND, {"id": NOBODY}),
        (RESEND_DEAD, {"id": webhook["id"]}),
        (WEBHOOKS, {}),
        (DELIVERIES, {"id": webhook["id"]}),
    ]
    before = await desk.fetch("SELECT w::text FROM webhook_subscription w WHERE alliance_id = $1")
    for role in set(Role) - {Role.ADMINISTRATOR, Role.OPERATIONS_MANAGER}:
        await desk.pool.execute("UPDATE staff SET roles = $1 WHERE code = 'G01'", [role.value])
        for query, variables in asked:
            assert await client.error("G01", query, **variables) == {"code": "FORBIDDEN"}, (role, query)
    assert await desk.fetch("SELECT w::text FROM webhook_subscription w WHERE alliance_id = $1") == before

    for role in (Role.ADMINISTRATOR, Role.OPERATIONS_MANAGER):
        await desk.pool.execute("UPDATE staff SET roles = $1 WHERE code = 'G01'", [role.value])
        assert (await client.ask("G01", WEBHOOKS))["webhooks"][0]["id"] == webhook["id"]


async def test_a_webhook_is_made_and_its_secret_shown_once(client: GraphQLClient, receiver: Receiver) -> None:
    made = await created(client, receiver.url(), eventTypes=["order.placed", "order.closed", "order.placed"])

    assert made["secret"].startswith("whsec_")
    assert made["webhook"] | {"id": "", "createdAt": ""} == {
        "id": "",
        "url": receiver.url(),
        "eventTypes": ["order.closed", "order.placed"],
        "includePersonalData": False,
        "active": True,
        "disabledReason": None,
        "disabledAt": None,
        "previousSecretUntil": None,
        "createdAt": "",
        "createdBy": {"code": "OPS"},
    }
    whole = (await client.post("OPS", WEBHOOKS)).text
    assert made["secret"].removeprefix("whsec_") not in whole


@pytest.mark.parametrize(
    ("input", "field"),
    [
        ({"url": "not a url"}, "input.url"),
        ({"url": ""}, "input.url"),
        ({"url": "ftp://127.0.0.1/"}, "input.url"),
        ({"url": "https://" + "a" * 2_000}, "input.url"),
        ({"url": "https://127.0.0.1/\x00"}, "input.url"),
        ({"url": "https://127.0.0.1/", "eventTypes": []}, "input.eventTypes"),
        ({"url": "https://127.0.0.1/", "eventTypes": ["order.placed", "order.burnt"]}, "input.eventTypes.1"),
        ({"url": "https://127.0.0.1/", "eventTypes": ["webhook.test"]}, "input.eventTypes.0"),
        ({"url": "https://127.0.0.1/", "eventTypes": ["order.placed"] * 100}, "input.eventTypes"),
    ],
)
async def test_an_input_that_cannot_be_used_is_named(
    client: GraphQLClient, input: dict[str, Any], field: str
) -> None:
    assert await client.error("OPS", CREATE, input=input) == {"code": "BAD_USER_INPUT", "field": field}


@pytest.mark.parametrize(
    ("input", "code"),
    [
        ({"url": "https://user:secret@127.0.0.1/"}, "URL_HAS_CREDENTIALS"),
        ({"url": "https://127.0.0.1/#a"}, "URL_HAS_FRAGMENT"),
        ({"url": "https://name.invalid/"}, "TARGET_UNRESOLVED"),
        ({"url": "https://127.0.0.1/", "includePersonalData": True}, "PERSONAL_DATA_NOT_ALLOWED"),
    ],
)
async def test_a_target_that_may_not_be_is_refused_with_its_code(
    desk: WebhookDesk, client: GraphQLClient, input: dict[str, Any], code: str
) -> None:
    webhook = (await created(client, "https://127.0.0.1/"))["webhook"]
    assert await refusal(client, CREATE, input=input) == code
    assert await refusal(client, UPDATE, input={"webhookId": webhook["id"], **input}) == code
    kept = await desk.fetch("SELECT url FROM webhook_subscription WHERE alliance_id = $1")
    assert kept == [{"url": "https://127.0.0.1/"}]


async def test_this_machine_is_refused_unless_a_setting_allows_it(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", desk: WebhookDesk
) -> None:
    settings = Settings(database_url="postgresql://unused", clock="travel", dev_token_key=KEY)
    office = replace(desk.alliance.office, webhooks=webhook_rules(settings))
    app = Starlette(routes=routes(settings, office, Metrics()), middleware=[request_log(settings, Metrics())])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://api") as http:
        strict = GraphQLClient(http=http, token_key=KEY, alliance=desk.alliance.code)
        codes = [
            await refusal(strict, CREATE, input={"url": url})
            for url in ("https://127.0.0.1/", "https://localhost/", "http://8.8.8.8/", "https://8.8.8.8:22/")
        ]
    assert codes == ["TARGET_NOT_PUBLIC", "TARGET_NOT_PUBLIC", "HTTPS_REQUIRED", "PORT_NOT_ALLOWED"]


async def test_a_webhook_is_changed_and_what_is_left_out_stays(
    client: GraphQLClient, receiver: Receiver
) -> None:
    webhook = (await created(client, receiver.url(), eventTypes=["order.placed"]))["webhook"]

    async def changed(**more: Any) -> dict[str, Any]:
        answer = await client.one("OPS", UPDATE, input={"webhookId": webhook["id"], **more})
        seen: dict[str, Any] = answer["webhook"]
        return {name: seen[name] for name in ("url", "eventTypes", "active", "disabledReason")}

    begun = {"url": receiver.url(), "eventTypes": ["order.placed"], "active": True, "disabledReason": None}
    assert await changed() == begun
    assert await changed(url=receiver.url("/b")) == begun | {"url": receiver.url("/b")}
    moved = begun | {"url": receiver.url("/b")}
    assert await changed(eventTypes=None) == moved | {"eventTypes": None}
    off = moved | {"eventTypes": None, "active": False, "disabledReason": "BY_HAND"}
    assert await changed(active=False) == off
    assert await changed(active=True) == moved | {"eventTypes": None}


async def test_switched_off_or_deleted_what_was_on_its_way_is_cancelled_and_the_log_stays(
    desk: WebhookDesk, client: GraphQLClient, receiver: Receiver
) -> None:
    receiver.behaviours["/hook"] = answering(status("500 No"))
    off, gone = [(await created(client, receiver.url()))["webhook"]["id"] for _ in range(2)]
    await desk.write(("order.placed", new_id()))
    await desk.relay(schedule=RETRIES)
    await client.one("OPS", UPDATE, input={"webhookId": off, "active": False})
    deleted = await client.one("OPS", DELETE, id=gone)

    assert deleted["webhook"]["disabledReason"] == "DELETED"
    for id in (off, gone):
        (delivery,) = await listed(client, id)
        assert (delivery["state"], delivery["nextAttemptAt"], len(delivery["log"])) == ("CANCELLED", None, 1)
    assert [w["id"] for w in (await client.ask("OPS", WEBHOOKS))["webhooks"]] == [off]
    both = (await client.ask("OPS", WEBHOOKS, deleted=True))["webhooks"]
    assert [webhook["id"] for webhook in both] == [gone, off]
    (delivery,) = await listed(client, off)
    assert await refusal(client, RESEND, id=delivery["id"]) == "WEBHOOK_DISABLED"
    assert await refusal(client, TEST, id=off) == "WEBHOOK_DISABLED"


@pytest.mark.parametrize("id", [NOBODY, "17", "不是"])
async def test_what_there_is_not_is_refused(client: GraphQLClient, id: str) -> None:
    for query in (ROTATE, DELETE, TEST, RESEND_DEAD):
        assert await refusal(client, query, id=id) == "UNKNOWN_WEBHOOK"
    assert await refusal(client, UPDATE, input={"webhookId": id}) == "UNKNOWN_WEBHOOK"
    assert await refusal(client, RESEND, id=id) == "UNKNOWN_DELIVERY"
    assert await client.error("OPS", DELIVERIES, id=id) == {"code": "NOT_FOUND", "field": "webhookId"}


async def test_webhooks_of_another_alliance_are_as_good_as_none(
    desk: WebhookDesk,
    client: GraphQLClient,
    receiver: Receiver,
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    other = await new_desk(fresh_pool)
    theirs = await other.webhook(receiver.url())
    await other.write(("order.placed", new_id()))
    await other.relay_all()
    (delivery,) = await other.fetch("SELECT delivery_id FROM webhook_delivery WHERE alliance_id = $1")
    id = str(theirs.webhook.id)

    assert (await client.ask("OPS", WEBHOOKS, deleted=True)) == {"webhooks": []}
    for query in (ROTATE, DELETE, TEST, RESEND_DEAD):
        assert await refusal(client, query, id=id) == "UNKNOWN_WEBHOOK"
    assert await refusal(client, RESEND, id=str(delivery["delivery_id"])) == "UNKNOWN_DELIVERY"
    assert (await client.error("OPS", DELIVERIES, id=id))["code"] == "NOT_FOUND"


async def test_an_alliance_keeps_fifty_webhooks_at_most(desk: WebhookDesk, client: GraphQLClient) -> None:
    for _ in range(50):
        await desk.webhook("https://127.0.0.1/")
    assert await refusal(client, CREATE, input={"url": "https://127.0.0.1/"}) == "TOO_MANY_WEBHOOKS"
    first = (await client.ask("OPS", WEBHOOKS))["webhooks"][0]["id"]
    await client.one("OPS", DELETE, id=first)
    assert (await created(client, "https://127.0.0.1/"))["webhook"]["active"]


async def test_a_rotated_secret_overlaps_for_a_day(client: GraphQLClient, receiver: Receiver) -> None:
    made = await created(client, receiver.url())
    rotated = await client.one("OPS", ROTATE, id=made["webhook"]["id"])

    assert rotated["secret"] != made["secret"]
    assert rotated["webhook"]["previousSecretUntil"] is not None
