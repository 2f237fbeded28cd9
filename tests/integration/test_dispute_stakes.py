"""Who has a stake in who is credited with an order, who speaks in its dispute, and who takes it back."""

import asyncio
import json
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance, publish
from baobei.operations import access
from baobei.operations.add_statement import MOST_STATEMENTS_EACH
from baobei.operations.results import Refused
from baobei.operations.rule_on_order import CreditShare, RuleOnOrder, rule_on_order
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.disputes import DisputeStatus, Stake
from baobei.policy.identity import Match
from baobei.store import disputes, event_feed
from builders import policy
from dispute_desk import (
    HOME,
    PHONE,
    WRITTEN,
    cancel,
    code,
    dispute,
    disputed,
    ordered,
    placed,
    rule,
    say,
    stored,
    take_back,
    uphold,
)


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-01T10:00:00+08:00")
    return made


@pytest.mark.parametrize("by", ["F01", "F02", "SUP"])
async def test_a_stake_have_taker_whoever_was_refused_and_their_managers(
    alliance: TestAlliance, by: str
) -> None:
    order = await ordered(alliance)
    assert code(await dispute(alliance, by, order)) == "DONE"


@pytest.mark.parametrize("by", ["G01", "PDM"])
async def test_who_is_credited_alone_and_who_speaks_for_them_alone_have_nothing_to_dispute(
    alliance: TestAlliance, by: str
) -> None:
    order, before = await ordered(alliance), await alliance.count(WRITTEN)
    answer = await dispute(alliance, by, order)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.clause) == ("CREDITED_WHOLE", "3.3.2")
    assert (
        answer.message.zh == "这张订单的业绩已全部归您一方，没有可以争取的，不能对这次界定提出异议（3.3.2）。"
    )
    assert await alliance.count(WRITTEN) == before


async def test_who_shares_the_credit_and_who_manages_another_side_too_may_dispute_it(
    alliance: TestAlliance,
) -> None:
    order = await ordered(alliance)
    halves = tuple(CreditShare(staff_code=who, share_bp=5_000) for who in ("G01", "F01"))
    ruling = RuleOnOrder(order_id=order, credits=halves, reason="各半")
    await rule_on_order(alliance.office, await alliance.actor("HEAD"), ruling)
    assert code(await dispute(alliance, "G01", order)) == "DONE"
    other = await ordered(alliance, "A-2", phone="13800138002", home=ADDRESS.format(2))
    await rule(alliance, other, "F01")
    assert code(await dispute(alliance, "F01", other)) == "CREDITED_WHOLE"
    assert code(await dispute(alliance, "SUP", other)) == "DONE"


@pytest.mark.parametrize("by", ["G02", "F03", "OPS", "HEAD"])
async def test_whoever_has_no_stake_is_told_what_whoever_names_no_order_is(
    alliance: TestAlliance, by: str
) -> None:
    order, before = await ordered(alliance), await alliance.count(WRITTEN)
    answers = [await dispute(alliance, by, id) for id in (order, UUID(int=7), None)]
    assert [answer.code for answer in answers if isinstance(answer, Refused)] == ["NOT_OWNER"] * 3
    assert len(set(answers)) == 1
    assert await alliance.count(WRITTEN) == before


async def test_stakes_are_written_down_each_person_by_the_first_of_theirs(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    id = await disputed(alliance, "SUP", order)
    people = {who: (await alliance.actor(who)).staff.id for who in ("F01", "G01", "F02")}
    async with alliance.office.pool.acquire() as connection:
        found = await disputes.party_ids(connection, (await alliance.actor("F01")).alliance.id, [id])
    assert found[id] == {
        people["F01"]: Stake.TAKER,
        people["G01"]: Stake.CREDITED,
        people["F02"]: Stake.REFUSED,
    }


async def test_an_attempt_after_the_order_gives_no_stake(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    await alliance.register("F03", phone=PHONE, address=HOME)
    assert code(await dispute(alliance, "F03", order)) == "NOT_OWNER"


async def test_an_attempt_that_shares_no_key_in_force_gives_no_stake(alliance: TestAlliance) -> None:
    await publish(alliance, policy(match=Match.PHONE))
    await alliance.admitted("G01", phone=PHONE, address=HOME)
    await alliance.register("F02", phone="13900139000", address="没有门牌")
    order = await placed(alliance)
    assert code(await dispute(alliance, "F02", order)) == "NOT_OWNER"


async def test_whose_claim_was_superseded_has_a_stake(alliance: TestAlliance) -> None:
    await alliance.admitted("G01", phone=PHONE, address=HOME)
    await alliance.travel("2026-11-20T10:00:00+08:00")
    await alliance.admitted("G02", phone=PHONE, address=HOME)
    order = await placed(alliance)
    assert code(await dispute(alliance, "G03", order)) == "NOT_OWNER"
    assert code(await dispute(alliance, "G01", order)) == "DONE"


async def test_a_withdrawn_dispute_is_none(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    for _ in range(3):
        id = await disputed(alliance, "F01", order)
        assert code(await take_back(alliance, "F01", id)) == "DONE"
    assert code(await dispute(alliance, "F02", order)) == "DONE"


async def test_opening_a_dispute_and_taking_it_back_shuts_nobody_else_out(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    id = await disputed(alliance, "F01", order)
    assert code(await dispute(alliance, "F02", order)) == "ALREADY_OPEN"
    await alliance.travel("2026-11-20T10:00:00+08:00")
    assert code(await take_back(alliance, "F01", id)) == "DONE"
    assert code(await dispute(alliance, "F01", order)) == "TOO_LATE"
    assert code(await dispute(alliance, "F02", order)) == "DONE"


@pytest.mark.parametrize(("by", "answer"), [("F01", "DONE"), ("SUP", "DONE"), ("F02", "NOT_OWNER"), ("G01", "NOT_OWNER"), ("HEAD", "NOT_OWNER")])  # fmt: skip
async def test_who_opened_it_or_their_manager_takes_it_back(
    alliance: TestAlliance, by: str, answer: str
) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    before = await alliance.count(WRITTEN)
    assert code(await take_back(alliance, by, id)) == answer
    assert ((await stored(alliance, id)).status is DisputeStatus.OPEN) == (answer != "DONE")
    assert (await alliance.count(WRITTEN) == before) == (answer != "DONE")


async def test_whoever_may_not_take_it_back_is_told_who_may_as_if_there_were_none(
    alliance: TestAlliance,
) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    answers = {await take_back(alliance, "F02", each) for each in (id, UUID(int=7))}
    answers.add(await take_back(alliance, "G03", id))
    assert len(answers) == 1
    refused = answers.pop()
    assert isinstance(refused, Refused)
    assert (refused.code, refused.message.en) == (
        "NOT_OWNER",
        (
            "Only whoever opened a dispute takes it back, or their manager for them, who has no stake in the order and has"
            " not spoken for another side."
        ),
    )


async def test_a_manager_with_a_stake_of_their_own_does_not_take_a_members_dispute_back(
    alliance: TestAlliance,
) -> None:
    await alliance.admitted("PDM", phone=PHONE, address=HOME)
    await alliance.register("G02", phone=PHONE, address=HOME)
    id = await disputed(alliance, "G02", await placed(alliance))
    before = await alliance.count(WRITTEN)
    assert code(await take_back(alliance, "PDM", id)) == "NOT_OWNER"
    assert await alliance.count(WRITTEN) == before


async def test_a_manager_who_has_spoken_takes_it_back_only_where_it_was_for_nobody_else(
    alliance: TestAlliance,
) -> None:
    both = await disputed(alliance, "F01", await ordered(alliance))
    await say(alliance, "SUP", both)
    assert code(await take_back(alliance, "SUP", both)) == "NOT_OWNER"
    await alliance.admitted("F03", phone="13800138003", address=ADDRESS.format(3))
    await alliance.register("G02", phone="13800138003", address=ADDRESS.format(3))
    one = await disputed(alliance, "G02", await placed(alliance, "A-3", phone="13800138003"))
    await say(alliance, "PDM", one)
    assert code(await take_back(alliance, "PDM", one)) == "DONE"


async def test_the_event_says_who_opened_and_who_ended_it(alliance: TestAlliance) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    await take_back(alliance, "SUP", id)
    detail = await alliance.office.pool.fetchval(
        "SELECT detail FROM audit_event WHERE kind = 'dispute.decided'"
    )
    people = [str((await alliance.actor(who)).staff.id) for who in ("F01", "SUP")]
    told = json.loads(detail)
    assert [told["opened_by"], told["ended_by"]] == people


async def test_nobody_uses_up_what_another_has_to_say(alliance: TestAlliance) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    for _ in range(MOST_STATEMENTS_EACH):
        assert code(await say(alliance, "G01", id)) == "DONE"
    before = await alliance.count(WRITTEN)
    assert code(await say(alliance, "G01", id)) == "LIMIT"
    assert await alliance.count(WRITTEN) == before
    for _ in range(MOST_STATEMENTS_EACH - 1):
        assert code(await say(alliance, "F01", id)) == "DONE"
    assert code(await say(alliance, "F01", id)) == "LIMIT"
    assert code(await say(alliance, "PDM", id)) == "DONE"


async def test_whoever_has_a_stake_is_told_and_their_managers(alliance: TestAlliance) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    people = {
        who: (await alliance.actor(who)).staff for who in ("F01", "G01", "F02", "F03", "PDM", "SUP", "OPS")
    }
    number = (await alliance.actor("F01")).alliance.id
    async with alliance.office.pool.acquire() as connection:
        found = (await event_feed.concerned(connection, number, [id]))[id]
    told = [staff for staff in people.values() if staff.id in found.people]
    hearing = {who for who, staff in people.items() if access.may_hear(staff, people=told, alone=())}
    assert hearing == {"F01", "G01", "F02", "PDM", "SUP", "OPS"}


async def test_withdrawn_ruled_on_and_upheld_at_once_it_ends_once(alliance: TestAlliance) -> None:
    for n in range(6):
        order = await ordered(alliance, f"W-{n}", phone=f"1380013820{n}", home=ADDRESS.format(20 + n))
        id = await disputed(alliance, "F01", order)
        withdrawn, ruled, upheld = await asyncio.gather(
            take_back(alliance, "F01", id), rule(alliance, order, "F01"), uphold(alliance, id)
        )
        ended = (await stored(alliance, id)).status
        assert code(ruled) == "DONE"
        assert [code(withdrawn) == "DONE", code(upheld) == "DONE"] == [
            ended is DisputeStatus.WITHDRAWN,
            ended is DisputeStatus.UPHELD,
        ]


async def test_the_stake_in_a_registration_stays_when_it_is_transferred(alliance: TestAlliance) -> None:
    id = await alliance.admitted("G01", phone=PHONE, address=HOME)
    order = await placed(alliance)
    await cancel(alliance, order)
    move = TransferRegistration(registration_id=id, to_staff_code="G02", reason="交接")
    await transfer_registration(alliance.office, await alliance.actor("HEAD"), move)
    again = await placed(alliance, "A-2")
    assert code(await dispute(alliance, "G03", again)) == "NOT_OWNER"
    assert code(await dispute(alliance, "G02", again)) == "CREDITED_WHOLE"
    dispute_id = await disputed(alliance, "G01", again)
    assert code(await say(alliance, "G02", dispute_id)) == "DONE"


async def test_whose_registration_was_withdrawn_for_them_has_a_stake(alliance: TestAlliance) -> None:
    id = await alliance.admitted("G02", phone=PHONE, address=HOME)
    manager = await alliance.actor("PDM")
    await withdraw_registration(
        alliance.office, manager, WithdrawRegistration(registration_id=id, reason="重复")
    )
    await alliance.admitted("PDM", phone=PHONE, address=HOME)
    order = await placed(alliance)
    assert code(await dispute(alliance, "PDM", order)) == "CREDITED_WHOLE"
    dispute_id = await disputed(alliance, "G02", order)
    assert code(await say(alliance, "G02", dispute_id)) == "DONE"
    assert code(await take_back(alliance, "PDM", dispute_id)) == "NOT_OWNER"


async def test_a_registration_after_the_order_or_of_another_key_gives_no_stake(
    alliance: TestAlliance,
) -> None:
    await publish(alliance, policy(match=Match.PHONE))
    await alliance.admitted("G02", phone="13900139000", address=HOME)
    order = await ordered(alliance)
    await alliance.admitted("F03", phone=PHONE, address=ADDRESS.format(9), new_need=True)
    for by in ("G02", "F03"):
        assert code(await dispute(alliance, by, order)) == "NOT_OWNER", by
