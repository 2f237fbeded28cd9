"""The worker at a handover: beside others, stopped, behind its lease, and with people at work meanwhile."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from alliances import TestAlliance, publish
from baobei.operations.handover_answers import left_as_they_were, requests_of
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.record_follow_up import RecordFollowUp, record_follow_up
from baobei.operations.request_special_price import RequestSpecialPrice, request_special_price
from baobei.operations.results import ApprovalRecorded, OrderRecorded, Refused
from baobei.operations.run_handovers import run_handovers
from baobei.policy.terms import FollowUpKind
from baobei.store import handover_work
from baobei.store.handover_models import HandoverClaim
from builders import policy
from handover_stories import (
    FINISHED,
    HANDOVER,
    OUTCOMES,
    TRANSFERS,
    begun,
    owners,
    registered,
    rows,
    to,
)
from many_registrations import copied
from staffed import staffed_alliance

CLAIMED_OFTEN = "UPDATE handover SET attempts = 8 WHERE handover_id = $1"


@pytest.fixture
async def alliance(pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await staffed_alliance(pool)
    await publish(made, policy(monthly_quota=1_000))
    return made


@pytest.fixture
async def many(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await staffed_alliance(fresh_pool)
    (id,) = await registered(made, "F01", 1)
    await copied(made, id, 9_999)
    return made


async def test_workers_beside_one_another_move_each_registration_once(alliance: TestAlliance) -> None:
    (id,) = await registered(alliance, "F01", 1)
    await copied(alliance, id, 299)
    handover = await begun(alliance, to("F02", "F03"))

    ran = await asyncio.gather(
        *(run_handovers(alliance.office, only=handover.id, step=10, turn_s=0.05) for _ in range(4))
    )
    while (await rows(alliance, HANDOVER, handover.id))[0][0] != "DONE":
        ran.append(await run_handovers(alliance.office, only=handover.id, step=50))

    assert sum(each.registrations for each in ran) == 300
    assert await owners(alliance) == {"F02": 150, "F03": 150}
    moved = [act["subject_id"] for act in await alliance.office.pool.fetch(TRANSFERS, alliance.code)]
    assert len(moved) == len(set(moved)) == 300


async def test_a_worker_whose_lease_ran_out_does_nothing_more(alliance: TestAlliance) -> None:
    (id,) = await registered(alliance, "F01", 1)
    await copied(alliance, id, 199)
    handover = await begun(alliance, to("F02"))

    # A lease of no time at all: each takes from the others whatever they hold.
    ran = await asyncio.gather(
        *(run_handovers(alliance.office, only=handover.id, step=5, lease_s=0) for _ in range(6))
    )
    while (await rows(alliance, HANDOVER, handover.id))[0][0] != "DONE":
        ran.append(await run_handovers(alliance.office, only=handover.id))

    assert sum(each.registrations for each in ran) == 200
    assert await rows(alliance, HANDOVER, handover.id) == [("DONE", 200, 200, 0)]
    assert len(await rows(alliance, TRANSFERS, alliance.code)) == 200
    assert len(await rows(alliance, FINISHED, alliance.code)) == 1


async def test_only_the_latest_claim_holds_a_handover(alliance: TestAlliance) -> None:
    await registered(alliance, "F01", 1)
    handover = await begun(alliance, to("F02"))
    async with alliance.office.pool.acquire() as connection:
        taken = [await handover_work.claim(connection, lease_s=0, only=handover.id) for _ in range(2)]
        claims = [HandoverClaim(handover=handover, fence=each[2], attempts=each[3]) for each in taken if each]
        assert [await handover_work.hold(connection, claim) for claim in claims] == [False, True]


async def test_follow_ups_and_orders_meanwhile_are_neither_lost_nor_in_the_way(
    alliance: TestAlliance,
) -> None:
    ids = await registered(alliance, "F01", 12)
    office = alliance.office
    seller, manager, ops = [await alliance.actor(code) for code in ("F01", "SUP", "OPS")]
    handover = await begun(alliance, to("F02"))

    async def follow_up(id: UUID) -> bool:
        touch = RecordFollowUp(registration_id=id, kind=FollowUpKind.CALL, note="回访")
        for who in (seller, manager):
            if not isinstance(await record_follow_up(office, who, touch), Refused):
                return True
        return False

    async def order(number: int) -> None:
        placed = PlaceOrder(
            external_ref=f"SO-{number}", name="王", phone=f"1380013{number:04}", taken_by_code="F03"
        )
        assert isinstance(await place_order(office, ops, placed), OrderRecorded)

    _, *touched = await asyncio.gather(
        run_handovers(office, only=handover.id, step=3),
        *(follow_up(id) for id in ids[:6]),
        *(order(number) for number in range(7, 10)),
    )

    assert touched[:6] == [True] * 6
    ended = dict(await rows(alliance, OUTCOMES, handover.id))
    of = await rows(
        alliance,
        """SELECT r.registration_id, s.code FROM registration r
             JOIN staff s ON s.alliance_id = r.alliance_id AND s.staff_id = r.owner_id
            WHERE r.registration_id = ANY($1)""",
        ids,
    )
    # Whoever owned it when the order came is credited; what had been ordered before its turn stayed the leaver's.
    assert all((ended[id] == "MOVED") == (code == "F02") for id, code in of)
    assert {ended[id] for id in ids[:6] + ids[9:]} == {"MOVED"}
    credited = """SELECT r.registration_id, c.staff_id = r.owner_id FROM attribution t
                    JOIN attribution_credit c USING (alliance_id, attribution_id)
                    JOIN registration r ON r.alliance_id = t.alliance_id AND r.registration_id = t.registration_id
                   WHERE r.registration_id = ANY($1)"""
    assert sorted(await rows(alliance, credited, ids)) == sorted((id, True) for id in ids[6:9])


async def test_one_that_kills_its_workers_ends_as_failed_with_the_rest_left_as_it_was(
    alliance: TestAlliance,
) -> None:
    ids = await registered(alliance, "F01", 2)
    price = RequestSpecialPrice(list_fen=10_000, asked_fen=9_000, reason="老客户", phone="13900139001")
    priced = await request_special_price(alliance.office, await alliance.actor("F01"), price)
    assert isinstance(priced, ApprovalRecorded), priced
    handover = await begun(alliance, to("F02"))
    await alliance.office.pool.execute(CLAIMED_OFTEN, handover.id)
    head = await alliance.actor("HEAD")
    assert await left_as_they_were(alliance.office, head, handover.id, after=0, at_most=9) == ()

    ran = await run_handovers(alliance.office, only=handover.id)

    assert (ran.registrations, ran.ended) == (0, 1)
    assert await rows(alliance, HANDOVER, handover.id) == [("FAILED", 2, 0, 2)]
    left = await left_as_they_were(alliance.office, head, handover.id, after=0, at_most=9)
    assert [(each.registration_id, each.outcome) for each in left] == [(id, "NOT_REACHED") for id in ids]
    requests = await requests_of(alliance.office, head, handover.id, after=0, at_most=9)
    assert [(each.approval_id, each.outcome) for each in requests] == [(priced.approval.id, "NOT_REACHED")]
    again = await begun(alliance, to("F02"))
    await run_handovers(alliance.office, only=again.id)
    assert await owners(alliance) == {"F02": 2}


async def test_a_worker_that_is_told_to_stop_gives_it_back_with_what_is_done(alliance: TestAlliance) -> None:
    ids = await registered(alliance, "F01", 4)
    handover = await begun(alliance, to("F02"))
    async with alliance.office.pool.acquire() as blocker, blocker.transaction():
        await blocker.execute("SELECT FROM registration WHERE registration_id = $1 FOR UPDATE", ids[2])
        running = asyncio.create_task(run_handovers(alliance.office, only=handover.id, step=2))
        while (await rows(alliance, HANDOVER, handover.id))[0][2] < 2:  # noqa: ASYNC110 - a run sets no event
            await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    held = "SELECT lease_until IS NOT NULL, attempts FROM handover WHERE handover_id = $1"
    assert await rows(alliance, held, handover.id) == [(False, 0)]

    await run_handovers(alliance.office, only=handover.id)

    assert await rows(alliance, HANDOVER, handover.id) == [("DONE", 4, 4, 0)]
    assert len(await rows(alliance, TRANSFERS, alliance.code)) == 4


@pytest.mark.soak
async def test_ten_thousand_in_one_run(many: TestAlliance) -> None:
    handover = await begun(many, to("F02", "F03", "G01", "G02"))
    ran = await run_handovers(many.office, only=handover.id, turn_s=600)
    assert (ran.registrations, ran.ended) == (10_000, 1)
    assert await owners(many) == {"F02": 2_500, "F03": 2_500, "G01": 2_500, "G02": 2_500}
    assert (
        await many.count("SELECT count(*) FROM outbox_event WHERE event_type = 'registration.transferred'")
        == 10_000
    )
