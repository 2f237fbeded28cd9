"""Many at once on the real database: one wins, and what is recorded tells one story."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.decide_approval import DecideApproval, decide_approval
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.record_follow_up import FollowUpRecorded, RecordFollowUp, record_follow_up
from baobei.operations.register_customer import RegistrationAdmitted, RegistrationRefused
from baobei.operations.request_extension import RequestExtension, request_extension
from baobei.operations.results import ApprovalRecorded, OrderRecorded, Refused
from baobei.policy.terms import FollowUpKind
from baobei.store import attributions
from baobei.store.attempt_models import AttemptOutcome

SPELLINGS = (
    "138 0013 8000",
    "13800138000",
    "+86-13800138000",
    "0086 13800138000",
    "１３８００１３８０００",
    "138-0013-8000",
    "+86 138 0013 8000",
    "（+86）13800138000",
)


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(
        fresh_pool, guides=[f"G{n:02}" for n in range(1, 9)], salespeople=["F01", "F02"]
    )
    await made.travel("2026-11-01T10:00:00+08:00")
    return made


async def test_of_64_parallel_registrations_of_one_customer_in_8_spellings_one_wins(
    alliance: TestAlliance,
) -> None:
    answers = await asyncio.gather(
        *(
            alliance.register(
                f"G{n % 8 + 1:02}", phone=SPELLINGS[n % 8], address=ADDRESS.format(n + 1), name=f"客户{n}"
            )
            for n in range(64)
        )
    )
    admitted = [answer for answer in answers if isinstance(answer, RegistrationAdmitted)]
    refused = {answer.code for answer in answers if isinstance(answer, RegistrationRefused)}
    assert len(admitted) == 1
    assert refused <= {"ALREADY_PROTECTED", "DUPLICATE_OWN"}
    id = (await alliance.actor("G01")).alliance.id
    assert await alliance.count("SELECT count(*) FROM registration WHERE alliance_id = $1", id) == 1
    assert await alliance.count("SELECT count(*) FROM attempt WHERE alliance_id = $1", id) == 64


async def test_of_40_parallel_registrations_of_one_home_under_different_phones_one_wins(
    alliance: TestAlliance,
) -> None:
    answers = await asyncio.gather(
        *(
            alliance.register(f"G{n % 8 + 1:02}", phone=f"138001380{n:02}", address=ADDRESS.format(7))
            for n in range(40)
        )
    )
    assert sum(isinstance(answer, RegistrationAdmitted) for answer in answers) == 1


async def test_of_25_parallel_attempts_at_19_used_exactly_one_is_admitted(alliance: TestAlliance) -> None:
    for n in range(19):
        await alliance.admitted("F01", phone=f"139001390{n:02}", address=ADDRESS.format(n + 1))
    answers = await asyncio.gather(
        *(
            alliance.register("F01", phone=f"137001370{n:02}", address=ADDRESS.format(n + 101))
            for n in range(25)
        )
    )
    admitted = [answer for answer in answers if isinstance(answer, RegistrationAdmitted)]
    refused = [answer for answer in answers if isinstance(answer, RegistrationRefused)]
    assert [answer.quota.used for answer in admitted] == [20]
    assert [answer.outcome for answer in refused] == [AttemptOutcome.OVER_QUOTA] * 24
    assert {answer.quota and answer.quota.used for answer in refused} == {20}


async def test_of_parallel_takeovers_of_a_lapsed_claim_one_wins(alliance: TestAlliance) -> None:
    first = await alliance.admitted("G01", phone="13800138000", address=ADDRESS.format(1))
    await alliance.travel("2026-11-20T10:00:00+08:00")
    answers = await asyncio.gather(
        *(
            alliance.register(f"G{n % 7 + 2:02}", phone=SPELLINGS[n % 8], address=ADDRESS.format(1))
            for n in range(21)
        )
    )
    assert sum(isinstance(answer, RegistrationAdmitted) for answer in answers) == 1
    assert await _end_of(alliance, first) == "SUPERSEDED"


async def test_a_follow_up_and_a_takeover_at_once_leave_one_of_the_two_in_force(
    alliance: TestAlliance,
) -> None:
    phones = [f"136001360{n:02}" for n in range(12)]
    claimed = [
        await alliance.admitted("G01", phone=phone, address=ADDRESS.format(n))
        for n, phone in enumerate(phones, start=201)
    ]
    await alliance.travel("2026-11-20T10:00:00+08:00")
    owner = await alliance.actor("G01")
    for n, (phone, id) in enumerate(zip(phones, claimed, strict=True), start=201):
        touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="回访")
        touched, taken = await asyncio.gather(
            record_follow_up(alliance.office, owner, touch),
            alliance.register("G02", phone=phone, address=ADDRESS.format(n)),
        )
        kept = isinstance(touched, FollowUpRecorded)
        assert kept != isinstance(taken, RegistrationAdmitted)
        assert await _end_of(alliance, id) == (None if kept else "SUPERSEDED")


async def test_an_order_and_a_registration_at_once_know_of_each_other(alliance: TestAlliance) -> None:
    for n in range(20):
        phone, address = f"135001350{n:02}", ADDRESS.format(n + 301)
        order = PlaceOrder(external_ref=f"race-{n}", name="王小明", phone=phone, taken_by_code="G02")
        answer, placed = await asyncio.gather(
            alliance.register("G01", phone=phone, address=address),
            place_order(alliance.office, await alliance.actor("G02"), order),
        )
        assert isinstance(placed, OrderRecorded)
        credited = await _verdict(alliance, placed.order.id)
        registered_first = isinstance(answer, RegistrationAdmitted)
        assert credited == ("REGISTRANT" if registered_first else "TAKER"), n


async def test_orders_by_phone_and_by_address_at_once_convert_a_registration_once(
    alliance: TestAlliance,
) -> None:
    for n in range(10):
        phone, address = f"134001340{n:02}", ADDRESS.format(n + 401)
        await alliance.admitted("G01", phone=phone, address=address)
        actor = await alliance.actor("G02")
        by_phone = PlaceOrder(external_ref=f"p-{n}", name="王", phone=phone, taken_by_code="G02")
        by_address = PlaceOrder(external_ref=f"a-{n}", name="王", address=address, taken_by_code="G02")
        placed = await asyncio.gather(
            place_order(alliance.office, actor, by_phone), place_order(alliance.office, actor, by_address)
        )
        verdicts = [
            await _verdict(alliance, answer.order.id)
            for answer in placed
            if isinstance(answer, OrderRecorded)
        ]
        assert sorted(verdicts) == ["REGISTRANT", "TAKER"], n


async def test_one_external_number_placed_20_times_at_once_is_one_order(alliance: TestAlliance) -> None:
    actor = await alliance.actor("G01")
    order = PlaceOrder(external_ref="CRM-1", name="王", phone="13800138000", taken_by_code="G01")
    answers = await asyncio.gather(*(place_order(alliance.office, actor, order) for _ in range(20)))
    assert len({answer.order.id for answer in answers if isinstance(answer, OrderRecorded)}) == 1
    assert all(isinstance(answer, OrderRecorded) for answer in answers)
    placed = "SELECT count(*) FROM customer_order WHERE alliance_id = $1"
    assert await alliance.count(placed, actor.alliance.id) == 1


async def test_one_idempotency_key_used_20_times_at_once_registers_once(alliance: TestAlliance) -> None:
    answers = await asyncio.gather(
        *(
            alliance.register("F01", phone="13800138000", address=ADDRESS.format(1), idempotency_key="k-1")
            for _ in range(20)
        )
    )
    admitted = [answer for answer in answers if isinstance(answer, RegistrationAdmitted)]
    assert len(admitted) == 20
    assert len({answer.registration.id for answer in admitted}) == 1
    assert {answer.quota.used for answer in admitted} == {1}


async def test_an_order_cancelled_8_times_at_once_gives_its_slot_back_once(alliance: TestAlliance) -> None:
    await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    actor = await alliance.actor("OPS")
    placed = await place_order(
        alliance.office, actor, PlaceOrder(external_ref="X-1", name="王", phone="13800138000")
    )
    assert isinstance(placed, OrderRecorded)
    cancel = CancelOrder(order_id=placed.order.id, reason="客户退单")
    answers = await asyncio.gather(*(cancel_order(alliance.office, actor, cancel) for _ in range(8)))
    assert sum(isinstance(answer, OrderRecorded) for answer in answers) == 1
    assert {a.code for a in answers if isinstance(a, Refused)} == {"NOT_APPLICABLE"}
    converted = "SELECT converted FROM quota_tally WHERE alliance_id = $1"
    assert await alliance.count(converted, actor.alliance.id) == 0


async def test_a_cancellation_and_a_registration_at_once_tell_one_story(alliance: TestAlliance) -> None:
    """Before the cancellation the deal stands in the way; after it, it does not: never something between."""
    actor = await alliance.actor("OPS")
    for n in range(15):
        phone = f"133001330{n:02}"
        order = PlaceOrder(external_ref=f"c-{n}", name="王", phone=phone, taken_by_code="G02")
        placed = await place_order(alliance.office, actor, order)
        assert isinstance(placed, OrderRecorded)
        cancel = CancelOrder(order_id=placed.order.id, reason="退单")
        cancelled, answer = await asyncio.gather(
            cancel_order(alliance.office, actor, cancel),
            alliance.register("G01", phone=phone, address=ADDRESS.format(n + 501)),
        )
        assert isinstance(cancelled, OrderRecorded)
        registered_after = await alliance.count(
            "SELECT max(sequence) FROM attempt WHERE alliance_id = $1", actor.alliance.id
        ) > await alliance.count(
            "SELECT max(sequence) FROM audit_event WHERE alliance_id = $1 AND kind = 'order.cancelled'",
            actor.alliance.id,
        )
        assert isinstance(answer, RegistrationAdmitted) == registered_after, n


async def test_a_request_decided_8_times_at_once_extends_once(alliance: TestAlliance) -> None:
    id = await alliance.admitted("F01", phone="13800138000", address=ADDRESS.format(1))
    asked = await request_extension(
        alliance.office,
        await alliance.actor("F01"),
        RequestExtension(registration_id=id, days=5, reason="客户出差"),
    )
    assert isinstance(asked, ApprovalRecorded)
    head = await alliance.actor("HEAD")
    decision = DecideApproval(approval_id=asked.approval.id, approve=True, note="同意")
    answers = await asyncio.gather(*(decide_approval(alliance.office, head, decision) for _ in range(8)))
    assert sum(isinstance(answer, ApprovalRecorded) for answer in answers) == 1
    extended = "SELECT extended_days FROM registration WHERE alliance_id = $1"
    assert await alliance.count(extended, head.alliance.id) == 5


async def _end_of(alliance: TestAlliance, id: UUID) -> str | None:
    async with alliance.office.pool.acquire() as connection:
        end: str | None = await connection.fetchval(
            "SELECT end_kind FROM registration WHERE registration_id = $1", id
        )
        return end


async def _verdict(alliance: TestAlliance, order_id: UUID) -> str:
    actor = await alliance.actor("OPS")
    async with alliance.office.pool.acquire() as connection:
        found = await attributions.by_order_ids(connection, actor.alliance.id, [order_id])
        return found[order_id][-1].verdict.value
