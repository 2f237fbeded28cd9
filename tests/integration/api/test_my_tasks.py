"""Over HTTP: a day that is full of weekly tasks still shows what is urgent first, counts all, and gives the rest in pages."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.customer_profile import Details
from baobei.operations.plan_follow_ups import plan_follow_ups
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.policy.terms import FollowUpKind
from builders import at
from day_stories import MORNING, registered, touched
from graphql_client import GraphQLClient
from in_process import api_on

DAY = """
{ myDay { tasks { step registration { number } } tasksCount atRisk { what } atRiskCount followUpsDueCount
  followUpsDue { dueAt overdue hoursLeft lapsesAt lapsed explanation(language: EN) registration { number } } } }
"""
TASKS = """
query ($first: Int, $after: String) { myTasks(first: $first, after: $after) {
  edges { cursor node { step registration { number } } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
"""


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel(MORNING)
    return made


@pytest.fixture
async def client(alliance: TestAlliance) -> AsyncIterator[GraphQLClient]:
    async with api_on(alliance.office.pool, alliance.code) as opened:
        yield opened


async def all_pages(client: GraphQLClient, first: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    after, more = None, True
    while more:
        page = await client.one("G01", TASKS, first=first, after=after)
        assert len(page["edges"]) <= first
        found += [_named(edge["node"]) for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


def _named(task: dict[str, Any]) -> tuple[str, str]:
    return task["registration"]["number"], task["step"]


async def test_an_urgent_call_comes_before_a_hundred_and_eighty_weekly_tasks_and_none_is_out_of_reach(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    for number in range(1, 91):
        await alliance.admitted("G01", phone=f"1380014{number:04}", address=ADDRESS.format(number))
    await alliance.travel(at("2026-11-14 10:00"))
    await plan_follow_ups(alliance.office)
    await registered(alliance, number=91, details=Details(customer_class="A"))
    await alliance.travel(at("2026-11-16 00:00"))
    await plan_follow_ups(alliance.office)
    day = await client.one("G01", DAY)
    pages = await all_pages(client, 70)

    assert day["tasks"][0]["step"] == "urgent_call"
    assert (len(day["tasks"]), day["tasksCount"]) == (100, len(pages))
    assert len(set(pages)) == len(pages) > 180
    assert [_named(task) for task in day["tasks"]] == pages[:100]
    assert (day["followUpsDueCount"], len(day["followUpsDue"])) == (90, 90)


async def test_pages_go_on_after_a_task_that_was_done_or_passed_on_and_past_midnight(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    ids = [await registered(alliance, number=number) for number in (1, 2, 3)]
    await alliance.travel(MORNING + timedelta(minutes=1))
    await plan_follow_ups(alliance.office)
    whole = await all_pages(client, 100)
    page = await client.one("G01", TASKS, first=2)
    await touched(alliance, ids[1], FollowUpKind.SMS)
    passed = TransferRegistration(registration_id=ids[0], to_staff_code="G02", reason="调岗")
    await transfer_registration(alliance.office, await alliance.actor("HEAD"), passed)
    await alliance.travel(at("2026-11-02 00:00"))
    rest = await client.one("G01", TASKS, after=page["pageInfo"]["endCursor"])

    assert [step for _, step in whole] == ["visit_sms"] * 3 + ["first_call"] * 3
    assert [_named(edge["node"]) for edge in rest["edges"]] == [whole[2], whole[4], whole[5]]
    assert rest["pageInfo"]["hasPreviousPage"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "t:2026-11-01:01a215c1-7dd6-705a-881b-1c478817e274:2026-11-01:visit_sms",
        "t:0001-01-01:01a215c1-7dd6-705a-881b-1c478817e274:2026-11-01:visit_sms",
        "t:9999-12-31:01a215c1-7dd6-705a-881b-1c478817e274:9999-12-31:visit_sms",
        "t:2026-11-01:01a215c1-7dd6-705a-881b-1c478817e274:2026-11-01:visit\x00sms",
        "q:2026-11-01:01a215c1-7dd6-705a-881b-1c478817e274:2026-11-01:visit_sms",
        "t:2026-11-01:nobody:2026-11-01:visit_sms",
        "t:2026-11-01:2026-11-01",
    ],
)
async def test_a_cursor_that_no_page_gave_is_a_bad_input(client: GraphQLClient, cursor: str) -> None:
    after = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")
    answer = (await client.post("G01", TASKS, {"first": 2, "after": after})).json()

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


async def test_a_follow_up_that_is_due_tonight_is_told_with_its_hours_and_what_comes_of_it(
    alliance: TestAlliance, client: GraphQLClient
) -> None:
    await registered(alliance, "G01")
    await alliance.travel(at("2026-11-04 09:30"))
    (due,) = (await client.one("G01", DAY))["followUpsDue"]
    await alliance.travel(at("2026-11-05 00:00"))
    (late,) = (await client.one("G01", DAY))["followUpsDue"]

    assert due["registration"]["number"] == late["registration"]["number"]
    assert (due["dueAt"], due["overdue"], due["hoursLeft"]) == ("2026-11-05T00:00:00+08:00", False, 14)
    assert (due["lapsesAt"], due["lapsed"]) == ("2026-11-12T00:00:00+08:00", False)
    assert due["explanation"].startswith("Please follow up before 5 Nov 2026 00:00 (Asia/Shanghai) (3.3.2).")
    assert (late["overdue"], late["hoursLeft"]) == (True, 0)


async def test_the_days_of_others_are_not_in_ones_own(alliance: TestAlliance, client: GraphQLClient) -> None:
    await registered(alliance, "G01")
    await plan_follow_ups(alliance.office)
    await alliance.travel(at("2026-11-04 09:30"))

    for other in ("G02", "HEAD"):
        day = await client.one(other, DAY)
        assert (day["tasksCount"], day["followUpsDueCount"], day["atRiskCount"]) == (0, 0, 0)
        assert (await client.one(other, TASKS))["edges"] == []
