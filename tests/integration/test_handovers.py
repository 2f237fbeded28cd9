"""Handovers: one act moves what is a leaver's, exactly once each, and nothing else of it changes."""

import asyncio
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from alliances import TestAlliance, publish
from baobei.operations.deactivate_staff import DeactivateStaff, deactivate_staff
from baobei.operations.deciders import inbox_of
from baobei.operations.errors import Forbidden
from baobei.operations.handover_distribution import HandoverRequest
from baobei.operations.my_day import my_day
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.record_measurement import RecordMeasurement, record_measurement
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.request_handover import RequestHandover, request_handover
from baobei.operations.results import ApprovalRecorded, OrderRecorded, Refused
from baobei.operations.run_handovers import run_handovers
from baobei.operations.transfer_registration import TransferRegistration, transfer_registration
from baobei.operations.withdraw_registration import WithdrawRegistration, withdraw_registration
from baobei.policy.handovers import DistributionMethod
from baobei.policy.terms import FollowUpKind
from baobei.store import approvals
from baobei.store.organisation_models import Role
from baobei.store.paging import Page
from builders import policy
from handover_stories import (
    FINISHED,
    HANDOVER,
    OUTCOMES,
    TRANSFERS,
    begun,
    decided,
    owners,
    registered,
    rows,
    to,
)
from staffed import employ, staffed_alliance

ACTS = "SELECT count(*) FROM audit_event a JOIN alliance b USING (alliance_id) WHERE b.code = $1"
# All that a handover leaves as it was.
KEPT = """
SELECT registration_id, sequence, registered_at, registrant_id, channel, policy_version_id, quota_month, phone_key,
       address_key, claimed_phone, claimed_address, measured_at, deposit_taken, extended_days, extension_count,
       expires_at, end_kind
  FROM registration
 WHERE registration_id = ANY($1)
 ORDER BY sequence
"""
TALLIES = "SELECT * FROM quota_tally t JOIN alliance a USING (alliance_id) WHERE a.code = $1 ORDER BY staff_id, month"


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await staffed_alliance(pool)
    await publish(made, policy(monthly_quota=1_000))
    return made


@pytest.fixture
async def alone(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    """An alliance in a database of this test's own, as its clock travels."""
    return await staffed_alliance(fresh_pool)


async def test_one_act_moves_everything_and_changes_nothing_but_the_owner_and_the_touch(
    alone: TestAlliance,
) -> None:
    alliance = alone
    office, seller = alliance.office, await alliance.actor("F01")
    ids = await registered(alliance, "F01", 5)
    await registered(alliance, "F02", 2, first=50)
    await record_measurement(office, seller, RecordMeasurement(registration_id=ids[0]))
    await alliance.travel("2026-11-03T10:00:00+08:00")
    touch = RecordFollowUp(registration_id=ids[1], kind=FollowUpKind.CALL, note="回访")
    await record_follow_up(office, seller, touch)
    before, tallies = await rows(alliance, KEPT, ids), await rows(alliance, TALLIES, alliance.code)
    now = await alliance.travel("2026-11-05T10:00:00+08:00")

    handover = await begun(alliance, to("F02", "F03"))
    ran = await run_handovers(office, only=handover.id, step=2)

    assert (ran.registrations, ran.ended) == (5, 1)
    assert await owners(alliance) == {"F02": 5, "F03": 2}
    assert await rows(alliance, HANDOVER, handover.id) == [("DONE", 5, 5, 0)]
    assert await rows(alliance, KEPT, ids) == before
    assert await rows(alliance, TALLIES, alliance.code) == tallies
    touched = await rows(
        alliance, "SELECT DISTINCT last_touch_at FROM registration WHERE registration_id = ANY($1)", ids
    )
    assert touched == [(now,)]
    acts = await alliance.office.pool.fetch(TRANSFERS, alliance.code)
    receivers = [str((await alliance.actor(code)).staff.id) for code in ("F02", "F03", "F02", "F03", "F02")]
    assert [(act["subject_id"], act["to_id"]) for act in acts] == list(zip(ids, receivers, strict=True))
    head = (await alliance.actor("HEAD")).staff.id
    assert {(act["actor_id"], act["handover_id"], act["origin"]) for act in acts} == {
        (head, str(handover.id), f"handover:{handover.id}")
    }
    assert len(await rows(alliance, FINISHED, alliance.code)) == 1


async def test_it_is_credited_to_the_new_owner_when_the_customer_orders_afterwards(
    alliance: TestAlliance,
) -> None:
    await registered(alliance, "F01", 1)
    handover = await begun(alliance, to("F02"))
    await run_handovers(alliance.office, only=handover.id)

    order = PlaceOrder(external_ref="SO-1", name="王小明", phone="13800130001", taken_by_code="F03")
    placed = await place_order(alliance.office, await alliance.actor("OPS"), order)

    assert isinstance(placed, OrderRecorded)
    credited = """SELECT s.code FROM attribution_credit c JOIN attribution t USING (alliance_id, attribution_id)
                    JOIN staff s ON s.alliance_id = c.alliance_id AND s.staff_id = c.staff_id WHERE t.order_id = $1"""
    assert await rows(alliance, credited, placed.order.id) == [("F02",)]


async def test_what_was_credited_before_stays_the_leavers(alliance: TestAlliance) -> None:
    (first, second) = await registered(alliance, "F01", 2)
    order = PlaceOrder(external_ref="SO-1", name="王小明", phone="13800130001", taken_by_code="F03")
    await place_order(alliance.office, await alliance.actor("OPS"), order)
    credits = "SELECT * FROM attribution_credit JOIN alliance a USING (alliance_id) WHERE a.code = $1"
    before = await rows(alliance, credits, alliance.code)

    handover = await begun(alliance, to("F02"))
    await run_handovers(alliance.office, only=handover.id)

    assert await rows(alliance, OUTCOMES, handover.id) == [(second, "MOVED")]
    assert await rows(alliance, credits, alliance.code) == before
    assert await owners(alliance) == {"F01": 1, "F02": 1}
    assert first != second


async def test_by_store_each_registration_goes_to_a_colleague_of_the_store_where_it_was_made(
    alliance: TestAlliance,
) -> None:
    head = await alliance.actor("HEAD")
    field, store = await registered(alliance, "F01", 2), await registered(alliance, "G01", 3, first=20)
    for id in store:
        given = TransferRegistration(registration_id=id, to_staff_code="F01", reason="调整")
        await transfer_registration(alliance.office, head, given)

    handover = await begun(alliance, to("G02", "G03", method=DistributionMethod.BY_STORE))
    await run_handovers(alliance.office, only=handover.id)

    nobody = [(id, "NO_RECEIVER") for id in field]
    assert await rows(alliance, OUTCOMES, handover.id) == nobody + [(id, "MOVED") for id in store]
    assert await rows(alliance, HANDOVER, handover.id) == [("DONE", 5, 3, 2)]
    assert await owners(alliance) == {"F01": 2, "G02": 2, "G03": 1}


async def test_what_changed_after_it_was_begun_is_left_as_it_is_and_listed(alliance: TestAlliance) -> None:
    office, head = alliance.office, await alliance.actor("HEAD")
    withdrawn, ordered, taken, mine, orphan = await registered(alliance, "F01", 5)
    handover = await begun(alliance, to("F02", "F03"))
    seller = await alliance.actor("F01")
    await withdraw_registration(
        office, seller, WithdrawRegistration(registration_id=withdrawn, reason="不要了")
    )
    order = PlaceOrder(external_ref="SO-1", name="王小明", phone="13800130002", taken_by_code="F02")
    await place_order(office, await alliance.actor("OPS"), order)
    to_another = TransferRegistration(registration_id=taken, to_staff_code="G01", reason="调整")
    await transfer_registration(office, head, to_another)
    await deactivate_staff(
        office, await alliance.actor("ADM"), DeactivateStaff(staff_code="F02", reason="也走了")
    )

    await run_handovers(office, only=handover.id)

    assert await rows(alliance, OUTCOMES, handover.id) == [
        (withdrawn, "ENDED"),
        (ordered, "ENDED"),
        (taken, "NOT_THEIRS"),
        (mine, "MOVED"),
        (orphan, "RECEIVER_LEFT"),
    ]
    assert await rows(alliance, HANDOVER, handover.id) == [("DONE", 5, 1, 4)]
    assert await owners(alliance) == {"F01": 3, "G01": 1, "F03": 1}


async def test_a_request_goes_on_with_its_registration(alliance: TestAlliance) -> None:
    (id, _) = await registered(alliance, "F01", 2)
    office = alliance.office
    asked = RequestExtension(registration_id=id, days=5, reason="客户出差")
    requested = await request_extension(office, await alliance.actor("F01"), asked)
    assert isinstance(requested, ApprovalRecorded)

    handover = await begun(alliance, to("F02"))
    await run_handovers(office, only=handover.id)

    still = "SELECT status, requested_by_id FROM approval WHERE approval_id = $1"
    leaver = (await alliance.actor("F01")).staff.id
    assert await rows(alliance, still, requested.approval.id) == [("PENDING", leaver)]
    left = await deactivate_staff(
        office, await alliance.actor("ADM"), DeactivateStaff(staff_code="F01", reason="离职")
    )
    assert (left.leaver.registrations, left.leaver.requests) == (0, 0)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("by", "request_", "code"),
    [
        ("HEAD", to("NOBODY"), "UNKNOWN_STAFF"),
        ("HEAD", to("CRM"), "UNKNOWN_STAFF"),
        ("HEAD", to("F02", leaver="NOBODY"), "UNKNOWN_STAFF"),
        ("HEAD", to("F02", "F01"), "NOT_APPLICABLE"),
        ("HEAD", to("F02", "HEAD"), "OWN_CASE"),
        ("HEAD", to("F02", leaver="HEAD"), "OWN_CASE"),
        ("HEAD", to("F01", leaver="F02"), "NOTHING_TO_HAND_OVER"),
        ("HEAD", to("G01", method=DistributionMethod.BY_STORE), "NOTHING_TO_HAND_OVER"),
    ],
)
async def test_what_cannot_be_handed_over_is_refused_and_nothing_is_written(
    alliance: TestAlliance, by: str, request_: HandoverRequest, code: str
) -> None:
    await registered(alliance, "F01", 1)
    before = await alliance.count(ACTS, alliance.code)

    answer = await decided(alliance, request_, by=by)

    assert isinstance(answer, Refused)
    assert answer.code == code
    assert not answer.message.en.startswith("This was not accepted")
    assert await alliance.count(ACTS, alliance.code) == before
    assert await alliance.count("SELECT count(*) FROM handover WHERE reason_id IS NULL") == 0


async def test_nobody_but_the_department_head_decides(alliance: TestAlliance) -> None:
    await registered(alliance, "F01", 1)
    for code in ("F01", "SUP", "OPS", "ADM"):
        with pytest.raises(Forbidden):
            await decided(alliance, to("F02"), by=code)
    assert await owners(alliance) == {"F01": 1}


async def test_a_distribution_that_is_not_the_one_that_was_looked_at_begins_nothing(
    alliance: TestAlliance,
) -> None:
    await registered(alliance, "F01", 1)
    answer = await decided(alliance, to("F02"), distribution_digest="0" * 64)
    assert isinstance(answer, Refused)
    assert answer.code == "DISTRIBUTION_CHANGED"
    running = """SELECT count(*) FROM handover h JOIN alliance a USING (alliance_id) WHERE a.code = $1"""
    assert await alliance.count(running, alliance.code) == 0


async def test_of_two_at_once_one_begins(alliance: TestAlliance) -> None:
    await registered(alliance, "F01", 3)
    answers = await asyncio.gather(decided(alliance, to("F02")), decided(alliance, to("F03"), by="HEAD2"))
    refused = [answer.code for answer in answers if isinstance(answer, Refused)]
    assert refused == ["HANDOVER_UNDER_WAY"]


async def test_the_same_key_begins_one_handover(alliance: TestAlliance) -> None:
    await registered(alliance, "F01", 2)
    first = await begun(alliance, to("F02"), idempotency_key="leaving")
    await run_handovers(alliance.office, only=first.id)
    again = await begun(alliance, to("F02"), idempotency_key="leaving")
    assert (again.id, again.moved) == (first.id, 2)


async def test_after_it_is_done_another_one_moves_what_came_since(alliance: TestAlliance) -> None:
    await registered(alliance, "F01", 2)
    first = await begun(alliance, to("F02"))
    await run_handovers(alliance.office, only=first.id)
    await registered(alliance, "F01", 1, first=40)
    second = await begun(alliance, to("F03"))
    await run_handovers(alliance.office, only=second.id)
    assert await owners(alliance) == {"F02": 2, "F03": 1}


async def test_what_became_of_a_registration_is_written_once(alliance: TestAlliance) -> None:
    await registered(alliance, "F01", 1)
    handover = await begun(alliance, to("F02"))
    await run_handovers(alliance.office, only=handover.id)
    pool = alliance.office.pool
    for statement in ("UPDATE handover_item SET outcome = 'ENDED'", "DELETE FROM handover_item"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await pool.execute(f"{statement} WHERE handover_id = $1", handover.id)


async def test_what_was_asked_for_moves_nothing(alliance: TestAlliance) -> None:
    await registered(alliance, "F01", 2)
    asked = RequestHandover(request=to("F02", "F03"), reason="F01要休长假")
    answer = await request_handover(alliance.office, await alliance.actor("SUP"), asked)
    assert isinstance(answer, ApprovalRecorded)
    await run_handovers(alliance.office)
    assert await owners(alliance) == {"F01": 2}
    of_a_store = await request_handover(alliance.office, await alliance.actor("PDM"), asked)
    assert isinstance(of_a_store, Refused)
    assert of_a_store.code == "UNKNOWN_STAFF"


async def test_nothing_is_asked_for_while_a_handover_of_the_person_is_under_way(
    alliance: TestAlliance,
) -> None:
    await registered(alliance, "F01", 2)
    handover = await begun(alliance, to("F02"))
    before = await alliance.count(ACTS, alliance.code)
    asked = RequestHandover(request=to("F03"), reason="F01要休长假", idempotency_key="k0")
    answer = await request_handover(alliance.office, await alliance.actor("SUP"), asked)
    assert isinstance(answer, Refused)
    assert answer.code == "HANDOVER_UNDER_WAY"
    assert await alliance.count(ACTS, alliance.code) == before
    await run_handovers(alliance.office, only=handover.id)


async def test_asked_twice_with_one_key_it_waits_once(alliance: TestAlliance) -> None:
    await registered(alliance, "F01", 2)
    asked = RequestHandover(request=to("F02"), reason="F01要休长假", idempotency_key="k1")
    supervisor = await alliance.actor("SUP")
    first, again = await asyncio.gather(
        *(request_handover(alliance.office, supervisor, asked) for _ in range(2))
    )
    assert isinstance(first, ApprovalRecorded)
    assert isinstance(again, ApprovalRecorded)
    assert await waiting_for(alliance, "HEAD") == [first.approval.id] == [again.approval.id]
    other = replace(asked, request=to("F03"))
    reused = await request_handover(alliance.office, supervisor, other)
    assert isinstance(reused, Refused)
    assert reused.code == "IDEMPOTENCY_KEY_REUSED"


async def waiting_for(alliance: TestAlliance, who: str) -> list[UUID]:
    actor = await alliance.actor(who)
    async with alliance.office.pool.acquire() as connection:
        waiting = await inbox_of(
            connection, actor.alliance, actor.staff, at=await alliance.office.clock.now(connection)
        )
        found, _ = await approvals.inbox(connection, actor.alliance.id, waiting, Page(first=20))
    day = await my_day(alliance.office, actor)
    assert [each.id for each in day.requests] == [each.id for each in found]
    return [each.id for each in found]


@pytest.mark.parametrize(
    ("giver", "receiver", "asker", "decider"),
    [("F01", "HEAD", "SUP", "HEAD2"), ("HEAD", "F01", "OPS", "HEAD2"), ("F01", "F02", "HEAD", "HEAD2")],
)
async def test_a_handover_waits_for_the_head_whose_own_case_it_is_not(
    alliance: TestAlliance, giver: str, receiver: str, asker: str, decider: str
) -> None:
    (registration,) = await registered(alliance, "F01", 1)
    if giver == "HEAD":
        given = TransferRegistration(registration_id=registration, to_staff_code="HEAD", reason="调整")
        await transfer_registration(alliance.office, await alliance.actor("HEAD2"), given)
    asked = RequestHandover(request=to(receiver, leaver=giver), reason="长假")
    answer = await request_handover(alliance.office, await alliance.actor(asker), asked)
    assert isinstance(answer, ApprovalRecorded), answer
    assert await waiting_for(alliance, decider) == [answer.approval.id]
    assert await waiting_for(alliance, "HEAD") == []


@pytest.mark.parametrize(("receiver", "asker"), [("HEAD", "SUP"), ("F02", "HEAD")])
async def test_a_handover_that_would_be_every_heads_own_case_cannot_be_asked_for(
    alliance: TestAlliance, receiver: str, asker: str
) -> None:
    await registered(alliance, "F01", 1)
    await employ(alliance, ("HEAD2", "HQ", Role.DEPARTMENT_HEAD), active=False)
    asked = RequestHandover(request=to(receiver), reason="长假")
    before = await alliance.count(ACTS, alliance.code)
    answer = await request_handover(alliance.office, await alliance.actor(asker), asked)
    assert isinstance(answer, Refused)
    assert answer.code == "OWN_CASE"
    assert await alliance.count(ACTS, alliance.code) == before
    assert await waiting_for(alliance, "HEAD") == []


async def test_a_handover_outlives_whoever_decided_it(alliance: TestAlliance) -> None:
    await registered(alliance, "F01", 1)
    handover = await begun(alliance, to("F02"))
    await employ(alliance, ("HEAD", "HQ", Role.DEPARTMENT_HEAD), active=False)
    await run_handovers(alliance.office, only=handover.id)
    assert await owners(alliance) == {"F02": 1}
