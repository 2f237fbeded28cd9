"""The ledger of a quota says what took and what gave back each slot; its balance is the quota."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance, publish
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.close_order import CloseOrder, close_order
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.results import OrderRecorded
from baobei.policy.document import DealPoint, Policy
from builders import SHIPPED, policy
from graphql_client import GraphQLClient
from in_process import api_on

LEDGER = """
query ($staffCode: String, $month: Date, $first: Int, $after: String) {
  quotaLedger(staffCode: $staffCode, month: $month, first: $first, after: $after) {
    quota { month limit used remaining staff { code } }
    edges { cursor node { at registrationNumber reason change used remaining } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""
QUOTA = "query ($staffCode: String, $month: Date) { quota(staffCode: $staffCode, month: $month) { used remaining } }"


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-02T10:00:00+08:00")
    return made


@pytest.fixture
async def client(alliance: TestAlliance) -> AsyncIterator[GraphQLClient]:
    async with api_on(alliance.office.pool, alliance.code) as opened:
        yield opened


async def claimed(alliance: TestAlliance, number: int, by: str = "F01") -> str:
    answer: Any = await alliance.register(by, phone=f"1380013{number:04}", address=ADDRESS.format(number))
    found: str = answer.registration.number
    return found


async def ordered(alliance: TestAlliance, number: int, ref: str) -> UUID:
    request = PlaceOrder(external_ref=ref, name="王", phone=f"1380013{number:04}")
    placed = await place_order(alliance.office, await alliance.actor("OPS"), request)
    assert isinstance(placed, OrderRecorded)
    return placed.order.id


async def lived_through(alliance: TestAlliance, under: Policy) -> list[str]:
    """A month with every kind of entry; two things happen at one instant."""
    await publish(alliance, under)
    numbers = [await claimed(alliance, number) for number in range(1, 4)]
    first = await ordered(alliance, 1, "A")
    actor = await alliance.actor("OPS")
    await close_order(alliance.office, actor, CloseOrder(order_id=first))
    await alliance.travel("2026-11-05T15:30:00+08:00")
    await ordered(alliance, 2, "B")
    await cancel_order(alliance.office, actor, CancelOrder(order_id=first, reason="客户退单"))
    return numbers


def entries(ledger: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    nodes = [edge["node"] for edge in ledger["edges"]]
    return [(n["registrationNumber"], n["reason"], n["change"], n["used"]) for n in nodes]


async def test_the_ledger_tells_what_took_and_gave_back_each_slot(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    first, second, third = await lived_through(alliance, SHIPPED)
    ledger = await client.one("F01", LEDGER)
    assert entries(ledger) == [
        (first, "REGISTERED", 1, 1),
        (second, "REGISTERED", 1, 2),
        (third, "REGISTERED", 1, 3),
        (first, "DEAL", -1, 2),
        (second, "DEAL", -1, 1),
        (first, "ORDER_CANCELLED", 1, 2),
    ]
    assert [edge["node"]["remaining"] for edge in ledger["edges"]] == [19, 18, 17, 18, 19, 18]
    assert ledger["edges"][0]["node"]["at"] == "2026-11-02T10:00:00+08:00"
    assert ledger["quota"] == {
        "month": "2026-11-01",
        "limit": 20,
        "used": 2,
        "remaining": 18,
        "staff": {"code": "F01"},
    }


@pytest.mark.parametrize("deal_point", list(DealPoint))
async def test_the_balance_of_the_last_entry_is_the_quota(
    alliance: TestAlliance, client: GraphQLClient, deal_point: DealPoint
) -> None:
    await lived_through(alliance, policy(deal_point=deal_point))
    ledger, quota = await client.one("F01", LEDGER), await client.one("F01", QUOTA)
    last = ledger["edges"][-1]["node"]
    assert {"used": last["used"], "remaining": last["remaining"]} == quota
    assert quota["used"] == {DealPoint.DEPOSIT: 2, DealPoint.CLOSING: 3}[deal_point]


async def test_pages_follow_one_another_to_the_end(alliance: TestAlliance, client: GraphQLClient) -> None:
    await lived_through(alliance, SHIPPED)
    whole = entries(await client.one("F01", LEDGER))
    paged, after, more = [], None, True
    while more:
        page = await client.one("F01", LEDGER, first=2, after=after)
        assert len(page["edges"]) == 2
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        paged += entries(page)
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert paged == whole


async def test_a_month_and_a_store_without_entries_have_an_empty_ledger(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await claimed(alliance, 1, by="G01")
    for staff, month in (("G01", None), ("F01", "2026-10-01")):
        ledger = await client.one(staff, LEDGER, month=month)
        assert (ledger["edges"], ledger["pageInfo"]["endCursor"], ledger["quota"]["used"]) == ([], None, 0)


async def test_the_ledger_is_for_whom_the_quota_is(alliance: TestAlliance, client: GraphQLClient) -> None:
    number = await claimed(alliance, 1)
    for viewer in ("SUP", "HEAD", "OPS"):
        ledger = await client.one(viewer, LEDGER, staffCode="F01")
        assert entries(ledger) == [(number, "REGISTERED", 1, 1)]
    for viewer, whose in (("F02", "F01"), ("PDM", "F01"), ("F01", "NOBODY")):
        error = await client.error(viewer, LEDGER, staffCode=whose)
        assert (error["code"], error["field"]) == ("NOT_FOUND", "staffCode")


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"after": "nonsense"}, "after"),
        ({"after": "cQAAAAAAAAAAAAAAAAAAAAA"}, "after"),
        ({"month": "2026-11-02"}, "month"),
        ({"staffCode": " "}, "staffCode"),
    ],
)
async def test_bad_input_is_named(client: GraphQLClient, variables: dict[str, Any], field: str) -> None:
    error = await client.error("F01", LEDGER, **variables)
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)
