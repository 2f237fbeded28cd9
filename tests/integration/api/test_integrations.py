"""What an integration does by itself: it places orders and keeps those, and owns nobody."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance
from graphql_client import GraphQLClient, change
from in_process import api_on
from staffed import ask_by_key, issued, staffed_alliance

ORDER = """query ($id: ID!) { order(id: $id) { customer { masked } attribution {
             credits { staff { code } shareBp } candidates { registration { customer { masked } } } } } }"""
PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
             ... on OrderRecorded { order { id } } ... on Refused { code } } }"""
CLOSE = change("closeOrder", "$orderId: ID!", of="order")
CANCEL = change("cancelOrder", "$orderId: ID!, $reason: String!", of="order")
REGISTER = """mutation ($input: RegisterCustomerInput!) { registerCustomer(input: $input) {
                ... on RegistrationAdmitted { registration { id } } ... on RegistrationRefused { code } } }"""


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await staffed_alliance(pool)


@pytest.fixture
async def client(
    alliance: TestAlliance, pool: "asyncpg.Pool[asyncpg.Record]"
) -> AsyncIterator[GraphQLClient]:
    async with api_on(pool, alliance.code) as client:
        yield client


async def test_an_integration_keeps_the_orders_that_it_placed(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    await alliance.admitted("G01", phone="13800138002", address=ADDRESS.format(2))
    text = (await issued(alliance)).text
    placed = await client.placed(
        "G02", externalRef="BY-HAND", name="李", phone="13900139000", takenByCode="G02"
    )
    order = {"externalRef": "CRM-1", "name": "王", "phone": "13800138002", "takenByCode": "G02"}
    own = (await ask_by_key(client, text, PLACE, input=order)).json()["data"]["placeOrder"]["order"]["id"]

    seen = (await ask_by_key(client, text, ORDER, id=own)).json()["data"]["order"]
    assert seen == {
        "customer": {"masked": True},
        "attribution": {
            "credits": [{"staff": {"code": "G01"}, "shareBp": 10_000}],
            "candidates": [{"registration": {"customer": {"masked": True}}}],
        },
    }
    assert (await ask_by_key(client, text, ORDER, id=placed["id"])).json()["data"]["order"] is None
    for query in (CLOSE, CANCEL):
        answer = (await ask_by_key(client, text, query, orderId=placed["id"], reason="退")).json()["data"]
        assert answer.popitem()[1]["code"] == "NOT_OWNER"
        answer = (await ask_by_key(client, text, query, orderId=own, reason="退")).json()["data"]
        assert answer.popitem()[1]["__typename"] == "OrderRecorded"


async def test_an_integration_owns_no_customer_and_takes_no_order(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    text = (await issued(alliance, staff_code="CRM2")).text  # in a store, which has a channel
    customer = {"name": "王", "phone": "13800138003", "address": ADDRESS.format(3)}
    answer = (await ask_by_key(client, text, REGISTER, input=customer)).json()["data"]["registerCustomer"]
    assert answer == {"code": "NO_CHANNEL"}
    by_manager = await client.register("PDM", forStaffCode="CRM2", **customer)
    assert by_manager["code"] == "NO_CHANNEL"
    order = {"externalRef": "CRM-2", "name": "王", "phone": "13800138003", "takenByCode": "CRM2"}
    answer = (await ask_by_key(client, text, PLACE, input=order)).json()["data"]["placeOrder"]
    assert answer == {"code": "UNKNOWN_STAFF"}
    assert (
        await alliance.count(
            "SELECT count(*) FROM registration JOIN alliance USING (alliance_id) WHERE code = $1",
            alliance.code,
        )
        == 0
    )
