"""What a bench shows of requests in whatever state, and of registrations that have changed hands."""

import itertools
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from alliances import TestAlliance
from baobei.operations.open_dispute import OpenDispute, open_dispute
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.request_cross_region import RequestCrossRegion, request_cross_region
from baobei.operations.request_special_price import RequestSpecialPrice, request_special_price
from baobei.operations.results import ApprovalRecorded, DisputeRecorded, OrderRecorded
from baobei.operations.run_handovers import run_handovers
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_approval import withdraw_approval
from baobei.operations.withdraw_dispute import WithdrawDispute, withdraw_dispute
from baobei.policy.terms import FollowUpKind
from graphql_client import GraphQLClient
from handover_stories import begun, to
from in_process import api_on
from requests_desk import IN_PUDONG, decide, new_regional_alliance, waits

_numbers = itertools.count(1)
PHONE, HOME = "13800130001", IN_PUDONG.format(1)
EVIDENCE = """
query ($id: ID!) { dispute(id: $id) { status explanation(language: EN) order { externalRef }
  decision { credits { staff { code } } }
  caseEvents(first: 100) { edges { node { kind code text side { code } by { code } explanation(language: ZH)
                                        registration { customer { masked } } } } } } }
"""
STATEMENTS = "query ($id: ID!, $first: Int, $after: ID) { dispute(id: $id) { statements(first: $first, after: $after) { id text } } }"
SAY = "mutation ($input: AddStatementInput!) { addStatement(input: $input) { __typename } }"


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    return await new_regional_alliance(fresh_pool, f"bench{next(_numbers)}")


@pytest.fixture
async def client(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> AsyncIterator[GraphQLClient]:
    async with api_on(fresh_pool, alliance.code) as opened:
        yield opened


async def ordered(alliance: TestAlliance, *, taker: str | None = None) -> UUID:
    request = PlaceOrder(external_ref="A-1", name="王小明", phone=PHONE, taken_by_code=taker)
    answer = await place_order(alliance.office, await alliance.actor("OPS"), request)
    assert isinstance(answer, OrderRecorded), answer
    return answer.order.id


async def disputed(alliance: TestAlliance, by: str, order: UUID) -> UUID:
    request = OpenDispute(order_id=order, statement="客户是我带来的")
    answer = await open_dispute(alliance.office, await alliance.actor(by), request)
    assert isinstance(answer, DisputeRecorded), answer
    return answer.dispute.id


async def bench(client: GraphQLClient, viewer: str, id: UUID) -> list[dict[str, Any]]:
    seen = await client.one(viewer, EVIDENCE, id=str(id))
    return [edge["node"] for edge in seen["caseEvents"]["edges"]]


def told(entries: list[dict[str, Any]]) -> list[tuple[str, str | None, str | None]]:
    return [
        (each["kind"], each["code"], (each["side"] or {}).get("code"))
        for each in entries
        if "REQUEST" in each["kind"] or "ATTEMPT" in each["kind"]
    ]


async def asked_for_all(alliance: TestAlliance) -> UUID:
    """G03's request was withdrawn, asked again and rejected, N01's waits; F01 asked for a price; G01 is credited."""
    office, guide = alliance.office, await alliance.actor("G03")
    waiting = await waits(alliance, "G03")
    await withdraw_approval(office, guide, waiting.approval_id)
    again = RequestCrossRegion(attempt_id=waiting.attempt_id, reason="老客户13900139000介绍")
    asked = await request_cross_region(office, guide, again)
    assert isinstance(asked, ApprovalRecorded), asked
    await decide(alliance, "PDM", asked.approval.id, approve=False)
    await waits(alliance, "N01")
    await alliance.admitted("G01", phone=PHONE, address=HOME)
    price = RequestSpecialPrice(phone=PHONE, list_fen=1_000, asked_fen=900, reason="客户13900139000要求")
    await request_special_price(office, await alliance.actor("F01"), price)
    return await disputed(alliance, "F01", await ordered(alliance, taker="F01"))


async def test_requests_about_the_customer_stand_there_in_whatever_state(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    entries = await bench(client, "HEAD", await asked_for_all(alliance))
    assert told(entries) == [
        ("ATTEMPT_WAITING", "AWAITING_APPROVAL", "G03"),
        ("REQUESTED", "CROSS_REGION", "G03"),
        ("REQUEST_WITHDRAWN", "CROSS_REGION", "G03"),
        ("REQUESTED", "CROSS_REGION", "G03"),
        ("REQUEST_DECIDED", "REJECTED", "G03"),
        ("ATTEMPT_WAITING", "AWAITING_APPROVAL", "N01"),
        ("REQUESTED", "CROSS_REGION", "N01"),
        ("REQUESTED", "SPECIAL_PRICE", "F01"),
    ]
    assert entries[0]["explanation"] == "报备客户，须经批准，先等待结果"


async def test_a_party_sees_its_own_requests_and_no_other_s(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    id = await asked_for_all(alliance)
    seen = {who: told(await bench(client, who, id)) for who in ("G03", "N01", "F01", "G01")}
    assert {who: {side for _, _, side in entries} for who, entries in seen.items()} == {
        "G03": {"G03"},
        "N01": {"N01"},
        "F01": {"F01"},
        "G01": set(),
    }
    assert len(seen["G03"]) == 5


async def passed_on(alliance: TestAlliance) -> UUID:
    """G03's registration went to G01, each followed up once; G01 is credited and G03 disputes it."""
    office = alliance.office
    id = await alliance.admitted("G03", phone=PHONE, address="徐汇区漕宝路1弄6号楼302室")
    for who in ("G03", "G01"):
        touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note=f"{who}约在13900139000")
        await record_follow_up(office, await alliance.actor(who), touch)
        move = TransferRegistration(registration_id=id, to_staff_code="G01", reason="交接")
        await transfer_registration(office, await alliance.actor("HEAD"), move)
    return await disputed(alliance, "G03", await ordered(alliance))


async def test_whose_registration_it_was_sees_their_time_with_it_and_the_decision(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    id = await passed_on(alliance)
    seen = await client.one("G03", EVIDENCE, id=str(id))
    assert (seen["order"], seen["decision"]) == (None, {"credits": [{"staff": {"code": "G01"}}]})
    entries = [edge["node"] for edge in seen["caseEvents"]["edges"]]
    assert [(each["kind"], (each["side"] or {}).get("code")) for each in entries] == [
        ("REGISTERED", "G03"),
        ("FOLLOWED_UP", "G03"),
        ("TRANSFERRED", "G03"),
        ("ORDER_PLACED", None),
        ("DECIDED", None),
        ("DISPUTED", None),
        ("STATEMENT", "G03"),
    ]
    assert "13900139000" not in entries[1]["text"]
    assert entries[0]["registration"]["customer"]["masked"]


async def test_whose_it_is_now_sees_what_was_done_before(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    entries = await bench(client, "G01", await passed_on(alliance))
    touches = [each for each in entries if each["kind"] == "FOLLOWED_UP"]
    assert [each["side"]["code"] for each in touches] == ["G03", "G01"]
    assert ["13900139000" in each["text"] for each in touches] == [True, True]


async def test_the_manager_of_whose_it_was_sees_the_dispute_and_a_colleague_does_not(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    id = await passed_on(alliance)
    assert "FOLLOWED_UP" in [each["kind"] for each in await bench(client, "XHM", id)]
    assert await client.ask("G04", EVIDENCE, id=str(id)) == {"dispute": None}


@pytest.mark.parametrize(
    ("by", "sentence"),
    [
        ("G03", "G03, who opened the dispute, took it back; credit stays as it was (3.3.2)."),
        ("XHM", "XHM took the dispute back for G03, who opened it; credit stays as it was (3.3.2)."),
    ],
)
async def test_the_sentence_says_who_took_it_back(
    alliance: TestAlliance, client: GraphQLClient, by: str, sentence: str
) -> None:
    id = await passed_on(alliance)
    back = WithdrawDispute(dispute_id=id, reason="谈妥")
    await withdraw_dispute(alliance.office, await alliance.actor(by), back)
    assert (await client.one("G01", EVIDENCE, id=str(id)))["explanation"] == sentence


async def test_statements_are_read_in_pages(alliance: TestAlliance, client: GraphQLClient) -> None:
    id = await passed_on(alliance)
    for text in ("二", "三"):
        await client.one("G01", SAY, input={"disputeId": str(id), "text": text})
    first = (await client.one("G03", STATEMENTS, id=str(id), first=2))["statements"]
    rest = (await client.one("G03", STATEMENTS, id=str(id), first=2, after=first[-1]["id"]))["statements"]
    assert [each["text"] for each in [*first, *rest]] == ["客户是我带来的", "二", "三"]
    for nothing in (str(UUID(int=7)), "x"):
        assert (await client.one("G03", STATEMENTS, id=str(id), after=nothing))["statements"] == []


async def test_a_request_that_was_handed_over_is_each_asker_s_for_their_time(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    price = RequestSpecialPrice(phone=PHONE, list_fen=1_000, asked_fen=900, reason="老客户")
    asked = await request_special_price(alliance.office, await alliance.actor("G03"), price)
    assert isinstance(asked, ApprovalRecorded), asked
    handover = await begun(alliance, to("F01", leaver="G03"))
    await run_handovers(alliance.office, only=handover.id)
    await decide(alliance, "HEAD", asked.approval.id, approve=False)
    await alliance.admitted("G01", phone=PHONE, address=HOME)
    id = await disputed(alliance, "F01", await ordered(alliance, taker="F01"))

    before = [("REQUESTED", "SPECIAL_PRICE", "G03"), ("REQUEST_PASSED_ON", "SPECIAL_PRICE", "G03")]
    after = [("REQUEST_DECIDED", "REJECTED", "F01")]
    assert told(await bench(client, "HEAD", id)) == before + after
    assert told(await bench(client, "F01", id)) == before + after
    assert told(await bench(client, "G01", id)) == []
