"""A month that is used up, and one that has room again: told once, in the transaction that makes it so."""

import asyncio
import json
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from alliances import ADDRESS, TestAlliance, new_alliance, publish
from baobei.operations.cancel_order import CancelOrder, cancel_order
from baobei.operations.close_order import CloseOrder, close_order
from baobei.operations.open_quota_month import open_quota_month
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.reconcile_quota import reconcile_quota, repair_tally
from baobei.operations.register_customer import RegistrationAdmitted
from baobei.operations.results import OrderRecorded
from baobei.policy.document import DealPoint
from baobei.policy.quota import Tally
from baobei.policy.terms import Channel
from baobei.store import quota_openings
from baobei.store.quota_ledger import TallyKey
from builders import policy

EVENTS = """
SELECT event_type, subject_id, payload
  FROM outbox_event
 WHERE event_type LIKE 'quota.%'
   AND event_type <> 'quota.drift_repaired'
 ORDER BY outbox_id
"""
ACTS = """
SELECT kind, subject_id, detail
  FROM audit_event
 WHERE subject_kind = 'quota'
   AND kind <> 'quota.drift_repaired'
 ORDER BY sequence
"""
REPAIRS = "SELECT subject_id, payload FROM outbox_event WHERE event_type = 'quota.drift_repaired' ORDER BY outbox_id"
TALLY = "SELECT made, converted, closed FROM quota_tally WHERE staff_id = $1"
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
async def alliance(fresh_pool: "asyncpg.Pool[asyncpg.Record]") -> TestAlliance:
    made = await new_alliance(fresh_pool)
    await publish(made, policy(monthly_quota=3))
    await made.travel("2026-11-02T10:00:00+08:00")
    return made


async def events(alliance: TestAlliance, query: str = EVENTS) -> list[tuple[str, UUID, dict[str, Any]]]:
    async with alliance.office.pool.acquire() as connection:
        rows = await connection.fetch(query)
    return [(row[0], row[1], json.loads(row[2])) for row in rows]


async def kinds(alliance: TestAlliance) -> list[str]:
    written = await events(alliance)
    assert written == await events(alliance, ACTS)
    return [kind.removeprefix("quota.") for kind, *_ in written]


async def claim(alliance: TestAlliance, number: int, by: str = "F01", **more: object) -> Any:
    return await alliance.register(by, phone=f"1380013{number:04}", address=ADDRESS.format(number), **more)


async def order(alliance: TestAlliance, number: int) -> UUID:
    request = PlaceOrder(external_ref=f"O{number}-{new()}", name="王", phone=f"1380013{number:04}")
    placed = await place_order(alliance.office, await alliance.actor("OPS"), request)
    assert isinstance(placed, OrderRecorded)
    return placed.order.id


_orders = iter(range(1_000_000))


def new() -> int:
    return next(_orders)


async def close(alliance: TestAlliance, id: UUID) -> None:
    done = await close_order(alliance.office, await alliance.actor("OPS"), CloseOrder(order_id=id))
    assert isinstance(done, OrderRecorded)


async def cancel(alliance: TestAlliance, id: UUID) -> None:
    request = CancelOrder(order_id=id, reason="客户退单")
    done = await cancel_order(alliance.office, await alliance.actor("OPS"), request)
    assert isinstance(done, OrderRecorded)


async def person(alliance: TestAlliance, code: str = "F01") -> UUID:
    return (await alliance.actor(code)).staff.id


async def test_the_claim_that_takes_the_last_slot_tells_it(alliance: TestAlliance) -> None:
    for number in range(1, 3):
        await claim(alliance, number)
    assert await kinds(alliance) == []
    await claim(alliance, 3)
    used_up = {"month": "2026-11-01", "used": 3, "limit": 3}
    assert await events(alliance) == [("quota.used_up", await person(alliance), used_up)]
    refused = await claim(alliance, 4)
    assert refused.code == "OVER_QUOTA"
    assert await kinds(alliance) == ["used_up"]


async def test_so_does_a_registration_that_goes_the_ordinary_way(alliance: TestAlliance) -> None:
    for number in range(1, 3):
        await claim(alliance, number)
    answer = await claim(alliance, 3, by="SUP", for_staff_code="F01")
    assert isinstance(answer, RegistrationAdmitted)
    used_up = {"month": "2026-11-01", "used": 3, "limit": 3}
    assert await events(alliance) == [("quota.used_up", await person(alliance), used_up)]
    assert await kinds(alliance) == ["used_up"]


async def test_a_store_has_no_quota_and_hears_nothing_of_one(alliance: TestAlliance) -> None:
    for number in range(1, 6):
        await claim(alliance, number, by="G01")
    await order(alliance, 1)
    assert await kinds(alliance) == []


async def test_a_deposit_frees_a_slot_of_a_month_that_was_used_up_and_only_then(
    alliance: TestAlliance,
) -> None:
    for number in range(1, 4):
        await claim(alliance, number)
    await order(alliance, 1)
    assert (await events(alliance))[-1] == (
        "quota.replenished",
        await person(alliance),
        {"month": "2026-11-01", "used": 2, "limit": 3},
    )
    placed = await order(alliance, 2)
    await close(alliance, placed)
    assert await kinds(alliance) == ["used_up", "replenished"]
    await claim(alliance, 11)
    await claim(alliance, 12)
    assert await kinds(alliance) == ["used_up", "replenished", "used_up"]


async def test_with_the_deal_at_closing_it_is_the_closing_that_frees_the_slot(alliance: TestAlliance) -> None:
    at_closing = await new_alliance(alliance.office.pool)
    await publish(at_closing, policy(monthly_quota=2, deal_point=DealPoint.CLOSING))
    for number in range(1, 3):
        await claim(at_closing, number)
    placed = await order(at_closing, 1)
    assert await kinds(at_closing) == ["used_up"]
    await close(at_closing, placed)
    assert await kinds(at_closing) == ["used_up", "replenished"]
    await cancel(at_closing, placed)
    assert await kinds(at_closing) == ["used_up", "replenished", "used_up"]


async def test_a_cancelled_order_takes_the_slot_again(alliance: TestAlliance) -> None:
    for number in range(1, 4):
        await claim(alliance, number)
    placed = await order(alliance, 1)
    await cancel(alliance, placed)
    assert await kinds(alliance) == ["used_up", "replenished", "used_up"]


async def test_an_order_frees_the_slot_of_the_month_and_the_person_that_made_the_registration(
    alliance: TestAlliance,
) -> None:
    await alliance.travel("2026-11-28T10:00:00+08:00")
    for number in range(1, 4):
        await claim(alliance, number)
    await alliance.travel("2026-12-01T10:00:00+08:00")
    for number in range(11, 14):
        await claim(alliance, number)
    await order(alliance, 1)
    assert [(kind, payload["month"], payload["used"]) for kind, _, payload in await events(alliance)] == [
        ("quota.used_up", "2026-11-01", 3),
        ("quota.used_up", "2026-12-01", 3),
        ("quota.replenished", "2026-11-01", 2),
    ]


async def test_of_25_parallel_claims_of_the_last_slot_one_tells_it(alliance: TestAlliance) -> None:
    for number in range(1, 3):
        await claim(alliance, number)
    answers = await asyncio.gather(*(claim(alliance, 100 + number) for number in range(25)))
    assert sum(isinstance(answer, RegistrationAdmitted) for answer in answers) == 1
    assert await kinds(alliance) == ["used_up"]


async def test_orders_at_once_tell_once_that_there_is_room(alliance: TestAlliance) -> None:
    for number in range(1, 4):
        await claim(alliance, number)
    await asyncio.gather(*(order(alliance, number) for number in range(1, 4)))
    assert await kinds(alliance) == ["used_up", "replenished"]


async def test_reconciliation_finds_nothing_to_repair_in_a_book_that_is_right(alliance: TestAlliance) -> None:
    for number in range(1, 4):
        await claim(alliance, number)
    await claim(alliance, 11, by="G01")
    await close(alliance, await order(alliance, 1))
    await cancel(alliance, await order(alliance, 2))
    found = await reconcile_quota(alliance.office, people_a_chunk=2)
    assert (found.people, found.repaired) == (10, ())


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE quota_tally SET made = made + 5",
        "UPDATE quota_tally SET made = 1, converted = 0, closed = 0",
        "UPDATE quota_tally SET converted = 2, closed = 2",
        "DELETE FROM quota_tally",
    ],
)
async def test_reconciliation_puts_a_tally_right_and_tells_it_once(
    alliance: TestAlliance, tampering: str
) -> None:
    for number in range(1, 3):
        await claim(alliance, number)
    await order(alliance, 1)
    async with alliance.office.pool.acquire() as connection:
        await connection.execute(tampering)
    found = await reconcile_quota(alliance.office, people_a_chunk=3)
    drift = found.repaired[0]
    assert (drift.of.staff_id, drift.of.month, drift.of.channel) == (
        await person(alliance),
        NOVEMBER,
        Channel.FIELD,
    )
    assert drift.recounted == Tally(made=2, converted=1, closed=0)
    assert (await reconcile_quota(alliance.office)).repaired == ()
    async with alliance.office.pool.acquire() as connection:
        assert tuple(await connection.fetchrow(TALLY, await person(alliance)) or ()) == (2, 1, 0)
        [event] = await connection.fetch(REPAIRS)
    assert event["subject_id"] == await person(alliance)
    assert json.loads(event["payload"])["recounted"] == {"made": 2, "converted": 1, "closed": 0}


async def test_reconciliation_beside_people_who_work_repairs_nothing_that_is_right(
    alliance: TestAlliance,
) -> None:
    async def work() -> None:
        for number in range(1, 25):
            await claim(alliance, number)
            await order(alliance, number)

    async def reconcile() -> int:
        return sum([len((await reconcile_quota(alliance.office)).repaired) for _ in range(12)])

    repaired, _ = await asyncio.gather(reconcile(), work())
    assert repaired == 0
    assert (await reconcile_quota(alliance.office)).repaired == ()


async def test_a_tally_that_is_right_once_it_is_held_is_left_alone(alliance: TestAlliance) -> None:
    await claim(alliance, 1)
    actor = await alliance.actor("F01")
    key = TallyKey(staff_id=actor.staff.id, month=NOVEMBER, channel=Channel.FIELD)
    async with alliance.office.pool.acquire() as connection, connection.transaction():
        found = await repair_tally(connection, desk=alliance.office, alliance=actor.alliance, key=key)
        assert found is None
        assert await connection.fetch(REPAIRS) == []


async def test_of_two_that_open_a_month_for_the_same_people_one_tells_them(alliance: TestAlliance) -> None:
    actor = await alliance.actor("F01")
    people = [actor.staff.id, await person(alliance, "F02")]
    at = await alliance.travel("2026-12-01T00:00:00+08:00")
    async with alliance.office.pool.acquire() as connection:
        opened = [
            await quota_openings.open_month(
                connection, actor.alliance.id, people[:count], month=date(2026, 12, 1), limit=3, at=at
            )
            for count in (1, 2, 2)
        ]
    assert opened == [1, 1, 0]
    assert await kinds(alliance) == ["month_opened"] * 2


async def test_a_month_opens_once_for_each_person_with_a_quota(alliance: TestAlliance) -> None:
    await alliance.travel("2026-12-01T00:00:00+08:00")
    opened = await asyncio.gather(*(open_quota_month(alliance.office) for _ in range(4)))
    assert sum(run.people for run in opened) == 4
    assert (await open_quota_month(alliance.office)).people == 0
    told = await events(alliance)
    field = {await person(alliance, code) for code in ("F01", "F02", "F03", "SUP")}
    assert {subject for _, subject, _ in told} == field
    assert [payload for *_, payload in told] == [{"month": "2026-12-01", "limit": 3}] * 4
    assert await kinds(alliance) == ["month_opened"] * 4


async def test_a_month_opens_at_the_alliance_s_own_midnight(alliance: TestAlliance) -> None:
    elsewhere = await new_alliance(alliance.office.pool, salespeople=["F01"], time_zone="America/New_York")
    await alliance.travel("2026-12-01T00:00:00+08:00")
    await open_quota_month(alliance.office)
    here, there = await person(alliance), await person(elsewhere)
    months = {subject: payload["month"] for _, subject, payload in await events(alliance)}
    assert (months[here], months[there]) == ("2026-12-01", "2026-11-01")
    await alliance.travel("2026-12-01T13:00:00+08:00")
    assert (await open_quota_month(alliance.office)).people == 2
