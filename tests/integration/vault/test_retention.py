"""The job that erases customers of whom everything ended longer ago than the policy keeps them."""

from alliances import ADDRESS, TestAlliance, publish
from baobei.operations.close_order import CloseOrder, close_order
from baobei.operations.erase_old_customers import Retained, erase_old_customers
from baobei.operations.jobs import run_due
from baobei.operations.open_dispute import OpenDispute, open_dispute
from baobei.operations.place_order import PlaceOrder, place_order
from baobei.operations.reject_dispute import RejectDispute, reject_dispute
from baobei.operations.results import DisputeRecorded, OrderRecorded
from builders import policy

ERASED = "SELECT count(*) FROM contact WHERE erased_at IS NOT NULL"


async def retained(alliance: TestAlliance) -> Retained:
    id = (await alliance.actor("HEAD")).alliance.id
    return await erase_old_customers(alliance.office, alliance_id=id, chunk=1)


async def bought(alliance: TestAlliance, number: int, *, closed: bool) -> None:
    phone, ops = f"139001390{number:02}", await alliance.actor("OPS")
    placed = await place_order(
        alliance.office, ops, PlaceOrder(external_ref=f"A-{number}", name="王", phone=phone)
    )
    assert isinstance(placed, OrderRecorded)
    if closed:
        await close_order(alliance.office, ops, CloseOrder(order_id=placed.order.id))


async def test_what_ended_long_ago_goes_and_what_has_not_ended_stays(alliance: TestAlliance) -> None:
    await alliance.travel("2026-11-01T10:00:00+08:00")
    await publish(alliance, policy(contact_retention_years=2))
    await alliance.admitted("F01", phone="13800138001", address=ADDRESS.format(1))
    await alliance.register("F02", phone="13800138001", address=ADDRESS.format(11))
    await alliance.register("F02", phone="13800138002", address="幸福小区")
    await alliance.admitted("F01", phone="13800138003", address=ADDRESS.format(3))
    await bought(alliance, 4, closed=True)
    await bought(alliance, 5, closed=False)
    await alliance.travel("2028-10-01T10:00:00+08:00")
    early = await retained(alliance)
    await alliance.register("F03", phone="13800138003", address=ADDRESS.format(13))
    await alliance.travel("2028-12-01T10:00:00+08:00")

    done = await retained(alliance)

    assert early == Retained()
    # Of the first customer the refused attempt goes too; the fourth has bought, and closed.
    assert done == Retained(customers=3, contacts=4)
    assert await alliance.count(ERASED) == 4
    assert await retained(alliance) == Retained()


async def test_whom_an_open_dispute_rests_on_stays_until_it_has_ended(alliance: TestAlliance) -> None:
    await alliance.travel("2026-11-01T10:00:00+08:00")
    await publish(alliance, policy(contact_retention_years=1))
    await alliance.admitted("F01", phone="13900139004", address=ADDRESS.format(4))
    await alliance.register("F02", phone="13900139004", address=ADDRESS.format(4))
    await bought(alliance, 4, closed=True)
    order_id = await alliance.office.pool.fetchval("SELECT order_id FROM customer_order")
    quarrel = OpenDispute(order_id=order_id, statement="客户是我带来的")
    disputed = await open_dispute(alliance.office, await alliance.actor("F02"), quarrel)
    assert isinstance(disputed, DisputeRecorded)
    await alliance.travel("2028-10-01T10:00:00+08:00")

    assert await retained(alliance) == Retained()
    assert await alliance.count(ERASED) == 0

    upheld = RejectDispute(dispute_id=disputed.dispute.id, reason="记录完整")
    await reject_dispute(alliance.office, await alliance.actor("HEAD"), upheld)
    assert await retained(alliance) == Retained(customers=1, contacts=3)


async def test_a_policy_that_names_no_retention_keeps_everything(alliance: TestAlliance) -> None:
    await alliance.travel("2026-11-01T10:00:00+08:00")
    await alliance.admitted("F01", phone="13800138001", address=ADDRESS.format(1))
    await alliance.travel("2046-11-01T10:00:00+08:00")
    assert await retained(alliance) == Retained()
    assert await alliance.count(ERASED) == 0


async def test_the_worker_does_it_once_a_day(alliance: TestAlliance) -> None:
    await alliance.travel("2026-11-01T10:00:00+08:00")
    await publish(alliance, policy(contact_retention_years=1))
    await alliance.admitted("F01", phone="13800138001", address=ADDRESS.format(1))
    await run_due(alliance.office)
    await alliance.travel("2027-12-01T10:00:00+08:00")
    did = {each["job"]: each for each in await run_due(alliance.office)}
    assert did["erase_old_customers"]["customers"] == 1
    assert await alliance.count(ERASED) == 1
