"""Disputes on the real database: who has a stake, what ends one, and who is first when two meet."""

import asyncio
import json
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance, publish
from baobei.operations import access
from baobei.operations.add_statement import MOST_STATEMENTS_EACH, AddStatement, add_statement
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.errors import Forbidden
from baobei.operations.open_dispute import OpenDispute, open_dispute
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.reject_dispute import RejectDispute, reject_dispute
from baobei.operations.results import DisputeRecorded, OrderRecorded, Refused
from baobei.operations.rule_on_order import CreditShare, RuleOnOrder, rule_on_order
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_dispute import WithdrawDispute, withdraw_dispute
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.disputes import DisputeStatus, Stake
from baobei.policy.identity import Match
from baobei.store import attributions, disputes, event_feed
from baobei.store.attribution_models import AttributionVerdict
from baobei.store.dispute_models import Dispute
from baobei.store.organisation_models import Role
from builders import policy

PHONE, HOME = "13800138000", ADDRESS.format(1)
WRITTEN = "SELECT (SELECT count(*) FROM dispute) + (SELECT count(*) FROM dispute_statement) + (SELECT count(*) FROM audit_event)"


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await made.travel("2026-11-01T10:00:00+08:00")
    return made


async def ordered(alliance: TestAlliance, ref: str = "A-1", *, phone: str = PHONE, home: str = HOME) -> UUID:
    """G01 registered the customer, F02 was refused, and F01 took the order: G01 is credited."""
    await alliance.admitted("G01", phone=phone, address=home)
    await alliance.register("F02", phone=phone, address=home)
    return await placed(alliance, ref, phone=phone)


async def placed(alliance: TestAlliance, ref: str = "A-1", *, phone: str = PHONE) -> UUID:
    request = PlaceOrder(external_ref=ref, name="王小明", phone=phone, taken_by_code="F01")
    answer = await place_order(alliance.office, await alliance.actor("OPS"), request)
    assert isinstance(answer, OrderRecorded), answer
    return answer.order.id


async def dispute(
    alliance: TestAlliance, by: str, order: UUID | None, **more: str
) -> DisputeRecorded | Refused:
    request = OpenDispute(order_id=order, statement="客户是我带来的", **more)
    return await open_dispute(alliance.office, await alliance.actor(by), request)


async def disputed(alliance: TestAlliance, by: str, order: UUID) -> UUID:
    answer = await dispute(alliance, by, order)
    assert isinstance(answer, DisputeRecorded), answer
    return answer.dispute.id


async def rule(alliance: TestAlliance, order: UUID, to: str, by: str = "HEAD") -> OrderRecorded | Refused:
    request = RuleOnOrder(
        order_id=order, credits=(CreditShare(staff_code=to, share_bp=10_000),), reason="双方都有贡献"
    )
    return await rule_on_order(alliance.office, await alliance.actor(by), request)


async def uphold(alliance: TestAlliance, id: UUID, by: str = "HEAD") -> DisputeRecorded | Refused:
    request = RejectDispute(dispute_id=id, reason="跟进记录完整")
    return await reject_dispute(alliance.office, await alliance.actor(by), request)


async def say(alliance: TestAlliance, by: str, id: UUID, text: str = "当天在场") -> DisputeRecorded | Refused:
    request = AddStatement(dispute_id=id, text=text)
    return await add_statement(alliance.office, await alliance.actor(by), request)


async def take_back(alliance: TestAlliance, by: str, id: UUID) -> DisputeRecorded | Refused:
    request = WithdrawDispute(dispute_id=id, reason="已经谈妥")
    return await withdraw_dispute(alliance.office, await alliance.actor(by), request)


async def cancel(alliance: TestAlliance, order: UUID) -> OrderRecorded | Refused:
    request = CancelOrder(order_id=order, reason="退单")
    return await cancel_order(alliance.office, await alliance.actor("OPS"), request)


def code(answer: object) -> str:
    return answer.code if isinstance(answer, Refused) else "DONE"


async def stored(alliance: TestAlliance, id: UUID) -> Dispute:
    number = (await alliance.actor("HEAD")).alliance.id
    async with alliance.office.pool.acquire() as connection:
        return (await disputes.by_ids(connection, number, [id]))[id]


async def verdicts(alliance: TestAlliance, order: UUID) -> list[AttributionVerdict]:
    number = (await alliance.actor("HEAD")).alliance.id
    async with alliance.office.pool.acquire() as connection:
        found = await attributions.by_order_ids(connection, number, [order])
    return [decision.verdict for decision in found[order]]


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
        answer.message.zh == "这张订单的业绩已全部归您一方，没有可以争取的，不能对这次认定提出异议（3.3.2）。"
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


async def test_an_order_is_named_by_its_number_too_and_both_names_must_agree(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    assert code(await dispute(alliance, "F02", UUID(int=7), external_ref="A-1")) == "NOT_OWNER"
    assert code(await dispute(alliance, "F02", None, external_ref="A-2")) == "NOT_OWNER"
    answer = await dispute(alliance, "F02", None, external_ref="A-1")
    assert isinstance(answer, DisputeRecorded)
    assert answer.dispute.order_id == order


async def test_whose_claim_was_superseded_has_a_stake(alliance: TestAlliance) -> None:
    await alliance.admitted("G01", phone=PHONE, address=HOME)
    await alliance.travel("2026-11-20T10:00:00+08:00")
    await alliance.admitted("G02", phone=PHONE, address=HOME)
    order = await placed(alliance)
    assert code(await dispute(alliance, "G03", order)) == "NOT_OWNER"
    assert code(await dispute(alliance, "G01", order)) == "DONE"


async def test_in_time_to_the_last_second_and_late_at_the_deadline(alliance: TestAlliance) -> None:
    first = await ordered(alliance)
    second = await ordered(alliance, "A-2", phone="13800138002", home=ADDRESS.format(2))
    await alliance.travel("2026-11-08T23:59:59+08:00")
    assert code(await dispute(alliance, "F01", first)) == "DONE"
    await alliance.travel("2026-11-09T00:00:00+08:00")
    before = await alliance.count(WRITTEN)
    late = await dispute(alliance, "F01", second)
    assert code(late) == "TOO_LATE"
    assert isinstance(late, Refused)
    assert late.clause == "3.3.2"
    assert await alliance.count(WRITTEN) == before


async def test_the_order_keeps_its_version_of_the_days(alliance: TestAlliance) -> None:
    await publish(alliance, policy(dispute_days=1))
    order = await ordered(alliance)
    await alliance.travel("2026-11-03T00:00:00+08:00")
    assert code(await dispute(alliance, "F01", order)) == "TOO_LATE"


async def test_the_days_run_anew_from_a_ruling(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    await alliance.travel("2026-11-20T10:00:00+08:00")
    await rule(alliance, order, "F01")
    await alliance.travel("2026-11-27T23:59:59+08:00")
    assert code(await dispute(alliance, "G01", order)) == "DONE"


async def test_an_order_is_disputed_once_at_a_time(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    await disputed(alliance, "F01", order)
    before = await alliance.count(WRITTEN)
    assert code(await dispute(alliance, "G01", order)) == "ALREADY_OPEN"
    assert await alliance.count(WRITTEN) == before


async def test_a_repeated_key_answers_with_the_same_dispute(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    one = await dispute(alliance, "F01", order, idempotency_key="k")
    two = await dispute(alliance, "F01", order, idempotency_key="k")
    assert one == two
    assert code(await dispute(alliance, "F01", None, external_ref="A-1", idempotency_key="k")) == (
        "IDEMPOTENCY_KEY_REUSED"
    )


async def test_a_ruling_ends_the_dispute_with_its_reason_and_the_decision_before_stays(
    alliance: TestAlliance,
) -> None:
    order = await ordered(alliance)
    id = await disputed(alliance, "F01", order)
    assert code(await rule(alliance, order, "F01")) == "DONE"
    ended = await stored(alliance, id)
    assert ended.status is DisputeStatus.RULED
    assert await verdicts(alliance, order) == [AttributionVerdict.REGISTRANT, AttributionVerdict.RULED]
    ruling = await alliance.office.pool.fetchrow(
        "SELECT attribution_id, reason_id, decided_at FROM attribution WHERE verdict = 'RULED'"
    )
    assert ruling is not None
    assert (ended.ruling_id, ended.reason and ended.reason.id, ended.ended_at) == tuple(ruling)


async def test_a_ruling_needs_no_dispute(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    await alliance.travel("2027-11-20T10:00:00+08:00")
    assert code(await rule(alliance, order, "F01")) == "DONE"


async def test_an_upheld_decision_is_not_disputed_again(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    id = await disputed(alliance, "F01", order)
    assert code(await uphold(alliance, id)) == "DONE"
    assert (await stored(alliance, id)).status is DisputeStatus.UPHELD
    assert await verdicts(alliance, order) == [AttributionVerdict.REGISTRANT]
    assert code(await dispute(alliance, "F02", order)) == "NOT_APPLICABLE"


async def test_the_other_side_disputes_the_ruling_and_then_there_is_an_end(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    await disputed(alliance, "F01", order)
    await rule(alliance, order, "F01")
    await disputed(alliance, "G01", order)
    await rule(alliance, order, "G01")
    assert code(await dispute(alliance, "F01", order)) == "LIMIT"


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


async def test_whose_dispute_a_manager_took_back_may_open_it_again(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    id = await disputed(alliance, "F01", order)
    await alliance.travel("2026-11-20T10:00:00+08:00")
    assert code(await take_back(alliance, "SUP", id)) == "DONE"
    again = await disputed(alliance, "F01", order)
    await alliance.travel("2026-12-20T10:00:00+08:00")
    assert code(await take_back(alliance, "SUP", again)) == "DONE"
    assert code(await dispute(alliance, "F01", order)) == "TOO_LATE"


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


async def test_a_cancelled_order_ends_its_dispute_and_is_disputed_no_more(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    id = await disputed(alliance, "F01", order)
    assert code(await cancel(alliance, order)) == "DONE"
    ended = await stored(alliance, id)
    assert (ended.status, ended.reason) == (DisputeStatus.VOID, None)
    assert code(await dispute(alliance, "F01", order)) == "CANCELLED"
    assert code(await uphold(alliance, id)) == "ALREADY_DECIDED"


async def test_both_sides_speak_while_it_is_open_and_nobody_else(alliance: TestAlliance) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    assert [code(await say(alliance, by, id)) for by in ("G01", "F02", "PDM", "G02", "OPS", "HEAD")] == [
        "DONE", "DONE", "DONE", "NOT_OWNER", "NOT_OWNER", "NOT_OWNER",
    ]  # fmt: skip
    await take_back(alliance, "F01", id)
    before = await alliance.count(WRITTEN)
    assert code(await say(alliance, "G01", id)) == "ALREADY_DECIDED"
    assert code(await say(alliance, "G01", UUID(int=7))) == "NOT_OWNER"
    assert await alliance.count(WRITTEN) == before


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


async def test_what_was_said_stays_and_a_dispute_ends_once(alliance: TestAlliance) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    await uphold(alliance, id)
    for statement in (
        "UPDATE dispute_statement SET made_at = now()",
        "DELETE FROM dispute_party",
        "UPDATE dispute SET status = 'OPEN', ended_at = NULL, ended_by_id = NULL, reason_id = NULL",
        "DELETE FROM dispute",
        "TRUNCATE dispute CASCADE",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await alliance.office.pool.execute(statement)


async def test_only_the_department_head_upholds(alliance: TestAlliance) -> None:
    id = await disputed(alliance, "F01", await ordered(alliance))
    for by in ("F01", "SUP", "OPS"):
        with pytest.raises(Forbidden):
            await uphold(alliance, id, by=by)
    assert (await stored(alliance, id)).status is DisputeStatus.OPEN


async def test_a_head_with_a_part_in_the_case_decides_nothing_of_it(
    fresh_pool: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    alliance = await new_alliance(fresh_pool, roles=[Role.DEPARTMENT_HEAD])
    await alliance.travel("2026-11-01T10:00:00+08:00")
    order = await ordered(alliance)
    id = await disputed(alliance, "F02", order)
    before = await alliance.count(WRITTEN)
    for by in ("F01", "G01", "F02"):
        assert code(await uphold(alliance, id, by=by)) == "OWN_CASE", by
        assert code(await rule(alliance, order, "F03", by=by)) == "OWN_CASE", by
    assert await alliance.count(WRITTEN) == before
    assert code(await uphold(alliance, id, by="G02")) == "DONE"


async def test_a_refused_head_who_was_silent_may_rule(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    alliance = await new_alliance(fresh_pool, roles=[Role.DEPARTMENT_HEAD])
    await alliance.travel("2026-11-01T10:00:00+08:00")
    order = await ordered(alliance)
    await disputed(alliance, "F01", order)
    assert code(await rule(alliance, order, "G01", by="F02")) == "DONE"


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


async def test_of_many_who_dispute_at_once_one_does(alliance: TestAlliance) -> None:
    order = await ordered(alliance)
    answers = await asyncio.gather(*(dispute(alliance, by, order) for by in ("F01", "F02", "SUP") * 4))
    assert sorted(map(code, answers)) == ["ALREADY_OPEN"] * 11 + ["DONE"]


async def test_a_ruling_and_a_cancellation_at_once_leave_one_story(alliance: TestAlliance) -> None:
    for n in range(6):
        order = await ordered(alliance, f"R-{n}", phone=f"1380013810{n}", home=ADDRESS.format(10 + n))
        id = await disputed(alliance, "F01", order)
        ruled, cancelled = await asyncio.gather(rule(alliance, order, "F01"), cancel(alliance, order))
        assert code(cancelled) == "DONE"
        first = code(ruled) == "DONE"
        assert (await stored(alliance, id)).status is (DisputeStatus.RULED if first else DisputeStatus.VOID)
        assert (await verdicts(alliance, order))[-1] is AttributionVerdict.REVERSED


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
