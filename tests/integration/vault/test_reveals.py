"""A customer in full: who may, for a reason, so many a day, each written down."""

import asyncio
import json
from collections import Counter

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, publish
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.policy.terms import FollowUpKind
from builders import policy
from graphql_client import REFUSAL, GraphQLClient
from in_process import api_on

PHONE, HOME = "138 0013 8000", ADDRESS.format(1)
REVEAL = f"""
mutation ($registrationId: ID!, $reason: String!) {{
  revealContact(registrationId: $registrationId, reason: $reason) {{
    __typename ... on ContactRevealed {{ name phone address revealedAt }} ... on Refused {{ {REFUSAL} }} }} }}
"""
SEEN = "query ($id: ID!) { registration(id: $id) { customer { phone masked } } }"
ACTS = "SELECT count(*) FROM audit_event WHERE kind = 'contact.revealed'"
REASON = "客户来电，核对送货地址"


async def revealed(api: GraphQLClient, staff: str, id: object, reason: str = REASON) -> dict[str, str]:
    return await api.one(staff, REVEAL, registrationId=str(id), reason=reason)


async def test_who_has_a_customer_shown_in_full(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> None:
    id = await alliance.admitted("F01", phone=PHONE, address=HOME)
    async with api_on(fresh_pool, alliance.code) as api:
        answers = {
            who: await revealed(api, who, id) for who in ("F01", "F02", "SUP", "PDM", "G01", "HEAD", "OPS")
        }
    shown = {who for who, answer in answers.items() if answer["__typename"] == "ContactRevealed"}
    assert shown == {"F01", "SUP", "HEAD", "OPS"}
    assert {answers[who]["code"] for who in set(answers) - shown} == {"NOT_OWNER"}
    assert (answers["OPS"]["name"], answers["OPS"]["phone"], answers["OPS"]["address"]) == (
        "王小明",
        PHONE,
        HOME,
    )
    assert await alliance.count(ACTS) == len(shown)


async def test_ordinary_queries_stay_masked_after_a_reveal(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> None:
    id = await alliance.admitted("F01", phone=PHONE, address=HOME)
    async with api_on(fresh_pool, alliance.code) as api:
        await revealed(api, "OPS", id)
        seen = (await api.ask("OPS", SEEN, id=str(id)))["registration"]["customer"]
    assert seen == {"phone": "138****8000", "masked": True}


async def test_a_reveal_is_written_down_with_ids_only(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> None:
    id = await alliance.admitted("F01", phone=PHONE, address=HOME)
    async with api_on(fresh_pool, alliance.code) as api:
        await revealed(api, "OPS", id)
    row = await fresh_pool.fetchrow(
        "SELECT subject_id, actor_id, detail::text AS detail, reason, reason_id FROM audit_event"
        " WHERE kind = 'contact.revealed'"
    )
    assert row is not None
    ops, owner = await alliance.actor("OPS"), await alliance.actor("F01")
    assert row["subject_id"] == await fresh_pool.fetchval("SELECT contact_id FROM registration")
    assert row["actor_id"] == ops.staff.id
    assert row["detail"] == f'{{"owner": "{owner.staff.id}", "registration": "{id}"}}'
    assert (row["reason"], row["reason_id"] is None) == (None, False)


@pytest.mark.parametrize("reason", ["", "   ", "\u3000"])
async def test_a_reason_is_not_blank(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance, reason: str
) -> None:
    id = await alliance.admitted("F01", phone=PHONE, address=HOME)
    async with api_on(fresh_pool, alliance.code) as api:
        error = await api.error("F01", REVEAL, registrationId=str(id), reason=reason)
    assert error == {"code": "BAD_USER_INPUT", "field": "reason"}
    assert await alliance.count(ACTS) == 0


async def test_of_ten_at_once_no_more_are_shown_than_the_day_has_left(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> None:
    await publish(alliance, policy(daily_reveals=3))
    id = await alliance.admitted("F01", phone=PHONE, address=HOME)
    async with api_on(fresh_pool, alliance.code) as api:
        answers = await asyncio.gather(*(revealed(api, "OPS", id) for _ in range(10)))
        of_another = await revealed(api, "F01", id)
    told = Counter(answer.get("code", "shown") for answer in answers)
    assert told == {"shown": 3, "REVEAL_LIMIT": 7}
    assert {answer["clause"]["number"] for answer in answers if "clause" in answer} == {"P.1"}
    assert of_another["__typename"] == "ContactRevealed"
    assert await alliance.count(ACTS) == 4


async def test_a_policy_may_allow_none(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> None:
    await publish(alliance, policy(daily_reveals=0))
    id = await alliance.admitted("F01", phone=PHONE, address=HOME)
    async with api_on(fresh_pool, alliance.code) as api:
        answer = await revealed(api, "F01", id)
    assert answer["code"] == "REVEAL_LIMIT"
    assert await alliance.count("SELECT count(*) FROM reveal_tally") == 0


async def test_who_was_not_to_see_a_customer_is_written_down(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> None:
    id = await alliance.admitted("F01", phone=PHONE, address=HOME)
    async with api_on(fresh_pool, alliance.code) as api:
        answer = await revealed(api, "G01", id)
    (act,) = await fresh_pool.fetch(
        "SELECT s.code, e.detail FROM audit_event e JOIN staff s ON s.staff_id = e.actor_id"
        " WHERE e.kind = 'contact.reveal_refused'"
    )
    assert (answer["code"], act["code"]) == ("NOT_OWNER", "G01")
    assert json.loads(act["detail"]) == {"registration": str(id), "code": "NOT_OWNER"}


async def test_a_phone_in_a_note_is_hidden_from_whoever_does_not_see_the_customer(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]", alliance: TestAlliance
) -> None:
    id = await alliance.admitted("F01", phone=PHONE, address=HOME)
    touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="改打 13900139000，约周末")
    await record_follow_up(alliance.office, await alliance.actor("F01"), touch)
    notes = "query ($id: ID!) { registration(id: $id) { followUps { edges { node { note } } } } }"
    async with api_on(fresh_pool, alliance.code) as api:
        read = {
            staff: (await api.one(staff, notes, id=str(id)))["followUps"]["edges"][0]["node"]["note"]
            for staff in ("F01", "SUP", "HEAD", "OPS")
        }
    in_full, hidden = "改打 13900139000，约周末", "改打 139****9000，约周末"
    assert read == {"F01": in_full, "SUP": in_full, "HEAD": in_full, "OPS": hidden}
