"""Over HTTP: a guide says what customer it is, opens the day, does what it tells, and finds it done."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.my_day import my_day
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.plan_follow_ups import plan_follow_ups
from graphql_client import GraphQLClient
from in_process import api_on

CUSTOMER = {"name": "林女士", "phone": "13800138001", "address": ADDRESS.format(1)}
SAID = {
    "customerClass": "A",
    "segment": "INDIVIDUAL",
    "need": "三居全屋，电话13900139000",
    "source": "自然进店",
}
REGISTER = """
mutation ($input: RegisterCustomerInput!) { registerCustomer(input: $input) {
  __typename
  ... on RegistrationAdmitted { registration { id number customerClass segment need source } }
  ... on RegistrationRefused { code outcome message(language: EN) } } }
"""
CLASSIFY = """
mutation ($input: ClassifyRegistrationInput!) { classifyRegistration(input: $input) {
  __typename
  ... on RegistrationChanged { registration { customerClass segment need source standing { lapsesAt } } }
  ... on Refused { code } } }
"""
LISTED = """
query ($filter: RegistrationFilter) { registrations(filter: $filter) { edges { node { customerClass need } } } }
"""
FOLLOW_UP = """
mutation ($input: RecordFollowUpInput!) { recordFollowUp(input: $input) { __typename } }
"""
MY_DAY = """
{ myDay {
    asOf
    tasks { step kinds opensAt dueAt overdue explanation registration { number customer { name } } }
    atRisk { what at hoursLeft registration { number } }
    quota { used remaining }
    news { verdict at order { externalRef } }
    requests { kind }
} }
"""


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-01T10:00:00+08:00")
    return made


@pytest.fixture
async def client(alliance: TestAlliance) -> AsyncIterator[GraphQLClient]:
    async with api_on(alliance.office.pool, alliance.code) as opened:
        yield opened


async def asked(client: GraphQLClient, by: str, query: str, **variables: Any) -> Any:
    answer = (await client.post(by, query, variables)).json()
    assert "errors" not in answer, answer
    (value,) = answer["data"].values()
    return value


async def registered(client: GraphQLClient, **said: Any) -> dict[str, Any]:
    answer = await asked(client, "G01", REGISTER, input={**CUSTOMER, **said})
    assert answer["__typename"] == "RegistrationAdmitted", answer
    found: dict[str, Any] = answer["registration"]
    return found


async def order(alliance: TestAlliance, ref: str) -> None:
    placed = PlaceOrder(external_ref=ref, name="林女士", phone="13800138009", taken_by_code="G01")
    await place_order(alliance.office, await alliance.actor("OPS"), placed)


async def test_what_was_said_of_a_customer_is_shown_and_the_need_without_phones_to_whoever_oversees(
    client: GraphQLClient,
) -> None:
    made = await registered(client, **SAID)
    (overseen,) = (await asked(client, "OPS", LISTED, filter={"customerClass": ["A"]}))["edges"]

    assert made | SAID == made
    assert overseen["node"] == {"customerClass": "A", "need": "三居全屋，电话139****9000"}


async def test_a_list_by_another_class_is_empty(client: GraphQLClient) -> None:
    await registered(client, **SAID)

    for narrowed in ({"customerClass": ["B"]}, {"segment": "COMPANY"}, {"source": "网络"}):
        assert (await asked(client, "G01", LISTED, filter=narrowed))["edges"] == []


async def test_a_class_that_the_policy_does_not_have_is_told(client: GraphQLClient) -> None:
    answer = await asked(client, "G01", REGISTER, input={**CUSTOMER, "customerClass": "Z"})

    assert answer == {
        "__typename": "RegistrationRefused",
        "code": "UNKNOWN_CLASS",
        "outcome": "NOT_CONSIDERED",
        "message": "The policy has no such class of customers; choose one that it lists.",
    }


async def test_the_owner_and_their_manager_classify_and_nothing_said_is_a_bad_input(
    client: GraphQLClient,
) -> None:
    id = (await registered(client))["id"]
    by_manager = await asked(client, "PDM", CLASSIFY, input={"registrationId": id, "customerClass": "B"})
    by_another = await asked(client, "G02", CLASSIFY, input={"registrationId": id, "customerClass": "B"})
    nothing = (await client.post("G01", CLASSIFY, {"input": {"registrationId": id}})).json()

    assert by_manager["registration"]["customerClass"] == "B"
    assert by_manager["registration"]["standing"]["lapsesAt"] == "2026-11-12T00:00:00+08:00"
    assert by_another == {"__typename": "Refused", "code": "NOT_OWNER"}
    assert nothing["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_guide_opens_the_day_and_finds_what_is_done_done(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    made = await registered(client)
    await plan_follow_ups(alliance.office)
    await alliance.travel("2026-11-01T10:30:00+08:00")
    day = await asked(client, "G01", MY_DAY)
    sms, call = day["tasks"]

    assert sms == {
        "step": "visit_sms",
        "kinds": ["SMS"],
        "opensAt": "2026-11-01T10:00:00+08:00",
        "dueAt": "2026-11-01T10:10:00+08:00",
        "overdue": True,
        "explanation": "自2026年11月1日 10:10起已逾期：请尽快给客户发短信（D.1）。",
        "registration": {"number": made["number"], "customer": {"name": "林女士"}},
    }
    assert (call["step"], call["overdue"]) == ("first_call", False)
    await asked(
        client, "G01", FOLLOW_UP, input={"registrationId": made["id"], "kind": "SMS", "note": "谢谢光临"}
    )
    assert [task["step"] for task in (await asked(client, "G01", MY_DAY))["tasks"]] == ["first_call"]
    assert (await asked(client, "G02", MY_DAY))["tasks"] == []


async def test_a_claim_that_is_about_to_lapse_is_told_with_its_hours(
    client: GraphQLClient, alliance: TestAlliance
) -> None:
    made = await registered(client)
    await alliance.travel("2026-11-11T09:30:00+08:00")

    assert (await asked(client, "G01", MY_DAY))["atRisk"] == [
        {
            "what": "LAPSED",
            "at": "2026-11-12T00:00:00+08:00",
            "hoursLeft": 14,
            "registration": {"number": made["number"]},
        }
    ]


async def test_headquarters_has_no_quota_and_the_head_has_requests_to_decide(client: GraphQLClient) -> None:
    day = await asked(client, "HEAD", MY_DAY)

    assert (day["quota"], day["tasks"], day["requests"]) == (None, [], [])


async def test_the_days_of_a_claim_at_risk_are_the_alliances_though_one_of_them_has_25_hours(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    """In New York clocks go back on 1 November: the third day from 31 October ends an hour later by the sun."""
    alliance = await new_alliance(fresh_pool, time_zone="America/New_York")
    await alliance.travel("2026-10-24T10:00:00-04:00")
    await alliance.admitted("G01", phone="13800138001", address=ADDRESS.format(1))
    await alliance.travel("2026-10-31T10:00:00-04:00")
    day = await my_day(alliance.office, await alliance.actor("G01"))

    assert [(claim.kind, claim.at.isoformat()) for claim in day.at_risk] == [
        ("LAPSED", "2026-11-04T05:00:00+00:00")
    ]
    assert day.at_risk_count == 1


async def test_news_begin_with_yesterday_though_it_had_25_hours(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_alliance(fresh_pool, time_zone="America/New_York")
    await alliance.travel("2026-10-31T23:59:00-04:00")
    await order(alliance, "A-1")
    await alliance.travel("2026-11-01T00:30:00-04:00")
    await order(alliance, "A-2")
    await alliance.travel("2026-11-02T10:00:00-05:00")
    day = await my_day(alliance.office, await alliance.actor("G01"))

    assert [news.at.isoformat() for news in day.news] == ["2026-11-01T04:30:00+00:00"]
